package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	handler, err := newHandler("templates", "static")
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestThePageSaysWhenTheLampIsLit(t *testing.T) {
	const want = "The lamp is lit at dusk"
	if page := get(t, "/").Body.String(); !strings.Contains(page, want) {
		t.Errorf("the page does not show %q: %s", want, page)
	}
}

func TestTheStyleSheetIsServed(t *testing.T) {
	if answer := get(t, "/static/site.css"); answer.Code != http.StatusOK {
		t.Errorf("status %d", answer.Code)
	}
}

func TestNothingElseIsThere(t *testing.T) {
	if answer := get(t, "/keeper"); answer.Code != http.StatusNotFound {
		t.Errorf("status %d", answer.Code)
	}
}
