package ssh

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"

	"spot-tui/fleet"
)

// greeting reads what sshd says first, and keeps it for the login.
func (p *probe) greeting(ctx context.Context) fleet.Check {
	const what = "sshd"
	// The protocol allows other lines before the version, and asks for an end of
	// the version line within 255 bytes (RFC 4253, 4.2).
	const most = 8 << 10
	stop := context.AfterFunc(ctx, func() { p.wire.Close() })
	defer stop()
	var got []byte
	one := make([]byte, 1) // what follows the line belongs to the login
	for len(got) < most {
		n, err := p.wire.Read(one)
		got = append(got, one[:n]...)
		line := got[bytes.LastIndexByte(bytes.TrimSuffix(got, []byte("\n")), '\n')+1:]
		if bytes.HasSuffix(got, []byte("\n")) && bytes.HasPrefix(line, []byte("SSH-")) {
			p.wire = &replayed{Conn: p.wire, first: got}
			return found(what, "%s", strings.TrimSpace(fleet.Clean(string(line))))
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return failed(what, fmt.Sprintf("port %d is open, but nothing greets there in time", p.t.Port), "the machine is overloaded or still boots; another program may listen at that port")
		case err != nil && len(got) == 0:
			return failed(what, fmt.Sprintf("port %d was closed before sshd said anything", p.t.Port), "it is still starting, or has too many logins at once (MaxStartups); try again in a moment")
		case err != nil:
			return notSSH(got, p.t.Port)
		}
	}
	return notSSH(got, p.t.Port)
}

func notSSH(got []byte, port int) fleet.Check {
	const enough = 80
	text := strings.Join(strings.Fields(fleet.Clean(string(got[:min(len(got), enough)]))), " ")
	return failed("sshd", fmt.Sprintf("what listens at port %d is no SSH server; it says %q", port, text), "check ssh.port")
}

// replayed is a connection of which the first bytes have been read.
type replayed struct {
	net.Conn
	first []byte
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(b, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(b)
}
