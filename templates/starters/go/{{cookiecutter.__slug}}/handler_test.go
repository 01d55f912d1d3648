package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnswers(t *testing.T) {
	for path, want := range map[string]string{
		"/":          `{"message":"Hello, world!"}`,
		"/?name=Ada": `{"message":"Hello, Ada!"}`,
		"/healthz":   `{"status":"ok"}`,
	} {
		answer := httptest.NewRecorder()
		newHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if got := answer.Body.String(); got != want+"\n" {
			t.Errorf("%s answers %q, not %q", path, got, want)
		}
	}
}

func TestNothingElseIsThere(t *testing.T) {
	answer := httptest.NewRecorder()
	newHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/elsewhere", nil))
	if answer.Code != http.StatusNotFound {
		t.Errorf("status %d", answer.Code)
	}
}
