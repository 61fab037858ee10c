package host

import (
	"context"
	"io"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/pkg/sftp"
)

// sftp serves the subsystem on the session's channel.
func (s *session) sftp(ctx context.Context) int {
	files := sftpFiles{s.h.who(userUID), s.h.home(userUID)}
	server := sftp.NewRequestServer(s.ch, sftp.Handlers{FileGet: files, FilePut: files, FileCmd: files, FileList: files},
		sftp.WithStartDirectory(s.h.home(userUID)))
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(); err != nil && err != io.EOF { //nolint:errorlint // Serve returns io.EOF itself at the regular end
		return 1
	}
	return 0
}

// sftpFiles answers SFTP requests from the host's disk.
type sftpFiles struct {
	w    who
	home string // where relative names start
}

var (
	_ sftp.OpenFileWriter       = sftpFiles{}
	_ sftp.PosixRenameFileCmder = sftpFiles{}
	_ sftp.LstatFileLister      = sftpFiles{}
	_ sftp.ReadlinkFileLister   = sftpFiles{}
	_ sftp.RealPathFileLister   = sftpFiles{}
	_ sftp.StatVFSFileCmder     = sftpFiles{}
)

// Fileread opens for reading.
func (s sftpFiles) Fileread(r *sftp.Request) (io.ReaderAt, error) {
	return s.w.open(r.Filepath, os.O_RDONLY, 0)
}

// Filewrite opens for writing.
func (s sftpFiles) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	return s.OpenFile(r)
}

// OpenFile opens as the flags say.
func (s sftpFiles) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	p := r.Pflags()
	flag := os.O_RDONLY
	switch {
	case p.Read && p.Write:
		flag = os.O_RDWR
	case p.Write:
		flag = os.O_WRONLY
	}
	if p.Creat {
		flag |= os.O_CREATE
	}
	if p.Trunc {
		flag |= os.O_TRUNC
	}
	if p.Excl {
		flag |= os.O_EXCL
	}
	// The library loses the mode that an open packet may carry (it keeps only the
	// open flags); clients that care set it afterwards.
	return s.w.open(r.Filepath, flag, 0o644)
}

// Filecmd changes names and attributes.
func (s sftpFiles) Filecmd(r *sftp.Request) error {
	switch r.Method {
	case "Setstat":
		return s.setstat(r)
	case "Rename":
		if _, err := s.w.stat(r.Target, false); err == nil {
			return fault("rename", r.Target, syscall.EEXIST) // SFTP 3: rename does not replace
		}
		return s.w.rename(r.Filepath, r.Target)
	case "Rmdir":
		return s.w.remove(r.Filepath, true)
	case "Remove":
		return s.w.remove(r.Filepath, false)
	case "Mkdir":
		return s.w.mkdir(r.Filepath, 0o755)
	case "Link":
		return s.w.link(r.Filepath, r.Target)
	case "Symlink":
		// Request names the target Filepath and the link Target.
		return s.w.symlink(r.Filepath, r.Target)
	}
	return sftp.ErrSSHFxOpUnsupported
}

func (s sftpFiles) setstat(r *sftp.Request) error {
	set, a := r.AttrFlags(), r.Attributes()
	if set.Size {
		f, err := s.w.open(r.Filepath, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := f.truncate(int64(a.Size)); err != nil {
			return err
		}
	}
	if set.Permissions {
		if err := s.w.chmod(r.Filepath, a.FileMode()); err != nil {
			return err
		}
	}
	if set.Acmodtime {
		return s.w.chtimes(r.Filepath, true, time.Unix(int64(a.Mtime), 0))
	}
	return nil
}

// PosixRename replaces what is there.
func (s sftpFiles) PosixRename(r *sftp.Request) error {
	return s.w.rename(r.Filepath, r.Target)
}

// StatVFS is what df tells.
func (s sftpFiles) StatVFS(*sftp.Request) (*sftp.StatVFS, error) {
	total, free := s.w.d.space()
	const block = 4096
	return &sftp.StatVFS{
		Bsize: block, Frsize: block, Namemax: maxName,
		Blocks: uint64(total / block), Bfree: uint64(free / block), Bavail: uint64(free / block),
		Files: 1 << 20, Ffree: 1 << 19, Favail: 1 << 19,
	}, nil
}

// Filelist lists a directory or gives one file's attributes.
func (s sftpFiles) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	if r.Method == "List" {
		infos, err := s.w.readDir(r.Filepath)
		return infoList(infos), err
	}
	st, err := s.w.stat(r.Filepath, true)
	return infoList{st}, err
}

// Lstat does not follow a last symbolic link.
func (s sftpFiles) Lstat(r *sftp.Request) (sftp.ListerAt, error) {
	st, err := s.w.stat(r.Filepath, false)
	return infoList{st}, err
}

// Readlink gives a symbolic link's target.
func (s sftpFiles) Readlink(name string) (string, error) { return s.w.readlink(name) }

// RealPath resolves links as far as the path exists.
func (s sftpFiles) RealPath(name string) (string, error) {
	name = path.Clean(absolute(s.home, name))
	if real, err := s.w.realPath(name); err == nil {
		return real, nil
	}
	return name, nil
}

type infoList []info

func (l infoList) ListAt(into []os.FileInfo, off int64) (int, error) {
	if off >= int64(len(l)) {
		return 0, io.EOF
	}
	n := 0
	for ; n < len(into) && off+int64(n) < int64(len(l)); n++ {
		into[n] = l[off+int64(n)]
	}
	if n < len(into) {
		return n, io.EOF
	}
	return n, nil
}
