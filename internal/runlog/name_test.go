package runlog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestNames(t *testing.T) {
	for _, name := range []string{"a", "prosqa_valid", "T1a-lower", "records.log", "-x", "_", "a..b", "0", strings.Repeat("x", 128)} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", ".", "..", ".hidden", "a/b", `a\b`, "a b", "a\n", "\na", "ä", "a\x00", "~", "$x", "a:b", "<b>", strings.Repeat("x", 129)} {
		if err := CheckName(name); !errors.Is(err, ErrName) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := Within(t.TempDir(), "a/"+name); name != "a/b" && !errors.Is(err, ErrName) {
			t.Errorf("a/%q: %v", name, err)
		}
	}
}

// What stands where a file is expected is neither followed nor waited for.
func TestIrregularFilesAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	root := t.TempDir()
	dir, victim := filepath.Join(root, "dir"), filepath.Join(root, "victim")
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "folder"), 0o777), os.WriteFile(victim, []byte("text"), 0o666), os.Symlink(victim, filepath.Join(dir, "link")),
		os.Symlink(root, filepath.Join(dir, "root")), os.Symlink(filepath.Join(root, "nothing"), filepath.Join(dir, "dangling"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "root", "dangling", "folder", "/dev/null"} {
		path := filepath.Join(dir, name)
		if name == "/dev/null" {
			path = name
		}
		in, base := filepath.Dir(path), filepath.Base(path)
		errs := map[string]error{}
		_, errs["read"] = ReadIn(in, base, MaxDocument)
		_, errs["log"] = OpenLog(path, nil)
		errs["replay"] = ReadLog(path, nil)
		_, errs["lock"] = Acquire(path)
		if name != "folder" {
			errs["write"] = WriteIn(in, base, []byte("new"))
		}
		for what, err := range errs {
			if !errors.Is(err, ErrIrregular) {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	if _, err := ReadIn(dir, "root/victim", MaxDocument); !errors.Is(err, ErrIrregular) {
		t.Errorf("read through a folder that is a link: %v", err)
	}
	if err := WriteIn(dir, "root/victim", nil); !errors.Is(err, ErrIrregular) {
		t.Errorf("written through a folder that is a link: %v", err)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "text" {
		t.Errorf("the file behind the link holds %q (%v)", text, err)
	}
	if _, err := os.Lstat(filepath.Join(root, "nothing")); err == nil {
		t.Error("a dangling link was written through")
	}
}

// New files take the user's umask, replaced ones keep their mode, and what is
// not finished when the process is told to end goes away.
func TestModesAndUnfinishedFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(secret, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a private file became %v (%v)", info.Mode(), err)
	}
	plain, err := os.OpenFile(filepath.Join(dir, "plain"), os.O_CREATE, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := WriteIn(dir, "new", nil); err != nil {
		t.Fatal(err)
	}
	want, errA := plain.Stat()
	have, errB := os.Stat(filepath.Join(dir, "new"))
	if errA != nil || errB != nil || want.Mode() != have.Mode() {
		t.Errorf("a new file has mode %v, the system gives %v", have.Mode(), want.Mode())
	}
	before, _ := os.ReadDir(dir)
	Replace(filepath.Join(dir, "other"), func(io.Writer) error {
		RemoveUnfinished()
		if now, _ := os.ReadDir(dir); len(now) != len(before) {
			t.Errorf("%d files, expected %d", len(now), len(before))
		}
		return nil
	})
}

// A fault of the machine is known through whatever wraps it.
func TestFaults(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EIO, syscall.EMFILE, syscall.ENOMEM} {
		if err := errors.Join(errors.New("a"), fmt.Errorf("b: %w", &os.PathError{Op: "write", Path: "x", Err: cause})); !IsFault(err) {
			t.Errorf("%v is no fault", err)
		}
	}
	for _, err := range []error{nil, os.ErrNotExist, os.ErrPermission, syscall.EACCES, syscall.ENOENT, ErrLocked} {
		if IsFault(err) {
			t.Errorf("%v is a fault", err)
		}
	}
}

func FuzzWithin(f *testing.F) {
	for _, name := range []string{"a", "a/b", "../a", "/a", "a//b", "a/./b", "b/..", ".", "", "a\\..\\b", "C:", "NUL"} {
		f.Add(name)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string) {
		path, err := Within(dir, name)
		if err != nil {
			return
		}
		if back, err := filepath.Rel(dir, path); err != nil || filepath.ToSlash(back) != name || !filepath.IsLocal(back) {
			t.Errorf("%q gives %q", name, path)
		}
	})
}
