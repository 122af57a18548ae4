package runlog

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// temporaryPrefix begins the names of unfinished files.
const temporaryPrefix = ".unfinished-"

// WriteFile puts a text into a file so that at every moment, also after a
// crash, the name holds either what it held before or the whole text.
func WriteFile(name string, text []byte) error { return Replace(name, whole(text)) }

// WriteIn is WriteFile for a name in a folder, as Within takes it.
func WriteIn(dir, name string, text []byte) error { return ReplaceIn(dir, name, whole(text)) }

func whole(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}

// writeJSON is WriteIn for a value as indented JSON.
func writeJSON(dir, name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return WriteIn(dir, name, append(text, '\n'))
}

// Replace is WriteFile for a text that is written piece by piece: to a
// temporary name in the same folder, synced, then renamed. If write fails
// nothing changes. A link is followed, a device or pipe is written to directly.
func Replace(name string, write func(io.Writer) error) error {
	if info, err := os.Stat(name); err == nil {
		if info.IsDir() {
			return &fs.PathError{Op: "write", Path: name, Err: errors.New("is a folder")}
		}
		if !info.Mode().IsRegular() {
			return writeThrough(name, write)
		}
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return err
		}
	}
	return cmp.Or(replace(name, write), syncFolder(filepath.Dir(name)))
}

// ReplaceIn is Replace for a name in a folder, as Within takes it.
func ReplaceIn(dir, name string, write func(io.Writer) error) error {
	path, err := Within(dir, name)
	if err != nil {
		return err
	}
	return cmp.Or(replace(path, write), syncFolder(filepath.Dir(path)))
}

// A File is a name in a folder and what it is to hold.
type File struct {
	Name string
	Text []byte
}

// writers is how many files WriteFiles waits for at a time.
const writers = 16

// WriteFiles makes a folder if it is missing and does WriteIn for many files
// in it, in less time than one after the other. If it fails, each of them is
// as it was or whole.
func WriteFiles(folder string, files []File) error {
	if err := MakeFolder(folder); err != nil {
		return err
	}
	_, err := Map(context.Background(), len(files), writers, nil, func(_ context.Context, i int) (struct{}, error) {
		path, err := Within(folder, files[i].Name)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, replace(path, whole(files[i].Text))
	})
	return errors.Join(err, syncFolder(folder))
}

// MakeFolder makes a folder and those above it, where they are missing, and
// puts its name on the disk.
func MakeFolder(name string) error {
	if err := os.MkdirAll(name, 0o777); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(filepath.Clean(name)))
}

// unfinished holds the names of the temporary files of this process.
var unfinished sync.Map

// RemoveUnfinished removes the temporary files of this process. After it the
// process must end.
func RemoveUnfinished() {
	unfinished.Range(func(name, _ any) bool {
		os.Remove(name.(string))
		return true
	})
}

// replace is Replace of a regular or missing file without the last step, that
// syncs the name. A file that is there keeps its mode.
func replace(name string, write func(io.Writer) error) (err error) {
	f, err := createTemporary(filepath.Dir(name))
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = &fs.PathError{Op: "write", Path: name, Err: path.Err}
		}
		return err
	}
	defer unfinished.Delete(f.Name())
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if info, err := os.Lstat(name); err == nil {
		if err := f.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	buffer := bufio.NewWriterSize(f, 1<<16)
	if err := cmp.Or(write(buffer), buffer.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// createTemporary makes an unfinished file. The system takes away what the
// user's umask does.
func createTemporary(dir string) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf("%s%016x", temporaryPrefix, rand.Uint64()))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			if err == nil {
				unfinished.Store(name, nil)
			}
			return f, err
		}
	}
}

func writeThrough(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// RemoveTemporaries removes what a dead process left unfinished in a folder.
func RemoveTemporaries(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporaryPrefix) && e.Type().IsRegular() {
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
				return fmt.Errorf("unfinished file: %w", err)
			}
		}
	}
	return nil
}
