// Package baseline keeps certified results of a version of the theory, given
// as statements, on a set of instances, and says what another version changes:
// verdicts, enclosures that contradict each other, and margins. A result is
// found again by a hash of all that it depends on, so that a comparison works
// only on what changed.
package baseline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"muflow/graph"
	"muflow/internal/hunt"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"
)

// Schema names the form of a baseline file.
const Schema = "muflow/baseline/1"

// A File is a baseline: statements, what they were tried on, and the results.
type File struct {
	Head
	Records []Record `json:"records"` // by statement, instance and step
}

// A Head is what a baseline begins with.
type Head struct {
	Schema     string            `json:"schema"`
	Engine     string            `json:"engine"` // hash of the program that computed
	Parameters map[string]string `json:"parameters"`
	Statements []*hunt.Statement `json:"statements"`
}

// A Record is the verdict of one statement on one instance and step.
type Record struct {
	Hash      string                  `json:"hash"` // of all that the result depends on
	Statement string                  `json:"statement"`
	Instance  int                     `json:"instance"`
	Step      int                     `json:"step"`
	Verdict   theory.Verdict          `json:"verdict"`
	Slack     *prove.Number           `json:"slack,omitempty"`
	Values    map[string]prove.Number `json:"values,omitempty"`
}

func (r *Record) place() string { return fmt.Sprint(r.Statement, " ", r.Instance, " ", r.Step) }

// A Request says what to decide.
type Request struct {
	Statements []*hunt.Statement // about one instance each
	Instances  []graph.Instance
	Parameters map[string]*big.Rat // one value for each parameter that occurs
	Engine     string
	Cache      string            // folder of results by hash, "" for none
	Known      map[string]Record // results by hash that need no work; nil for none
	Jobs       int
	Progress   runlog.Progress
}

// digits is how well numbers are kept.
const digits = 20

// unit is one statement on one case; equal hashes are decided once.
type unit struct {
	statement *hunt.Statement
	c         *hunt.Case
	hash      string
}

// Decide returns the results of a request in the order of statements,
// instances and steps, and how many had to be computed.
func Decide(ctx context.Context, r Request) (records []Record, computed int, err error) {
	var units []unit
	position := map[string]int{}
	for _, s := range r.Statements {
		if s.Pair {
			return nil, 0, fmt.Errorf("statement %s is about two instances, expected one", s.ID)
		}
		text, err := json.Marshal(s)
		if err != nil {
			return nil, 0, err
		}
		values := map[string]*big.Rat{}
		shown := ""
		for _, name := range s.Parameters() {
			q, ok := r.Parameters[name]
			if !ok {
				return nil, 0, fmt.Errorf("statement %s needs a value of %s", s.ID, name)
			}
			values[name] = q
			shown += name + "=" + q.RatString() + ";"
		}
		for i, at := range graph.StepsOf(r.Instances, -1) {
			in, step := at.Instance, at.C
			sum := sha256.Sum256([]byte(fmt.Sprint(Schema, r.Engine, string(text), shown, in.Graph.Order(), in.Graph.Edges(), in.Root, in.Target, in.Other, in.Path, step)))
			hash := hex.EncodeToString(sum[:16])
			records = append(records, Record{Hash: hash, Statement: s.ID, Instance: i, Step: step})
			if _, seen := position[hash]; !seen {
				position[hash] = len(units)
				units = append(units, unit{s, &hunt.Case{Instances: []graph.Instance{*in}, Step: step, Parameters: values}, hash})
			}
		}
	}
	var fresh atomic.Int64
	results, err := runlog.Map(ctx, len(units), r.Jobs, r.Progress, func(ctx context.Context, i int) (Record, error) {
		u := units[i]
		if known, ok := r.Known[u.hash]; ok {
			return known, nil
		}
		if known, ok, err := load(r.Cache, u.hash); err != nil || ok {
			return known, err
		}
		fresh.Add(1)
		out := judge(ctx, u)
		if err := ctx.Err(); err != nil {
			return Record{}, err
		}
		return out, store(r.Cache, out)
	})
	if err != nil {
		return nil, 0, err
	}
	for i := range records {
		x := results[position[records[i].Hash]]
		records[i].Verdict, records[i].Slack, records[i].Values = x.Verdict, x.Slack, x.Values
	}
	return records, int(fresh.Load()), nil
}

func judge(ctx context.Context, u unit) Record {
	j := u.statement.Judge(ctx, u.c)
	out := Record{Hash: u.hash, Statement: u.statement.ID, Verdict: j.Verdict}
	if j.Slack != nil && j.Slack.IsFinite() {
		x := prove.Enclose(j.Slack, digits)
		out.Slack = &x
	}
	for name, v := range j.Values {
		if v.IsFinite() {
			if out.Values == nil {
				out.Values = map[string]prove.Number{}
			}
			out.Values[name] = prove.Enclose(v, digits)
		}
	}
	return out
}

