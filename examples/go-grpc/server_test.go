package main

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"example.com/tides/tides"
)

func client(t *testing.T) tides.TidesClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	s := newServer()
	t.Cleanup(s.Stop)
	go func() { _ = s.Serve(listener) }()
	dial := func(context.Context, string) (net.Conn, error) { return listener.Dial() }
	connection, err := grpc.NewClient(
		"passthrough:///tides",
		grpc.WithContextDialer(dial),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return tides.NewTidesClient(connection)
}

func TestTheNextTide(t *testing.T) {
	tide, err := client(t).Next(t.Context(), &tides.Harbour{Name: "Hull"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "High water at Hull is at noon"; tide.GetText() != want {
		t.Errorf("it says %q, not %q", tide.GetText(), want)
	}
}

func TestAHarbourHasAName(t *testing.T) {
	_, err := client(t).Next(t.Context(), &tides.Harbour{})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("it says %v", err)
	}
}
