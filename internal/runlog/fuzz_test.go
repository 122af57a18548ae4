package runlog

import (
	"bytes"
	"os"
	"path/filepath"
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
