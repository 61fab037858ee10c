package aws

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
)

// checked refuses an answer that says success but is not AWS's. The SDK reads
// a login page of a captive network, or an empty body, as an answer in which
// nothing is listed: a destroy would then prove that nothing is left.
type checked struct{ next awssdk.HTTPClient }

// headSize is how much of an answer is looked at; its root element comes within
// the first 200 bytes.
const headSize = 1024

// Do implements awssdk.HTTPClient.
func (c checked) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.next.Do(req)
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		return resp, err // a failure says for itself what it is
	}
	body := bufio.NewReaderSize(resp.Body, headSize)
	head, _ := body.Peek(headSize) // a short answer ends before that, and a broken one is seen by who reads on
	if !fromAWS(req, head) {
		resp.Body.Close()
		return nil, &stranger{host: req.URL.Host}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	return resp, nil
}

// fromAWS says whether the answer has the form of the request's protocol: a
// JSON object for SSM, a root element named …Response for EC2 and STS.
func fromAWS(req *http.Request, head []byte) bool {
	if req.Header.Get("X-Amz-Target") != "" {
		return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{"))
	}
	d := xml.NewDecoder(bytes.NewReader(head))
	for {
		t, err := d.Token()
		if err != nil {
			return false
		}
		if e, ok := t.(xml.StartElement); ok {
			return strings.HasSuffix(e.Name.Local, "Response")
		}
	}
}

// stranger means that something else than AWS answered.
type stranger struct{ host string }

func (s *stranger) Error() string { return "what answers at " + s.host + " is not AWS" }

// RetryableError tells the SDK that asking again won't help.
func (*stranger) RetryableError() bool { return false }
