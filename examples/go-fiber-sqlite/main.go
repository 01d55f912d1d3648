// Notes are kept in a file.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	notes, err := openNotes(databasePath())
	if err != nil {
		log.Fatal(err)
	}
	defer notes.Close()

	if err := newApp(notes).Listen(":3000", fiber.ListenConfig{
		DisableStartupMessage: true,
		GracefulContext:       ctx,
		ShutdownTimeout:       5 * time.Second,
	}); err != nil {
		log.Print(err)
	}
}

func databasePath() string {
	if path := os.Getenv("DATABASE_PATH"); path != "" {
		return path
	}
	return "data/notes.db"
}
