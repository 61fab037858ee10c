//go:build race

package tui

// raced: under the race detector a walk takes twenty times as long.
const raced = true
