package config

import (
	"regexp"
	"sync"
)

// rule is a regular expression that is built when it is first asked: all of them
// together take 3 ms and 1 MB, and a start needs few.
type rule struct{ built func() *regexp.Regexp }

func ruleOf(expr string) rule {
	return rule{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

func (r rule) MatchString(s string) bool            { return r.built().MatchString(s) }
func (r rule) FindStringSubmatch(s string) []string { return r.built().FindStringSubmatch(s) }
func (r rule) ReplaceAllStringFunc(s string, f func(string) string) string {
	return r.built().ReplaceAllStringFunc(s, f)
}