func load(dir, hash string) (r Record, ok bool, err error) {
	if dir == "" {
		return r, false, nil
	}
	name := filepath.Join(dir, hash+".json")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err == nil && (strict.Unmarshal(text, &r) != nil || r.Hash != hash) {
		err = fmt.Errorf("%s: broken cache entry", name)
	}
	return r, err == nil, err
}

func store(dir string, r Record) error {
	if dir == "" {
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return runlog.WriteFile(filepath.Join(dir, r.Hash+".json"), text)
}

// Known lists the results of a file by hash.
func (f *File) Known() map[string]Record {
	out := make(map[string]Record, len(f.Records))
	for _, r := range f.Records {
		out[r.Hash] = r
	}
	return out
}

// Decode reads a baseline file.
func Decode(text []byte) (*File, error) {
	var f struct {
		File
		Statements json.RawMessage `json:"statements"`
	}
	if err := strict.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("not a baseline: %v", err)
	}
	if f.Schema != Schema {
		return nil, fmt.Errorf("schema %q, expected %q", f.Schema, Schema)
	}
	var err error
	if f.File.Statements, err = hunt.DecodeStatements(f.Statements); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range f.Records {
		if p := f.Records[i].place(); seen[p] {
			return nil, fmt.Errorf("records[%d]: %s occurs twice", i, p)
		} else {
			seen[p] = true
		}
	}
	return &f.File, nil
}

// Encode writes a baseline file, one record a line.
func (f *File) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f.Head); err != nil {
		return nil, err
	}
	out.Truncate(out.Len() - len("}\n"))
	out.WriteString(",\n\"records\":[")
	between := "\n"
	for i := range f.Records {
		out.WriteString(between)
		if err := encoder.Encode(&f.Records[i]); err != nil {
			return nil, err
		}
		out.Truncate(out.Len() - len("\n"))
		between = ",\n"
	}
	out.WriteString("]}\n")
	return out.Bytes(), nil
}

// Names of the kinds of change, worst first.
const (
	Contradiction = "contradiction" // an enclosure is disjoint from that of before: one of them is wrong
	VerdictChange = "verdict"
	Added         = "added"
	Removed       = "removed"
	MarginChange  = "margin"
)

// A Change is what differs at one place.
type Change struct {
	Kind      string         `json:"kind"`
	Statement string         `json:"statement"`
	Instance  int            `json:"instance"`
	Step      int            `json:"step"`
	Before    theory.Verdict `json:"before"`
	After     theory.Verdict `json:"after"`
	Value     string         `json:"value,omitempty"` // which number, for a contradiction
	Moved     *prove.Number  `json:"moved,omitempty"` // slack after − slack before, for a margin
}

// Compare lists the changes from one list of results to another, in the order
// of the second, removed ones at the end. The error is about numbers that
// cannot be read.
func Compare(before, after []Record) ([]Change, error) {
	earlier := map[string]*Record{}
	for i := range before {
		earlier[before[i].place()] = &before[i]
	}
	var out []Change
	for i := range after {
		now := &after[i]
		was, ok := earlier[now.place()]
		c := Change{Statement: now.Statement, Instance: now.Instance, Step: now.Step, After: now.Verdict}
		if !ok {
			c.Kind = Added
			out = append(out, c)
			continue
		}
		delete(earlier, now.place())
		if c.Before = was.Verdict; was.Hash == now.Hash {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(now.Values)) {
			old, ok := was.Values[name]
			if !ok {
				continue
			}
			_, apart, err := now.Values[name].Minus(old, 6)
			if err != nil {
				return nil, err
			}
			if apart {
				wrong := c
				wrong.Kind, wrong.Value = Contradiction, name
				out = append(out, wrong)
			}
		}
		switch {
		case was.Verdict != now.Verdict:
			c.Kind = VerdictChange
			out = append(out, c)
		case was.Slack != nil && now.Slack != nil:
			moved, apart, err := now.Slack.Minus(*was.Slack, 6)
			if err != nil {
				return nil, err
			}
			if apart {
				c.Kind, c.Moved = MarginChange, &moved
				out = append(out, c)
			}
		}
	}
	for i := range before {
		if was := &before[i]; earlier[was.place()] != nil {
			out = append(out, Change{Kind: Removed, Statement: was.Statement, Instance: was.Instance, Step: was.Step, Before: was.Verdict})
		}
	}
	return out, nil
}
