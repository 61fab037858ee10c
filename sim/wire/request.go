package wire

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Request is one API request, read as far as routing needs it.
type Request struct {
	Service   string // "ec2", "sts", "ssm"…, from the signature's scope
	Region    string // from the signature's scope
	AccessKey string
	Op        string
	Form      url.Values // of the query protocols
	JSON      Map        // of the JSON protocol
}

// ReadRequest reads headers and body. The signature is not verified: only its
// scope is read, which names region and service.
func ReadRequest(h http.Header, query url.Values, body []byte) (*Request, error) {
	r := &Request{}
	scope := credential(h, query)
	if len(scope) != 5 || scope[0] == "" {
		return r, &Error{"MissingAuthenticationToken", "Request is missing Authentication Token", 403}
	}
	r.AccessKey, r.Region, r.Service = scope[0], scope[2], scope[3]
	if target := h.Get("X-Amz-Target"); target != "" {
		_, r.Op, _ = strings.Cut(target, ".")
		if err := json.Unmarshal(body, &r.JSON); err != nil {
			return r, Errorf("SerializationException", "The body is not a JSON object.")
		}
		return r, nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return r, Errorf("MalformedQueryString", "The query string contains a syntax error.")
	}
	for k, v := range query {
		if !strings.HasPrefix(k, "X-Amz-") {
			form[k] = append(form[k], v...)
		}
	}
	r.Form, r.Op = form, form.Get("Action")
	if r.Op == "" {
		return r, Errorf("MissingAction", "The request must contain the parameter Action.")
	}
	return r, nil
}

// credential gives the parts of the SigV4 credential: key, date, region,
// service, terminator.
func credential(h http.Header, query url.Values) []string {
	text := query.Get("X-Amz-Credential")
	if _, after, ok := strings.Cut(h.Get("Authorization"), "Credential="); ok {
		text, _, _ = strings.Cut(after, ",")
	}
	return strings.Split(strings.TrimSpace(text), "/")
}
