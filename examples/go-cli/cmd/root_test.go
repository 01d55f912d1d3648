package cmd

import (
	"strings"
	"testing"
)

func run(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var out strings.Builder
	command := New()
	command.SetIn(strings.NewReader(stdin))
	command.SetOut(&out)
	command.SetArgs(args)
	if err := command.Execute(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWordsOfArguments(t *testing.T) {
	if said, want := run(t, "", "two words"), "Words counted: 2\n"; said != want {
		t.Errorf("it said %q, not %q", said, want)
	}
}

func TestWordsOfStandardInput(t *testing.T) {
	if said, want := run(t, "one\n\ntwo three"), "Words counted: 3\n"; said != want {
		t.Errorf("it said %q, not %q", said, want)
	}
}
