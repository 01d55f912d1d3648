// Package guestbook counts who was here.
package guestbook

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store keeps visits in PostgreSQL.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns the store that is behind a pool of connections.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool}
}

// Add notes a visit, and returns how many there have been.
func (s *Store) Add(ctx context.Context) (count int, err error) {
	err = s.pool.QueryRow(ctx, `WITH added AS (INSERT INTO visits DEFAULT VALUES) SELECT count(*) + 1 FROM visits`).Scan(&count)
	return count, err
}
