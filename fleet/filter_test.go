package fleet

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// filtered are instances for filters to choose from, by a letter.
func filtered(now time.Time) map[string]Instance {
	return map[string]Instance{
		"a": {ID: "i-0aaa", Region: "us-west-2", Zone: "us-west-2a", Type: "t3.medium", State: StateRunning, Stage: StageReady, PublicIP: "54.1.2.3", PrivateIP: "172.31.0.1", Launch: "l-1", Owner: "ann", Arch: "x86_64", Image: "ami-1", LaunchedAt: now.Add(-90 * time.Minute), Price: Price{Known: true, USD: 0.02}},
		"b": {ID: "i-0bbb", Region: "us-east-1", Zone: "us-east-1b", Type: "c6i.large", State: StateRunning, Stage: StageSettingUp, PublicIP: "3.4.5.6", Launch: "l-1", Owner: "ann", Arch: "x86_64", LaunchedAt: now.Add(-10 * time.Minute), Price: Price{Known: true, USD: 0.05}},
		"c": {ID: "i-0ccc", Region: "eu-west-1", Zone: "eu-west-1a", Type: "t4g.large", State: StateRunning, Stage: StageFailed, Reason: "setup: exit 7 (No such file)", Launch: "l-2", Owner: "bob", Arch: "arm64", LaunchedAt: now.Add(-50 * time.Hour)},
		"d": {ID: "i-0ddd", Region: "eu-west-1", Zone: "eu-west-1c", Type: "t3.medium", State: StatePending, Stage: StagePending, Launch: "l-2"},
	}
}

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	is := filtered(now)
	for text, want := range map[string]string{
		"":                             "abcd",
		"   ":                          "abcd",
		"us-west":                      "a",
		"T3.MED":                       "ad",
		"0bbb":                         "b",
		"54.1.2":                       "a",
		"172.31":                       "a",
		"no such":                      "c",
		`"no such file"`:               "c",
		"failed":                       "c",
		"setting-up":                   "b",
		`"setting up"`:                 "b",
		"ann":                          "", // the owner is no free field …
		"owner:ann":                    "ab",
		"us*2a":                        "a",
		"region:us-*":                  "ab",
		"region:us":                    "",
		"REGION:EU-WEST-1":             "cd",
		"zone:*a":                      "ac",
		"zone:*-*-*a":                  "ac",
		"type:t*.medium":               "ad",
		"stage:setting-up":             "b",
		"stage:ready or stage:failed":  "ac",
		"stage:ready OR failed":        "ac",
		"t3 us-west-2":                 "a",
		"t3 and us-west-2":             "a",
		"!us-*":                        "cd",
		"! us-*":                       "cd",
		"!!us-west-2":                  "a",
		"!(region:us-* or pending)":    "c",
		"t3 us-west-2 or arch:arm64":   "ac",
		"t3 (us-west-2 or arch:arm64)": "a",
		"((t3))":                       "ad",
		"reason:\"\"":                  "abd",
		"!reason:\"\"":                 "c",
		"/^us-(west|east)/":            "ab",
		"/EXIT [0-9]/":                 "c",
		`/t3\.medium$/ !pending`:       "a",
		"type:/^t[34]/":                "acd",
		"zone:/[bc]$/":                 "bd",
		"age>1h":                       "ac",
		"age>=90m":                     "ac",
		"age<90m":                      "b",
		"age<=90m":                     "ab",
		"age>2d":                       "c",
		"age>2d3h":                     "",
		"!age>1h":                      "bd", // an unknown age is never larger
		"price>0.02":                   "b",
		"price>=$0.02":                 "ab",
		"price<1":                      "ab",
		"state:running !stage:ready":   "bc",
		"a=b":                          "",
		"launch:l-1 image:ami-*":       "a",
		`"or"`:                         "",
		"*":                            "abcd",
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got := ""
		for _, name := range []string{"a", "b", "c", "d"} {
			if f.Match(is[name], now) {
				got += name
			}
		}
		if got != want {
			t.Errorf("%q takes %q, want %q (read as %s)", text, got, want, f)
		}
		if f.Empty() != (strings.TrimSpace(text) == "") {
			t.Errorf("%q: Empty is %v", text, f.Empty())
		}
	}
}

