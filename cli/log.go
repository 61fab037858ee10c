package cli

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// The log file is kept small: together with the older ones it takes at most
// logFiles × logMegabytes MiB of the state folder.
const (
	logName      = "spot-tui.log"
	logMegabytes = 5
	logFiles     = 5
)

// openLog opens the log file in the state folder. A run without one goes on: a
// full or read-only disk must not stop a destroy.
func (s *session) openLog() {
	path := filepath.Join(s.paths.state, logName)
	// The rotating writer opens its file only when the first line comes, and
	// tells no one if it can't.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: no log file: "+err.Error())
		s.log = slog.New(slog.DiscardHandler)
		return
	}
	f.Close()
	w := &lumberjack.Logger{Filename: path, MaxSize: logMegabytes, MaxBackups: logFiles - 1}
	s.close = append(s.close, func() { _ = w.Close() }) // a log that can't be closed has nowhere to be told
	h := slog.NewTextHandler(w, &slog.HandlerOptions{Level: s.a.logLevel()})
	s.log = slog.New(redacting{next: h}).With("pid", os.Getpid()) // several processes write one file
	started := time.Now()
	s.log.Info("started", "verb", s.a.verbPath, "version", buildVersion().Version, "demo", s.a.flags.demo)
	s.close = append(s.close, func() { s.log.Info("ended", "verb", s.a.verbPath, "took", time.Since(started)) })
}

// logLevel is what is asked for: --log-level before SPOT_DEBUG before info.
func (a *app) logLevel() slog.Level {
	if l, err := parseLevel(a.flags.logLevel); err == nil {
		return l
	}
	if a.env.Getenv("SPOT_DEBUG") == "1" {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func parseLevel(s string) (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(s))
	return l, err
}
