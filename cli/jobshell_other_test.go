//go:build !unix

package cli

// shellMain is for unix: elsewhere nothing is suspended.
func shellMain() int { return exitUsage }
