package runlog

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the bytes of a log are: reading changes nothing, opening cuts off
// only what follows the last whole record, both see the same records, and a
// record that is appended then comes back behind them.
func FuzzReadLog(f *testing.F) {
	whole := []byte(checksum([]byte("{}")) + " {}\n")
	f.Add([]byte(nil))
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), whole[:7]...))
	f.Add(append(append(bytes.Clone(whole), "00000000 no\n"...), whole...))
	f.Add([]byte("00000000 \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		collect := func(into *[]string) func([]byte) error {
			return func(record []byte) error { *into = append(*into, string(record)); return nil }
		}
		var read, opened, again []string
		readErr := ReadLog(name, collect(&read))
		if now, err := os.ReadFile(name); err != nil || !bytes.Equal(now, text) {
			t.Fatalf("reading changed the file: %v", err)
		}
		l, err := OpenLog(name, collect(&opened))
		if (err == nil) != (readErr == nil) || len(opened) != len(read) {
			t.Fatalf("read %d records (%v), opened %d (%v)", len(read), readErr, len(opened), err)
		}
		if err != nil {
			return
		}
		if err := l.Append([]byte("last")); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := ReadLog(name, collect(&again)); err != nil || len(again) != len(read)+1 || again[len(read)] != "last" {
			t.Fatalf("%d records after one more than %d, %v", len(again), len(read), err)
		}
		for i, record := range read {
			if record != opened[i] || record != again[i] {
				t.Fatalf("record %d: %q, %q, %q", i, record, opened[i], again[i])
			}
		}
	})
}

// Whatever a manifest says: it is refused, or every file that it lists stands
// in the folder with the length and sum listed.
func FuzzManifest(f *testing.F) {
	entry := func(name, text string) string {
		return fmt.Sprintf(`{"name":%q,"bytes":%d,"sha256":"%x"}`, name, len(text), sha256.Sum256([]byte(text)))
	}
	document := func(entries ...string) string {
		return `{"schema":"` + manifestSchema + `","files":[` + strings.Join(entries, ",") + `]}`
	}
	f.Add("")
	f.Add(document())
	f.Add(document(entry("a", "text"), entry("b/c", "")))
	for _, name := range []string{"../secret", "b/../../secret", "/etc/passwd", "link", "b", ".", "b//c", "b/c/", "a\n", ".a", `b\c`, "manifest.json"} {
		f.Add(document(entry(name, "secret")))
	}
	f.Fuzz(func(t *testing.T, text string) {
		root := t.TempDir()
		dir := filepath.Join(root, "run")
		err := errors.Join(os.MkdirAll(filepath.Join(dir, "b"), 0o777), os.WriteFile(filepath.Join(root, "secret"), []byte("secret"), 0o666),
			os.WriteFile(filepath.Join(dir, "a"), []byte("text"), 0o666), os.WriteFile(filepath.Join(dir, "b", "c"), nil, 0o666),
			os.WriteFile(filepath.Join(dir, manifestName), []byte(text), 0o666))
		if err != nil {
			t.Fatal(err)
		}
		os.Symlink(filepath.Join(root, "secret"), filepath.Join(dir, "link"))
		m, err := CheckManifest(dir)
		if err != nil {
			return
		}
		for _, e := range m.Files {
			want, inside := map[string]string{"a": "text", "b/c": "", manifestName: text}[e.Name]
			if !inside || e.Bytes != int64(len(want)) || e.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(want))) {
				t.Errorf("accepted %+v", e)
			}
		}
	})
}
