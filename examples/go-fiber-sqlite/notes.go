package main

import (
	"database/sql"
	"os"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3"
)

const schema = `CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)`

// notes are kept in SQLite.
type notes struct {
	*sql.DB
}

// openNotes opens the file at path, and makes it where there is none.
func openNotes(path string) (notes, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return notes{}, err
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return notes{}, err
	}
	_, err = db.Exec(schema)
	return notes{db}, err
}

func (n notes) add(body string) error {
	_, err := n.Exec(`INSERT INTO notes (body) VALUES (?)`, body)
	return err
}

func (n notes) all() (bodies []string, err error) {
	rows, err := n.Query(`SELECT body FROM notes ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		bodies = append(bodies, body)
	}
	return bodies, rows.Err()
}
