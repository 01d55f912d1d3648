// Package migrations holds the versions of the database's schema.
package migrations

import "embed"

// Files are the migrations, in goose's format.
//
//go:embed *.sql
var Files embed.FS
