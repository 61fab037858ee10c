package fleet_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// A simulated fleet makes much garbage and keeps little: collecting it less often
// saves a quarter of the suite's time. GOGC, if set, rules.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
