package cli

import "testing"

func TestLocalesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "en_US.UTF-8"}, false},
		{map[string]string{"LANG": "C.utf8"}, false},
		{map[string]string{"LANG": "C"}, true},
		{map[string]string{"LANG": "de_DE.ISO-8859-1"}, true},
		{map[string]string{"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, false},
	} {
		if got := narrowLocale(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestThemeOfTheFlag(t *testing.T) {
	t.Parallel()
	if got, err := (&app{}).themeName("light"); err != nil || got != "light" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := (&app{flags: flags{theme: "mono"}}).themeName("light"); err != nil || got != "mono" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (&app{flags: flags{theme: "solarized"}}).themeName("light"); err == nil || err.Error() != "--theme: solarized is not one of auto, dark, light, high-contrast, mono" {
		t.Errorf("%v", err)
	}
}
