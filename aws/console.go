package aws

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"spot-tui/fleet"
)

// Console implements fleet.Watcher. The newest output is asked for first, which
// only Nitro types have; others give what EC2 kept last (aws-facts §8).
func (r *region) Console(ctx context.Context, id fleet.InstanceID) (fleet.Console, error) {
	const words = "read the console of"
	ask := func(latest *bool) (*ec2.GetConsoleOutputOutput, error) {
		a := read("GetConsoleOutput", words)
		a.about = string(id)
		return do(ctx, r, a, &ec2.GetConsoleOutputInput{InstanceId: awssdk.String(string(id)), Latest: latest}, r.ec2().GetConsoleOutput)
	}
	out, err := ask(awssdk.Bool(true))
	if k := fleet.KindOf(err); err != nil && (k == fleet.KindInvalid || k == fleet.KindUnknown || k == fleet.KindConflict) {
		out, err = ask(nil)
	}
	if err != nil {
		return fleet.Console{}, err
	}
	text, err := base64.StdEncoding.DecodeString(awssdk.ToString(out.Output))
	if err != nil {
		return fleet.Console{}, &fleet.Error{Op: words, Region: r.name, Resource: string(id), Kind: fleet.KindInternal, Err: errors.New("EC2's answer is not base64")}
	}
	if len(text) == 0 {
		return fleet.Console{}, &fleet.Error{Op: words, Region: r.name, Resource: string(id), Kind: fleet.KindGone, Err: errors.New("EC2 shows nothing of it yet"), Hint: "it appears one to six minutes after the start"}
	}
	return fleet.Console{At: awssdk.ToTime(out.Timestamp), Text: string(text), HostKeys: consoleKeys(string(text))}, nil
}

// The lines around the host keys that cloud-init writes to the console.
const (
	keysBegin = "-----BEGIN SSH HOST KEY KEYS-----"
	keysEnd   = "-----END SSH HOST KEY KEYS-----"
	maxKeys   = 16 // a host has three or four; more is somebody's play
)

// consoleKeys gives the fingerprints of the host keys in the newest whole block
// of a console's text: an instance that was started again has several, and the
// last may be cut off. Lines may end in CRLF and may have a prefix of syslog.
func consoleKeys(text string) []string {
	for {
		end := strings.LastIndex(text, keysEnd)
		if end < 0 {
			return nil
		}
		begin := strings.LastIndex(text[:end], keysBegin)
		if begin < 0 {
			return nil
		}
		var prints []string
		for line := range strings.Lines(text[begin+len(keysBegin) : end]) {
			if p, ok := keyPrint(line); ok && len(prints) < maxKeys {
				prints = append(prints, p)
			}
		}
		if len(prints) > 0 {
			return prints
		}
		text = text[:begin]
	}
}

// keyPrint is the fingerprint of a line with a key in it, as `ssh-keygen -l`
// shows it: the SHA-256 of the key, whose own type must be the one that is named.
func keyPrint(line string) (string, bool) {
	words := strings.Fields(line)
	for i, w := range words[:max(0, len(words)-1)] {
		if !strings.HasPrefix(w, "ssh-") && !strings.HasPrefix(w, "ecdsa-sha2-") {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(words[i+1])
		if err != nil || len(raw) < 4+len(w) || string(raw[:4]) != string([]byte{0, 0, 0, byte(len(w))}) || string(raw[4:4+len(w)]) != w {
			continue
		}
		sum := sha256.Sum256(raw)
		return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), true
	}
	return "", false
}
