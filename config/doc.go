// Package config reads the TOML file that says what a fleet should be, and
// gives a fleet.Spec. It is strict: every mistake is told at once, each with
// its line and what to do, and nothing unknown is passed over. A File that it
// gives out is valid and does not change.
package config

//go:generate go test -count=1 -run ^TestGenerated -update .
