package state

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestCommandsAreNewestFirstAndOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, line := range []string{"uptime", "df -h", "uptime", "it's; a | \"line\""} {
			if err := s.SaveCommand(t.Context(), "1", "f", line); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Second)
		}
		if err := s.SaveCommand(t.Context(), "1", "other", "secret"); err != nil {
			t.Fatal(err)
		}
		got, err := s.Commands(t.Context(), "1", "f", 10)
		if want := []string{"it's; a | \"line\"", "uptime", "df -h"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%q %v, want %q", got, err, want)
		}
		if got, err := s.Commands(t.Context(), "1", "f", 1); err != nil || len(got) != 1 {
			t.Errorf("%q %v", got, err)
		}
	})
}
