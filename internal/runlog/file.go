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
	"os"
	"path/filepath"
	"strings"
)

// temporaryPrefix begins the names of unfinished files.
const temporaryPrefix = ".unfinished-"

// WriteFile puts a text into a file so that at every moment, also after a
// crash, the name holds either what it held before or the whole text.
func WriteFile(name string, text []byte) error {
	return Replace(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// writeJSON is WriteFile for a value as indented JSON.
func writeJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(name, append(text, '\n'))
}

// Replace is WriteFile for a text that is written piece by piece: to a
// temporary name in the same folder, synced, then renamed. If write fails
// nothing changes. A device or pipe is written to directly.
func Replace(name string, write func(io.Writer) error) error {
	if err := replace(name, write); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// A File is a name in a folder and what it is to hold.
type File struct {
	Name string
	Text []byte
}

// writers is how many files WriteFiles waits for at a time.
const writers = 16

// WriteFiles makes a folder if it is missing and does WriteFile for many files
// in it, in less time than one after the other. If it fails, each of them is
// as it was or whole.
func WriteFiles(folder string, files []File) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	_, err := Map(context.Background(), len(files), writers, nil, func(_ context.Context, i int) (struct{}, error) {
		return struct{}{}, replace(filepath.Join(folder, files[i].Name), func(w io.Writer) error {
			_, err := w.Write(files[i].Text)
			return err
		})
	})
	return errors.Join(err, syncFolder(folder))
}

// replace is Replace without the last step, that syncs the name.
func replace(name string, write func(io.Writer) error) (err error) {
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
	f, err := os.CreateTemp(filepath.Dir(name), temporaryPrefix+"*")
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = &fs.PathError{Op: "write", Path: name, Err: path.Err}
		}
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	buffer := bufio.NewWriterSize(f, 1<<16)
	if err := cmp.Or(write(buffer), buffer.Flush(), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
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
