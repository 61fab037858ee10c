package cli

import "testing"

func TestAtOnceStaysBelowTheOpenFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ wanted, files, want int }{
		{0, 0, 64}, {1000, 0, 1000}, {1000, 1 << 20, 1000}, {64, 256, 64}, {200, 256, 96}, {64, 66, 1}, {64, 10, 1},
	} {
		if got := atOnce(c.wanted, c.files); got != c.want {
			t.Errorf("%d of %d files: %d, want %d", c.wanted, c.files, got, c.want)
		}
	}
	if n := openFiles(); n < 0 {
		t.Errorf("%d open files", n)
	}
}
