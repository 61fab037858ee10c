package fleet

import (
	"errors"
	"fmt"
)

// templateFunction gives a value for those it gets. Its error goes on after its name.
type templateFunction func(args []any) (any, error)

var errValues = errors.New("has too few or too many values")

// templateFunctions are text/template's own, as far as they make sense for texts.
var templateFunctions = map[string]templateFunction{
	"and": func(args []any) (any, error) { return pick(args, false) },
	"or":  func(args []any) (any, error) { return pick(args, true) },
	"not": func(args []any) (any, error) {
		if len(args) != 1 {
			return nil, errValues
		}
		return !truth(args[0]), nil
	},
	"eq": func(args []any) (any, error) {
		if len(args) < 2 {
			return nil, errValues
		}
		for _, a := range args[1:] {
			if same, err := equal(args[0], a); same || err != nil {
				return same, err
			}
		}
		return false, nil
	},
	"ne": func(args []any) (any, error) {
		if len(args) != 2 {
			return nil, errValues
		}
		same, err := equal(args[0], args[1])
		return !same, err
	},
	"len": func(args []any) (any, error) {
		if len(args) != 1 {
			return nil, errValues
		}
		s, ok := args[0].(string)
		if !ok {
			return nil, fmt.Errorf("takes a text, not %v", args[0])
		}
		return len(s), nil
	},
	"print":   func(args []any) (any, error) { return fmt.Sprint(args...), nil },
	"println": func(args []any) (any, error) { return fmt.Sprintln(args...), nil },
	"printf": func(args []any) (any, error) {
		if len(args) == 0 {
			return nil, errValues
		}
		format, ok := args[0].(string)
		if !ok {
			return nil, fmt.Errorf("takes a format first, not %v", args[0])
		}
		return fmt.Sprintf(format, args[1:]...), nil
	},
}

// templateNames are the functions as the parser wants to know them.
func templateNames() map[string]any {
	names := map[string]any{}
	for n, f := range templateFunctions {
		names[n] = f
	}
	return names
}

// pick gives the first value whose truth is as asked, or else the last one.
func pick(args []any, is bool) (any, error) {
	if len(args) == 0 {
		return nil, errValues
	}
	for _, a := range args {
		if truth(a) == is {
			return a, nil
		}
	}
	return args[len(args)-1], nil
}

func equal(a, b any) (bool, error) {
	if fmt.Sprintf("%T", a) != fmt.Sprintf("%T", b) {
		return false, fmt.Errorf("can't compare %v with %v", a, b)
	}
	return a == b, nil
}
