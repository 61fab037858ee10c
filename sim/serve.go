package sim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"spot-tui/sim/wire"
)

// errCut means that the connection ends without an answer.
var errCut = errors.New("the simulated cloud cut the connection")

// asked is one HTTP request, read whole.
type asked struct {
	method string
	path   string
	query  url.Values
	header http.Header
	body   []byte
	from   string    // the caller's IP address
	signed time.Time // when the request was signed; zero where it doesn't say
}

// answer is one HTTP answer.
type answer struct {
	status int
	kind   string // content type
	body   []byte
	id     string    // request id
	date   time.Time // the world's clock; zero: as the machine's
}

// Call is one API call in the world's log.
type Call struct {
	N        int       `json:"n"` // from 1, over all regions
	At       time.Time `json:"at"`
	Region   string    `json:"region"`
	Service  string    `json:"service"`
	Op       string    `json:"op"`
	Mutating bool      `json:"mutating"`
	DryRun   bool      `json:"dry_run,omitempty"`
	Code     string    `json:"code"`    // "" for success, else the error code, or "cut" where no answer came
	TookMS   int64     `json:"took_ms"` // until its effect; held answers don't count
}

// maxCalls is how many calls the log keeps; older ones are dropped, numbers go on.
const maxCalls = 100000

// call is one API call on its way.
type call struct {
	w        *World
	r        *region
	req      *wire.Request
	op       string
	in       wire.Map
	mutating bool
	signed   time.Time
	ask      *Ask // what a CreateFleet asked for; nil: nothing
}

// list gives a list of strings of the request; an empty name gives none.
func (c *call) list(member string) []string {
	if member == "" {
		return nil
	}
	return wire.Strs(c.in, member)
}

// str gives a string of the request.
func (c *call) str(member string) string { return wire.Str(c.in, member) }

// need gives a string that the request must have.
func (c *call) need(member string) (string, error) {
	if s := c.str(member); s != "" {
		return s, nil
	}
	return "", wire.Errorf("MissingParameter", "The request must contain the parameter %s", member)
}

// isDry says whether the call only asks whether it would be allowed.
func (c *call) isDry() bool { return wire.Bool(c.in, false, "DryRun") }

// dryRun ends a dry run. Handlers call it when the request has been checked and
// nothing has been changed yet.
func (c *call) dryRun() error {
	if c.isDry() {
		return &wire.Error{Code: "DryRunOperation", Status: http.StatusPreconditionFailed, Message: "Request would have succeeded, but DryRun flag is set."}
	}
	return nil
}

// serve answers one API request: latency, faults, effect, log, faults, latency.
// The effect happens even if the caller goes away while it is on its way, as a
// request that has been sent happens in a real cloud.
func (w *World) serve(ctx context.Context, q asked) (answer, error) {
	began := time.Now()
	req, failure := wire.ReadRequest(q.header, q.query, q.body)
	c := &call{w: w, req: req, op: req.Op, r: w.byName[req.Region], signed: q.signed}
	if req.Service == "ec2" {
		c.mutating = w.ops[req.Op].mutating
	}
	id := w.requestID()
	gone := error(nil)
	if failure == nil {
		failure = decodeInto(c)
	}
	if failure == nil {
		gone = w.pause(ctx, w.latency(c)*6/10) // the way there, and most of the work
		if failure = w.faultsBefore(ctx, c); failure == nil {
			failure = c.admit()
		}
	}
	var body []byte
	tried := failure == nil
	if tried {
		body, failure = w.effect(c, id)
	}
	code, apiFailure := codeOf(failure)
	n := w.log(c, began, code)
	if tried {
		if err := w.faultsAfter(ctx, c, n); err != nil {
			return answer{}, err
		}
		w.told(c.ask)
	}
	if apiFailure == nil && failure != nil {
		return answer{}, failure // no answer at all
	}
	if gone == nil {
		gone = w.pause(ctx, w.latency(c)*4/10)
	}
	if gone != nil {
		return answer{}, gone
	}
	a := answer{status: http.StatusOK, kind: contentType(req.Service), body: body, id: id}
	if apiFailure != nil {
		a = errorAnswer(c, id, apiFailure)
	}
	if ahead := w.ahead(); ahead > 0 {
		a.date = time.Now().Add(ahead)
	}
	return a, nil
}

// codeOf tells API errors from broken connections.
func codeOf(err error) (string, *wire.Error) {
	var api *wire.Error
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &api):
		return api.Code, api
	}
	return "cut", nil
}

