package aws

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/smithy-go/logging"
)

// sdkLog takes what the SDK has to say to our log. Its own logger writes to the
// standard error output, which is the middle of the full screen.
type sdkLog struct{ log *slog.Logger }

// Logf implements logging.Logger.
func (l sdkLog) Logf(c logging.Classification, format string, v ...any) {
	level := slog.LevelDebug
	if c == logging.Warn { // what matters of a failed call is told by the call's error
		level = slog.LevelInfo
	}
	l.log.Log(context.Background(), level, "sdk: "+strings.TrimSpace(fmt.Sprintf(format, v...)))
}
