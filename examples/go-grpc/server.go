package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"example.com/tides/tides"
)

// server knows the tides.
type server struct {
	tides.UnimplementedTidesServer
}

// Next returns the next tide at a harbour.
func (server) Next(_ context.Context, harbour *tides.Harbour) (*tides.Tide, error) {
	if harbour.GetName() == "" {
		return nil, status.Error(codes.InvalidArgument, "which harbour?")
	}
	return &tides.Tide{Text: fmt.Sprintf("High water at %s is at noon", harbour.GetName())}, nil
}

// newServer returns the server with all its services.
func newServer() *grpc.Server {
	s := grpc.NewServer()
	tides.RegisterTidesServer(s, server{})
	healthpb.RegisterHealthServer(s, health.NewServer())
	return s
}
