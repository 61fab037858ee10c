//go:build !linux

package ssh

import "net"

// prompt does nothing: only Linux lets a program say when it acknowledges.
func prompt(net.Conn) {}
