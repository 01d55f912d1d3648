package guestbook

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

type counted struct {
	count int
	err   error
}

func (c counted) Add(context.Context) (int, error) { return c.count, c.err }

func get(visits Visits, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	NewRouter(visits).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestAVisitIsCounted(t *testing.T) {
	if page, want := get(counted{count: 7}, "/").Body.String(), "Visits on record: 7\n"; page != want {
		t.Errorf("it shows %q, not %q", page, want)
	}
}

func TestAFailureIsOneOfTheServer(t *testing.T) {
	if code := get(counted{err: errors.New("no database")}, "/").Code; code != http.StatusInternalServerError {
		t.Errorf("status %d", code)
	}
}
