package host

import (
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// webPrograms reach the instance metadata service and nothing else.
func webPrograms() map[string]command {
	return map[string]command{
		"curl": curlCommand, "wget": wgetCommand, "ec2-metadata": ec2MetadataCommand,
		"ping": unreachable(2, "ping: %s: Name or service not known"), "nc": unreachable(1, "nc: getaddrinfo for host \"%s\": Name or service not known"),
		"ssh": unreachable(255, "ssh: Could not resolve hostname %s: Name or service not known"), "scp": unreachable(255, "ssh: Could not resolve hostname %s"),
		"git": unreachable(128, "fatal: unable to access '%s': Could not resolve host"),
	}
}

func unreachable(status int, format string) command {
	return func(p *proc) int {
		return p.failf(status, format, p.args[len(p.args)-1])
	}
}

// curlRequest is what we understand of a curl command line.
type curlRequest struct {
	method, output  string
	urls            []string
	headers         map[string]string
	fail, silent    bool
	showErrors      bool
	include, toName bool
	write           string
}

func parseCurl(args []string) (r curlRequest) {
	r.headers = map[string]string{}
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if !strings.HasPrefix(a, "-") {
			r.urls = append(r.urls, a)
			continue
		}
		letters := []string{a}
		inline := ""
		if !strings.HasPrefix(a, "--") {
			letters = nil
			for i := 1; i < len(a); i++ {
				letters = append(letters, "-"+a[i:i+1])
				if strings.IndexByte("XHomwdAuTeKx", a[i]) >= 0 {
					inline = a[i+1:]
					break
				}
			}
		}
		for _, l := range letters {
			value := func() string {
				if inline != "" || len(args) == 0 {
					return inline
				}
				v := args[0]
				args = args[1:]
				return v
			}
			r.option(l, value)
		}
	}
	return r
}

func (r *curlRequest) option(name string, value func() string) {
	switch name {
	case "-X", "--request":
		r.method = value()
	case "-H", "--header":
		k, v, _ := strings.Cut(value(), ":")
		r.headers[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
	case "-o", "--output":
		r.output = value()
	case "-O", "--remote-name":
		r.toName = true
	case "-f", "--fail":
		r.fail = true
	case "-s", "--silent":
		r.silent = true
	case "-S", "--show-error":
		r.showErrors = true
	case "-i", "--include":
		r.include = true
	case "-w", "--write-out":
		r.write = value()
	case "-d", "--data":
		value()
		r.method = "POST"
	case "-m", "--max-time", "--connect-timeout", "--retry", "--retry-delay", "-A", "-u", "-T", "-e", "-K", "-x", "--user-agent":
		value()
	}
}

func (p *proc) curlSay(r curlRequest, status int, format string, args ...any) int {
	if !r.silent || r.showErrors {
		return p.failf(status, format, args...)
	}
	return status
}

func curlCommand(p *proc) int {
	r := parseCurl(p.args[1:])
	if len(r.urls) == 0 {
		return p.failf(2, "curl: no URL specified!\ncurl: try 'curl --help' for more information")
	}
	status := 0
	for _, raw := range r.urls {
		if s := p.curlOne(r, raw); s != 0 {
			status = s
		}
	}
	return status
}

func (p *proc) curlOne(r curlRequest, raw string) int {
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return p.curlSay(r, 3, "curl: (3) URL rejected: Malformed input to a URL function")
	}
	switch u.Hostname() {
	case "169.254.169.254":
	case "localhost", "127.0.0.1", "::1":
		return p.curlSay(r, 7, "curl: (7) Failed to connect to %s port %s: Connection refused", u.Hostname(), portOf(u))
	default:
		return p.curlSay(r, 6, "curl: (6) Could not resolve host: %s", u.Hostname())
	}
	code, body := p.h.metadata(r.method, u.Path, r.headers)
	if code >= 400 && r.fail {
		return p.curlSay(r, 22, "curl: (22) The requested URL returned error: %d", code)
	}
	if r.include {
		body = fmt.Sprintf("HTTP/1.1 %d\r\nServer: EC2ws\r\nContent-Length: %d\r\n\r\n%s", code, len(body), body)
	}
	if r.toName {
		r.output = path.Base(u.Path)
	}
	if r.output != "" && r.output != "-" {
		f, err := p.w.open(p.abs(r.output), truncFlags, 0o666&^p.umask)
		if err == nil {
			_, err = f.Write([]byte(body))
		}
		if err != nil {
			return p.curlSay(r, 23, "curl: (23) Failure writing output to destination: %s", sentence(err))
		}
	} else {
		_, _ = p.out.WriteString(body)
	}
	_, _ = p.out.WriteString(strings.NewReplacer("%{http_code}", strconv.Itoa(code), `\n`, "\n", `\t`, "\t").Replace(r.write))
	return 0
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func wgetCommand(p *proc) int {
	for _, a := range p.args[1:] {
		if u, err := url.Parse(a); err == nil && u.Host != "" {
			return p.failf(4, "wget: unable to resolve host address ‘%s’", u.Hostname())
		}
	}
	return p.failf(1, "wget: missing URL")
}

func ec2MetadataCommand(p *proc) int {
	if !p.h.amazon() {
		return p.failf(127, "bash: ec2-metadata: command not found")
	}
	fmt.Fprintf(p.out, "ami-id: %s\ninstance-id: %s\ninstance-type: %s\nplacement: %s\npublic-ipv4: %s\n",
		p.h.opts.ImageID, p.h.opts.InstanceID, p.h.opts.Type, p.h.opts.Zone, p.h.opts.PublicIP)
	return 0
}
