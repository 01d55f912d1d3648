package main

import (
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func show(t *testing.T, notes notes) string {
	t.Helper()
	answer, err := newApp(notes).Test(httptest.NewRequest("GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestANoteIsShown(t *testing.T) {
	notes, err := openNotes(filepath.Join(t.TempDir(), "notes.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer notes.Close()
	if err := notes.add("water the plants"); err != nil {
		t.Fatal(err)
	}
	page := show(t, notes)
	for _, text := range []string{"Notes so far", "<li>water the plants</li>"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not show %q: %s", text, page)
		}
	}
}
