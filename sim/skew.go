package sim

import (
	"net/http"
	"time"

	"spot-tui/sim/wire"
)

// signedFor is how old a signature may be (aws-facts §2.4 E speaks of 15 minutes
// for what EC2 calls expired; the signature itself holds for 5).
const signedFor = 5 * time.Minute

// ahead gives by how much the world's clock is ahead of the machine's.
func (w *World) ahead() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.faults {
		if a.Fault.Fault == "clock-skew" {
			return a.delay(time.Hour)
		}
	}
	return 0
}

// skewed refuses a call whose signature looks too old by the world's clock. A
// client that takes the time from the answer's Date header and signs again gets
// through.
func skewed(a *armed, c *call) fate {
	if c.signed.IsZero() || time.Now().Add(a.delay(time.Hour)).Sub(c.signed) < signedFor {
		return fate{}
	}
	switch c.req.Service {
	case "sts":
		return fate{err: &wire.Error{Code: "SignatureDoesNotMatch", Status: http.StatusForbidden, Message: "Signature expired: it is now earlier than the server's time - 5 min."}}
	case "ssm", "pricing":
		return fate{err: wire.Errorf("InvalidSignatureException", "Signature expired: it is now earlier than the server's time - 5 min.")}
	}
	return fate{err: wire.Errorf("RequestExpired", "Request has expired.")}
}
