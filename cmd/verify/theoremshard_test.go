package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheoremInShards: the merged shards are the document and the table of one
// process, and what does not fit together is refused.
func TestTheoremInShards(t *testing.T) {
	data := filepath.Join(t.TempDir(), "graphs.json")
	if code, _, stderr := call("data", "generate", "--count", "7", "--seed", "5", "--out", data); code != exitFine {
		t.Fatal(stderr)
	}
	for _, which := range []string{"1", "2"} {
		dir := filepath.Join(t.TempDir(), "run")
		for _, shard := range []string{"2/3", "0/3", "1/3"} {
			if code, stdout, stderr := call("theorem", which, "--data", data, "--shard", shard, "--out", dir); code != exitFine || !strings.Contains(stdout, "-of-3.json") {
				t.Fatalf("shard %s: exit %d, %s%s", shard, code, stdout, stderr)
			}
		}
		for _, form := range [][]string{{"--json"}, nil} {
			code, merged, stderr := call(append([]string{"merge", dir}, form...)...)
			_, want, _ := call(append([]string{"theorem", which, "--data", data}, form...)...)
			for _, text := range []*string{&merged, &want} {
				if at := strings.Index(*text, `  "command"`); at >= 0 { // which tells how it was made
					*text = (*text)[:at] + (*text)[at+strings.Index((*text)[at:], "\n"):]
				}
			}
			if code != exitFine || merged != want {
				t.Errorf("theorem %s %v: exit %d, %s\n%s\nexpected\n%s", which, form, code, stderr, merged, want)
			}
		}
		if which == "2" {
			break
		}
		refused(t, "a folder to merge to", []string{"--out"}, "merge", dir, "--out", dir+"x")
		if code, _, stderr := call("theorem", "1", "--data", data, "--alpha", "2", "--shard", "1/3", "--out", dir); code != exitFine {
			t.Fatal(stderr)
		}
		refused(t, "another gain", []string{"is not that of"}, "merge", dir)
		other := filepath.Join(dir, "shard-1-of-3.json")
		for _, change := range []struct {
			name string
			make func(first string) string
			says string
		}{
			{"the first shard in place of the second", func(text string) string { return text }, "another place"},
			{"a document that ends early", func(text string) string {
				return strings.Replace(text, "--shard=0/3", "--shard=1/3", 1)[:len(text)-20]
			}, "unexpected EOF"},
			{"two documents", func(text string) string {
				return strings.Replace(text, "--shard=0/3", "--shard=1/3", 1) + "{}"
			}, "more than one document"},
		} {
			text, err := os.ReadFile(filepath.Join(dir, "shard-0-of-3.json"))
			if err == nil {
				err = os.WriteFile(other, []byte(change.make(string(text))), 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
			refused(t, change.name, []string{change.says}, "merge", dir)
		}
		stray := filepath.Join(dir, "shard-0-of-9.json")
		if err := os.WriteFile(stray, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		refused(t, "a shard of another run", []string{"4 documents"}, "merge", dir)
		if err := os.Remove(stray); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(other); err != nil {
			t.Fatal(err)
		}
		refused(t, "a missing shard", []string{"shard-1-of-3.json is missing"}, "merge", dir)
		if err := os.WriteFile(other, []byte(`{"schema": "x", "claims": []}`), 0o666); err != nil {
			t.Fatal(err)
		}
		refused(t, "another document", []string{"not the document"}, "merge", dir)
	}
	refused(t, "shards of theorem 3", []string{"does not matter"}, "theorem", "3", "--shard", "0/2", "--out", "x")
	refused(t, "a shard without folder", []string{"--shard without --out"}, "theorem", "1", "--shard", "0/2")
	refused(t, "certificates of a shard", []string{"expected no --shard"}, "theorem", "1", "--shard", "0/2", "--out", "x", "--certificates", "y")
}

// TestHuntInShards: what the shards of the library hunt is the library, and a
// statement is refuted by the shard that has the random start.
func TestHuntInShards(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"hunt", "--premise", "n >= 30", "--premise", "dmin < dstar", "--premise", "dstar < dmax", "--conclusion", "mustar <= 1", "--random", "6", "--out", dir}
	refutedBy := 0
	for _, shard := range []string{"0/3", "1/3", "2/3"} {
		code, stdout, stderr := call(append(args, "--shard", shard)...)
		if code == exitRefuted {
			refutedBy++
		} else if stderr != "" && code == exitUsage {
			t.Fatalf("shard %s: exit %d, %s%s", shard, code, stdout, stderr)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "shard-*-of-3.json"))
	if err != nil || refutedBy == 0 || len(files) != refutedBy {
		t.Fatalf("%d shards refute it, files %v (%v)", refutedBy, files, err)
	}
	if code, _, stderr := call("theorem", "witness", "--data", files[0]); code != exitRefuted {
		t.Errorf("the witness of a shard: exit %d, %s", code, stderr)
	}
	refused(t, "a shard of an exhaustion", []string{"shard", "exhaust"}, "hunt", "--conclusion", "dstar <= dmax", "--exhaust", "3", "--shard", "0/2")
}
