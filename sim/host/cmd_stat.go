package host

import (
	"fmt"
	"io/fs"
	"strings"
)

func statCommand(p *proc) int {
	opts, names, ok := p.options("Lft", "c", "format=", "printf=")
	if !ok {
		return 1
	}
	format := opts["c"] + opts["format"]
	status := 0
	for _, name := range names {
		st, err := p.w.stat(p.abs(name), has(opts, "L"))
		if err != nil {
			status = p.fail("cannot statx '%s': %s", name, sentence(err))
			continue
		}
		owner := p.h.userName(st.uid)
		replace := strings.NewReplacer("%s", fmt.Sprint(st.size), "%a", fmt.Sprintf("%o", st.mode.Perm()), "%A", modeString(st.mode),
			"%n", name, "%U", owner, "%G", owner, "%u", fmt.Sprint(st.uid), "%g", fmt.Sprint(st.uid), "%Y", fmt.Sprint(st.mtime.Unix()),
			"%y", st.mtime.UTC().Format("2006-01-02 15:04:05.000000000 +0000"), "%i", fmt.Sprint(st.ino), "%h", fmt.Sprint(st.links), "%F", kindName(st))
		if format == "" {
			fmt.Fprintln(p.out, replace.Replace("  File: %n\n  Size: %s\tInode: %i\tLinks: %h\t%F\nAccess: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nModify: %y"))
			continue
		}
		fmt.Fprintln(p.out, replace.Replace(format))
	}
	return status
}

func kindName(st info) string {
	switch {
	case st.IsDir():
		return "directory"
	case st.mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case st.mode&fs.ModeDevice != 0:
		return "character special file"
	case st.size == 0:
		return "regular empty file"
	}
	return "regular file"
}

func duCommand(p *proc) int {
	opts, names, ok := p.options("shakmbc", "d", "max-depth=", "apparent-size")
	if !ok {
		return 1
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	status := 0
	for _, name := range names {
		total := int64(0)
		err := p.walk(p.abs(name), name, func(_, _ string, st info) error {
			if has(opts, "b", "apparent-size") {
				total += st.size
			} else {
				total += (st.size + 4095) / 4096 * 4096
			}
			return nil
		})
		if err != nil {
			status = p.fail("cannot access '%s': %s", name, sentence(err))
			continue
		}
		size := fmt.Sprint((total + 1023) / 1024)
		switch {
		case has(opts, "h"):
			size = human(total)
		case has(opts, "b"):
			size = fmt.Sprint(total)
		case has(opts, "m"):
			size = fmt.Sprint((total + 1<<20 - 1) >> 20)
		}
		fmt.Fprintf(p.out, "%s\t%s\n", size, name)
	}
	return status
}
