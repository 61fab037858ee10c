package fleet

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
)

// Run implements Face: one command on several instances, side by side.
func (e *Engine) Run(q RunRequest) (*Run, error) {
	if err := e.guard("run", false); err != nil {
		return nil, err
	}
	e.remember(q.Line)
	return e.fanOut(fan{
		kind: OpRun, title: "run " + q.Line, line: q.Line, ids: q.Instances, limits: q.Limits.filled(defaultCommand), parallel: q.Parallel, sink: q.Sink,
		do: func(ctx context.Context, t Target, p *part) (ExitStatus, error) {
			c := Command{Line: q.Line, Stdout: p.out.stream(false), Stderr: p.out.stream(true), Started: p.started}
			if q.Stdin != nil {
				c.Stdin = bytes.NewReader(q.Stdin)
			}
			return e.opts.Shell.Run(ctx, t, c)
		},
	})
}

// Upload implements Face. Each host's output is a line that says what was copied
// and verified.
func (e *Engine) Upload(q UploadRequest) (*Run, error) {
	if err := e.guard("upload", false); err != nil {
		return nil, err
	}
	load, done, err := e.load(q.File)
	if err != nil {
		return nil, err
	}
	line := q.File.Source + " → " + q.File.Target
	r, err := e.fanOut(fan{
		kind: OpUpload, title: "upload " + line, line: line, ids: q.Instances, limits: q.Limits.filled(defaultTransfer), parallel: q.Parallel, after: done,
		do: func(ctx context.Context, t Target, p *part) (ExitStatus, error) {
			b, free, err := load(t.Instance)
			if err != nil {
				return ExitStatus{}, err
			}
			defer free()
			res, err := e.opts.Shell.Upload(ctx, t, Upload{
				Bundle: b, Target: q.File.Target, Mode: q.File.Mode, Owner: q.File.Owner, Secret: q.File.Secret, Started: p.started, Progress: p.moved,
			})
			if err == nil {
				_, _ = fmt.Fprintln(p.out.stream(false), uploaded(res))
			}
			return ExitStatus{}, err
		},
	})
	if err != nil {
		done()
	}
	return r, err
}

// uploaded says what an upload did.
func uploaded(r UploadResult) string {
	if r.Same {
		return fmt.Sprintf("unchanged: %s, %d bytes, sha256 %s", plural(r.Files, "file"), r.Bytes, r.SHA256)
	}
	return fmt.Sprintf("%s, %d bytes, sha256 %s", plural(r.Files, "file"), r.Bytes, r.SHA256)
}

// Fetch implements Face.
func (e *Engine) Fetch(q FetchRequest) (*Run, error) {
	line := q.Source + " → " + q.Target
	return e.fanOut(fan{
		kind: OpFetch, title: "fetch " + line, line: line, ids: q.Instances, limits: q.Limits.filled(defaultTransfer), parallel: q.Parallel,
		do: func(ctx context.Context, t Target, p *part) (ExitStatus, error) {
			res, err := e.opts.Shell.Fetch(ctx, t, Fetch{Source: q.Source, Target: filepath.Join(q.Target, string(t.Instance)), Started: p.started, Progress: p.moved})
			if err == nil {
				_, _ = fmt.Fprintf(p.out.stream(false), "%s, %d bytes: %s\n", plural(res.Files, "file"), res.Bytes, res.Path)
			}
			return ExitStatus{}, err
		},
	})
}
