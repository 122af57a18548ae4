package runlog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Lock keeps a second process away. The operating system holds it for as
// long as the process lives, so that a dead process leaves none behind,
// whatever its lock file says.
type Lock struct{ file *os.File }

// Acquire takes the lock that a file stands for. If another process, or this
// one through another Lock, has it, that is ErrLocked. The file stays when the
// lock is given up.
func Acquire(name string) (*Lock, error) {
	f, err := openIn(filepath.Dir(name), filepath.Base(name), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	taken, err := tryLock(f)
	if err == nil && !taken {
		holder, _ := io.ReadAll(io.LimitReader(f, 200))
		err = fmt.Errorf("%s: %w (%q)", f.Name(), ErrLocked, strings.TrimSpace(string(holder)))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	host, _ := os.Hostname()
	note := fmt.Sprintf("process %d on %s\n", os.Getpid(), host)
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(note), 0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Lock{f}, nil
}

// Release gives the lock up.
func (l *Lock) Release() error { return errors.Join(l.file.Truncate(0), l.file.Close()) }
