package fleet

import "testing"

func TestFilterTermsAreFoundWhereTheyMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ filter, field, text, found string }{
		{"west", "zone", "us-west-2a", "west"},
		{"WEST", "zone", "us-west-2a", "west"},
		{"us*2a", "zone", "us-west-2a", "us"},
		{"/w.st/", "zone", "us-west-2a", "west"},
		{"zone:us-west-2a", "zone", "us-west-2a", "us-west-2a"},
		{"zone:us-west-2a", "type", "us-west-2a", ""},
		{"!west", "zone", "us-west-2a", ""},
		{"west or medium", "type", "t3.medium", "medium"},
		{"(west medium) age>1h", "type", "t3.medium", "medium"},
		{"ami", "image", "ami-1", ""}, // a plain text does not look there
		{"image:ami*", "image", "ami-1", "ami"},
		{"*", "zone", "us-west-2a", ""},
		{"st", "zone", "İst", ""},
	} {
		f, err := ParseFilter(tt.filter)
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, term := range f.Terms() {
			if from, to, ok := term.Find(tt.text); ok && term.In(tt.field) {
				found = tt.text[from:to]
			}
		}
		if found != tt.found {
			t.Errorf("%s in the %s %s: %q, want %q", tt.filter, tt.field, tt.text, found, tt.found)
		}
	}
	if (Filter{}).Terms() != nil {
		t.Error("a filter that says nothing has terms")
	}
}
