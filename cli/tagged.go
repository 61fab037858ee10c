package cli

import (
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// tagged writes lines, each with its instance before it: in a colour of its own
// on a terminal, so that the eye can follow one instance.
type tagged struct {
	w     io.Writer
	paint bool
}

// tagged prepares a stream of ours. Colours that a terminal lacks, or that
// NO_COLOR forbids, are taken out on the way.
func (a *app) tagged(w io.Writer) tagged {
	if !isTerminal(w) || a.flags.plain {
		return tagged{w: w}
	}
	return tagged{w: colorprofile.NewWriter(w, os.Environ()), paint: true}
}

func (t tagged) line(id fleet.InstanceID, sep, text string) {
	fmt.Fprintf(t.w, "%s%s%s\n", t.name(id), sep, text)
}

func (t tagged) name(id fleet.InstanceID) string {
	if !t.paint {
		return string(id)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // it never fails
	// Black and white may be the background; red is for what is wrong.
	colors := []ansi.BasicColor{
		lipgloss.Cyan, lipgloss.Green, lipgloss.Yellow, lipgloss.Blue, lipgloss.Magenta,
		lipgloss.BrightCyan, lipgloss.BrightGreen, lipgloss.BrightBlue, lipgloss.BrightMagenta,
	}
	return lipgloss.NewStyle().Foreground(colors[h.Sum32()%uint32(len(colors))]).Render(string(id))
}
