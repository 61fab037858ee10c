package sim

import (
	"net/http"

	"spot-tui/sim/wire"
)

// mixed says whether a fault cuts a CreateFleet call short, to how many
// instances, and with which error beside them.
func (w *World) mixed(c *call, target int) (limit int, failure *wire.Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.faults {
		if a.Fault.Fault != "mixed-answer" || !a.matches(c) {
			continue
		}
		a.seen++
		a.done = a.N > 0 && a.seen >= a.N
		e := &wire.Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded."}
		if a.Code != "" {
			e = &wire.Error{Code: a.Code, Message: "The simulated cloud was told to answer with " + a.Code + "."}
		}
		return min(a.Capacity, target), e
	}
	return target, nil
}

func throttled(c *call) error {
	code := "RequestLimitExceeded"
	if c.req.Service != "ec2" {
		code = "ThrottlingException"
	}
	return &wire.Error{Code: code, Message: "Request limit exceeded.", Status: http.StatusServiceUnavailable}
}

// denied is how AWS refuses what no policy allows (aws-facts §2.4 E).
func denied(c *call) error {
	if c.req.Service != "ec2" {
		return &wire.Error{Code: "AccessDeniedException", Status: http.StatusBadRequest, Message: "User: " + CallerARN + " is not authorized to perform: " + c.req.Service + ":" + c.op}
	}
	return &wire.Error{Code: "UnauthorizedOperation", Status: http.StatusForbidden, Message: "You are not authorized to perform this operation. User: " + CallerARN + " is not authorized to perform: ec2:" + c.op}
}

func internal(*call) error {
	return &wire.Error{Code: "InternalError", Message: "An internal error has occurred", Status: http.StatusInternalServerError}
}

func expired(c *call) error {
	switch c.req.Service {
	case "sts":
		return &wire.Error{Code: "ExpiredToken", Message: "The security token included in the request is expired", Status: http.StatusForbidden}
	case "ssm", "pricing", "servicequotas":
		return wire.Errorf("ExpiredTokenException", "The security token included in the request is expired")
	}
	return wire.Errorf("RequestExpired", "Request has expired.")
}
