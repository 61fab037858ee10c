// Package tui is the full-screen face: a Bubble Tea program over fleet.Face.
//
// Update and View make no call to the engine and no I/O, and read no clock:
// questions go out in commands, facts come in by one waiting command, and time
// arrives with them. View gives a cached frame until something has changed.
// Nothing here can change AWS but Launch and Destroy, and both are called only
// from a confirmation that a person has passed (R1–R6).
package tui
