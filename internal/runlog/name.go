package runlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Errors about names and what stands under them, for errors.Is.
var (
	ErrName      = errors.New("expected a name of at most 128 letters, digits, dashes, underscores and dots, the first no dot")
	ErrIrregular = errors.New("expected a regular file")
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)

// CheckName refuses a name that may not stand in a path, a page or a LaTeX
// file: these hold names of data sets, claims, figures and files that come out
// of folders which anybody may have made.
func CheckName(name string) error {
	if nameForm.MatchString(name) && filepath.IsLocal(name) {
		return nil
	}
	return fmt.Errorf("%.80q: %w", name, ErrName)
}

// Within returns the path of a name in a folder: names that CheckName takes,
// with slashes between them. What stands there already must be a folder on the
// way and a folder or a regular file at its end, never a link.
func Within(dir, name string) (string, error) {
	path := dir
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if err := CheckName(part); err != nil {
			return "", fmt.Errorf("%s: %w", dir, err)
		}
		path = filepath.Join(path, part)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if !info.IsDir() && (i < len(parts)-1 || !info.Mode().IsRegular()) {
			return "", irregular(path, info)
		}
	}
	return path, nil
}

// irregular says what stands where a regular file is expected.
func irregular(path string, info fs.FileInfo) error {
	what := "no regular file"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return fmt.Errorf("%s: is a file, expected a folder: %w", path, ErrIrregular)
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeSymlink != 0:
		what = "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	}
	return fmt.Errorf("%s: is %s, %w", path, what, ErrIrregular)
}

// openIn opens a regular file in a folder, as Within takes it. It follows no
// link and waits for nobody at the other end of a pipe.
func openIn(dir, name string, flag int) (*os.File, error) {
	path, err := Within(dir, name)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flag|noFollow, 0o666)
	if err != nil {
		if info, there := os.Lstat(path); there == nil && !info.Mode().IsRegular() {
			err = irregular(path, info)
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = irregular(path, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Bounds of files that are read whole, in bytes.
const (
	MaxDocument   = 1 << 28 // JSON
	MaxCheckpoint = 1 << 34
)

// ReadFile reads a file that a user names, perhaps a pipe, of at most
// MaxDocument bytes.
func ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxDocument+1))
	if err == nil && len(text) > MaxDocument {
		err = fmt.Errorf("%s: more than %d bytes", name, MaxDocument)
	}
	return text, err
}

// ReadIn reads a regular file in a folder, as Within takes it, of at most so
// many bytes.
func ReadIn(dir, name string, most int64) ([]byte, error) {
	f, err := openIn(dir, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", f.Name(), info.Size(), most)
	}
	text := make([]byte, info.Size())
	if _, err := io.ReadFull(f, text); err != nil {
		return nil, &fs.PathError{Op: "read", Path: f.Name(), Err: err}
	}
	return text, nil
}