func TestFilterIsPrintedInOneWay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"  a   b ":           "a b",
		"a and b":            "a b",
		"a or (b or c)":      "a or b or c",
		"(a b) c":            "a b c",
		"(a b) or c":         "a b or c",
		"(a or b) c":         "(a or b) c",
		"!(a)":               "!a",
		"!(a b)":             "!(a b)",
		"REGION:us-*":        "region:us-*",
		`type:"t3.medium"`:   "type:t3.medium",
		`"a b"`:              `"a b"`,
		`"say \"\\o/\""`:     `"say \"\\o/\""`,
		`"/x"`:               `"/x"`,
		`"!x" "or" "a:b"`:    `"!x" "or" "a:b"`,
		`/a\/b/`:             `/a\/b/`,
		`zone:/(a|b) c/ "x"`: `zone:/(a|b) c/ x`,
		"age>1h price<=$.5":  "age>1h price<=$.5",
	} {
		f, err := ParseFilter(text)
		if err != nil || f.String() != want {
			t.Errorf("%q is printed as %q (%v), want %q", text, f, err, want)
		}
	}
}

func TestFilterMistakesNameThePlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ready zon:x":             `character 7: no field is called "zon"; fields are id, region, zone, type, address, stage, reason, state, launch, owner, arch, image, age, price`,
		"é zon:x":                 "character 3: no field",
		":x":                      `character 1: no field is called ""`,
		">3":                      `character 1: no field is called ""`,
		"region>3":                "character 1: region is a text",
		"age:3h":                  "character 1: age is a number",
		"age>old":                 `character 5: "old" is no value of age; write a time such as 30m`,
		"age>":                    `character 5: "" is no value of age`,
		"age>-3h":                 "is no value of age",
		"price>NaN":               "is no value of price",
		"price>=cheap":            `character 8: "cheap" is no value of price`,
		"stage=ready":             "character 6: stage is compared with another sign; write stage:value",
		"region: us":              `character 8: region: needs a value right behind it`,
		"region:":                 "character 8: region: needs a value",
		"a or":                    "character 5: something is missing here",
		"or a":                    "character 1: something is missing before this word",
		"a or or b":               "character 6: something is missing before",
		"!":                       "character 2: something is missing here",
		"()":                      "character 2: something is missing here",
		"(a":                      "character 1: this ( is never closed",
		"a)":                      "character 2: there is a ) that nothing opened",
		`"a`:                      "character 1: this quote never ends",
		`"a"b`:                    "character 4: something stands right behind the quote",
		"/a":                      "character 1: this expression never ends",
		"x /a(/":                  "character 3: the expression can't be read",
		strings.Repeat("!", 200):  "nest more than 100 deep",
		strings.Repeat("(", 2000): "nest more than 100 deep",
	} {
		f, err := ParseFilter(text)
		if err == nil {
			t.Errorf("%q was read as %s, want an error", text, f)
			continue
		}
		if KindOf(err) != KindInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"", "a b", "a or !b", `(region:us-* or "x y") age>1h`, `!/a\/b(c|d)/`, "price<=$0.05", `reason:""`, "zone:/x$/",
		"((((", "\"\\", "or", "!(a or b) and c", "a=b", "\xff:\x00", "é:ü", "a\u00a0b",
	} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	is := filtered(now)
	f.Fuzz(func(t *testing.T, text string) {
		one, err := ParseFilter(text)
		if err != nil {
			if KindOf(err) != KindInvalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		printed := one.String()
		two, err := ParseFilter(printed)
		if err != nil {
			t.Fatalf("%q is printed as %q, which can't be read: %v", text, printed, err)
		}
		if two.String() != printed {
			t.Fatalf("%q is printed as %q and then as %q", text, printed, two)
		}
		for _, i := range is {
			if one.Match(i, now) != two.Match(i, now) {
				t.Fatalf("%q and %q disagree on %s", text, printed, i.ID)
			}
		}
		if !reflect.DeepEqual(is, filtered(now)) {
			t.Fatal("a match changed an instance")
		}
	})
}