// decodeInto reads the parameters by the service's protocol.
func decodeInto(c *call) (err error) {
	switch c.req.Service {
	case "ec2":
		c.in, err = wire.DecodeQuery(c.op, c.req.Form)
	case "ssm", "pricing", "servicequotas":
		c.in = c.req.JSON
	case "sts":
		c.in = wire.Map{}
	default:
		err = &wire.Error{
			Code: "UnknownOperationException", Status: http.StatusNotFound,
			Message: "This simulated cloud serves ec2, sts, ssm, pricing and servicequotas, not " + strconv.Quote(c.req.Service) + ".",
		}
	}
	return err
}

// effect does what the call asks for and writes the answer. Both happen under
// the region's lock: trees of resources are never seen half changed.
func (w *World) effect(c *call, id string) ([]byte, error) {
	if w.ctx.Err() != nil {
		return nil, errCut
	}
	if err := enabled(c); err != nil {
		return nil, err
	}
	if c.req.Service == "ec2" && c.op == "GetSpotPlacementScores" { // about several regions, whose locks are never held together
		tree, err := placementScores(c)
		if err != nil {
			return nil, err
		}
		return encode(c, id, tree)
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.settle()
	var tree wire.Map
	var err error
	switch c.req.Service {
	case "ssm":
		tree, err = parameters(c)
	case "pricing":
		tree, err = products(c)
	case "servicequotas":
		tree, err = serviceQuotas(c)
	case "sts":
		tree, err = identity(c)
	default:
		tree, err = once(c, w.ops[c.op])
		c.r.arm(time.Now())
	}
	if err != nil {
		return nil, err
	}
	return encode(c, id, tree)
}

// enabled refuses regions that don't exist or that the account has not opted
// into, with the text that EC2 also uses for bad credentials (aws-facts §2.4).
func enabled(c *call) error {
	if c.r != nil && c.r.info.optedIn {
		return nil
	}
	return notEnabled(c)
}

// notEnabled is the refusal of a region that the account has not enabled.
func notEnabled(c *call) error {
	switch c.req.Service {
	case "sts":
		return &wire.Error{Code: "InvalidClientTokenId", Status: http.StatusForbidden, Message: "The security token included in the request is invalid"}
	case "ssm", "pricing", "servicequotas":
		return wire.Errorf("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	return &wire.Error{Code: "AuthFailure", Status: http.StatusUnauthorized, Message: "AWS was not able to validate the provided access credentials"}
}

// latency gives how long a call takes.
func (w *World) latency(c *call) time.Duration {
	if c.r == nil {
		return 0
	}
	base := c.r.info.latency
	if w.opts.CallLatency != nil {
		base = w.opts.CallLatency(c.r.info.name)
	}
	return w.scaled(base)
}

// log writes the call down and gives its number.
func (w *World) log(c *call, began time.Time, code string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.callN++
	if len(w.calls) >= maxCalls {
		w.calls = append([]Call(nil), w.calls[maxCalls/10:]...)
	}
	w.calls = append(w.calls, Call{
		N: w.callN, At: began, Region: c.req.Region, Service: c.req.Service, Op: c.op, Mutating: c.mutating,
		DryRun: c.isDry(), Code: code, TookMS: time.Since(began).Milliseconds(),
	})
	return w.callN
}

func contentType(service string) string {
	if service == "ssm" || service == "pricing" || service == "servicequotas" {
		return "application/x-amz-json-1.1"
	}
	return "text/xml;charset=UTF-8"
}

func encode(c *call, id string, tree wire.Map) ([]byte, error) {
	switch c.req.Service {
	case "ssm", "pricing", "servicequotas":
		return wire.EncodeJSON(tree)
	case "sts":
		return wire.EncodeIdentity(wire.Str(tree, "Account"), wire.Str(tree, "Arn"), wire.Str(tree, "UserId"), id), nil
	}
	body, err := wire.EncodeXML(c.op, id, tree)
	if err != nil { // a fault of ours: say so loudly
		return nil, &wire.Error{Code: "InternalError", Status: http.StatusInternalServerError, Message: err.Error()}
	}
	return body, nil
}

func errorAnswer(c *call, id string, e *wire.Error) answer {
	var body []byte
	switch c.req.Service {
	case "ssm", "pricing", "servicequotas":
		body = wire.EncodeJSONError(e)
	case "sts":
		body = wire.EncodeQueryError(e, id)
	default:
		body = wire.EncodeErrorXML(e, id)
	}
	return answer{status: e.HTTPStatus(), kind: contentType(c.req.Service), body: body, id: id}
}
