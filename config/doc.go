// Package config reads the TOML file that says what a fleet should be, and
// gives a fleet.Spec. It is strict: every mistake is told at once, each with
// its line and what to do, and nothing unknown is passed over.
package config
