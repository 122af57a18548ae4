package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

// A passage goes through the instances of a file again and again, a few at a
// time, after a first pass that has found all of them good.
type passage struct {
	*terminal
	file, name string    // name is what errors call the file
	again      spoolFile // nil for the built-in suite
	count      int       // instances
	most       int       // steps of one of them
	from, to   int       // places that groups are about
}

// passThrough makes the first pass. What can be read only once, as a pipe, is
// kept in a temporary file without a name.
func (t *terminal) passThrough(file string) (*passage, error) {
	p := &passage{terminal: t, file: file}
	all := func(r *graph.Reader) error {
		for {
			in, err := r.Next()
			if err == io.EOF {
				p.count, p.to = r.Count, r.Count
				return nil
			}
			if err != nil {
				return err
			}
			p.most = max(p.most, in.Steps())
		}
	}
	if isBuiltin(file) {
		return p, t.read(file, all)
	}
	f, name, err := t.open(file)
	if err != nil {
		return nil, err
	}
	p.name = name
	var from io.Reader = f
	if again, ok := twice(f); ok {
		p.again = again
	} else {
		defer f.Close()
		if p.again, err = t.nameless(); err != nil {
			return nil, err
		}
		from = io.TeeReader(f, p.again)
	}
	if err := t.readStream(from, name, all); err != nil {
		return nil, errors.Join(err, p.again.Close())
	}
	return p, nil
}

// A spoolFile is written once and then read from its beginning.
type spoolFile interface {
	io.ReadWriteSeeker
	io.Closer
}

// twice returns an open file as one that can be read a second time, if it can.
func twice(f io.ReadCloser) (spoolFile, bool) {
	if file, ok := f.(*os.File); ok {
		info, err := file.Stat()
		return file, err == nil && info.Mode().IsRegular()
	}
	again, ok := f.(spoolFile)
	return again, ok
}

// nameless returns a temporary file that is gone when it is closed: on disk, or
// in memory for a command that answers a request.
func (t *terminal) nameless() (spoolFile, error) {
	if t.asked != nil {
		return new(memoryFile), nil
	}
	f, err := os.CreateTemp("", "verify-*")
	if err != nil {
		return nil, exit(exitFault, err)
	}
	os.Remove(f.Name()) // where a system refuses to, the file stays in its folder of temporary files
	return f, nil
}

// close gives up the file.
func (p *passage) close() {
	if p.again != nil {
		p.again.Close()
	}
}

// only has groups be about one of several runs of instances.
func (p *passage) only(shard sweep.Shard) {
	if shard.Count > 1 {
		p.from, p.to = p.count*shard.Index/shard.Count, p.count*(shard.Index+1)/shard.Count
	}
}

// groups goes through the instances in groups of a size, with the place of the
// first of each; the next one is read meanwhile.
func (p *passage) groups(size int, use func(first int, instances []graph.Instance) error) error {
	r, sum := graph.BuiltinReader(), sha256.New()
	if p.again != nil {
		if _, err := p.again.Seek(0, io.SeekStart); err != nil {
			return exit(exitFault, err)
		}
		r = graph.NewReader(io.TeeReader(p.again, sum), p.name)
	}
	type portion struct {
		first     int
		instances []graph.Instance
		err       error
	}
	ahead, over := make(chan portion), make(chan struct{}) // one is read while the one before is used
	defer func() {
		close(over)
		for range ahead { // until it is closed
		}
	}()
	go func() {
		defer close(ahead)
		for first, end := 0, 0; first < p.count; first = end {
			end = min(first+size, p.count)
			for _, cut := range []int{p.from, p.to} {
				if first < cut {
					end = min(end, cut)
				}
			}
			x := portion{first: first}
			x.instances, x.err = r.Some(end - first)
			select {
			case ahead <- x:
			case <-over:
				return
			}
		}
	}()
	for x := range ahead {
		if x.err != nil {
			return usage(x.err)
		}
		if x.first < p.from || x.first >= p.to {
			continue
		}
		if err := use(x.first, x.instances); err != nil {
			return err
		}
	}
	if _, err := r.Next(); err != io.EOF || p.again != nil && p.head.dataName(0) != sourceOf(p.name, sum.Sum(nil), p.count) {
		return usagef("%s: changed while it was read", p.name)
	}
	return nil
}

// through reports the progress on a group as progress on all.
func (p *passage) through(first, size int, stage func(string) runlog.Progress) func(string) runlog.Progress {
	return func(what string) runlog.Progress {
		report := stage(what)
		if report == nil || size == p.count {
			return report
		}
		return func(done, total int) { report(first+done*size/max(total, 1), p.count) }
	}
}

// A tally is what a table of verdicts and an exit code need of results.
type tally struct {
	summary map[string]int
	entries map[string]map[string]int // by claim and verdict
	nearest []prove.Result            // to failing, one of each claim
}

func newTally(results []prove.Result) *tally {
	t := &tally{prove.Summarise(nil), map[string]map[string]int{}, nil}
	t.add(results)
	return t
}

func (t *tally) add(results []prove.Result) {
	type entry struct {
		claim   string
		verdict theory.Verdict
	}
	counts := map[entry]int{}
	for i := range results {
		counts[entry{results[i].Claim, results[i].Verdict}]++
	}
	for e, n := range counts {
		t.summary[e.verdict.String()] += n
		if t.entries[e.claim] == nil {
			t.entries[e.claim] = map[string]int{}
		}
		t.entries[e.claim][e.verdict.String()] += n
	}
	all := slices.Concat(t.nearest, results)
	t.nearest = nil
	for _, claim := range prove.Claims {
		if m, ok := claim.WorstMargin(all); ok {
			t.nearest = append(t.nearest, m.Result)
		}
	}
}

// A spool keeps the elements of an array of a document on disk until all of
// them are known.
type spool struct {
	file  spoolFile
	to    *bufio.Writer
	count int
}

func (t *terminal) newSpool() (*spool, error) {
	f, err := t.nameless()
	if err != nil {
		return nil, err
	}
	return &spool{file: f, to: bufio.NewWriter(f)}, nil
}

// add writes an element as it will stand in the document.
func (s *spool) add(x any) error {
	var text, indented bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(x); err != nil {
		return err
	}
	if s.count++; s.count > 1 {
		indented.WriteByte(',')
	}
	indented.WriteString("\n    ")
	if err := json.Indent(&indented, bytes.TrimSpace(text.Bytes()), "    ", "  "); err != nil {
		return err
	}
	_, err := s.to.Write(indented.Bytes())
	return exit(exitFault, err)
}

// printSpool prints a document with the elements under a key, and the rest of
// the result behind them.
func (t *terminal) printSpool(kind, key string, s *spool, rest any) error {
	head, err := t.document(kind, struct{}{})
	if err != nil {
		return err
	}
	tail, err := json.MarshalIndent(rest, "", "  ")
	if err != nil {
		return err
	}
	if err := s.to.Flush(); err != nil {
		return exit(exitFault, err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return exit(exitFault, err)
	}
	if err := t.write(fmt.Appendf(bytes.TrimSuffix(head, []byte("\n}\n")), ",\n  %q: [", key)); err != nil {
		return err
	}
	if _, err := io.Copy(t.out, s.file); err != nil {
		return exit(exitFault, err)
	}
	end := "\n  ],"
	if s.count == 0 {
		end = "],"
	}
	return t.write(append(append([]byte(end), bytes.TrimPrefix(tail, []byte("{"))...), '\n'))
}
