// Package baseline keeps certified results of a version of the theory, given
// as statements, on a set of instances, and says what another version changes:
// verdicts, enclosures that contradict each other, and margins. A result is
// found again by a hash of all that it depends on, so that a comparison works
// only on what changed.
package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
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
const Schema = "muflow/baseline/2"

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
	Sum        string            `json:"sum"` // of all of the file, set by Encode
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
	Sum       string                  `json:"sum"` // of hash, verdict, slack and values, so that a change of them is noticed
}

// sum hashes what the record says of its hash.
func (r *Record) sum() string {
	text, _ := json.Marshal(Record{Hash: r.Hash, Verdict: r.Verdict, Slack: r.Slack, Values: r.Values}) // names and texts
	return digest(text)
}

// sum hashes the head and what each record is about.
func (f *File) sum() (string, error) {
	head := f.Head
	head.Sum = ""
	text, err := json.Marshal(head)
	for i := range f.Records {
		text = fmt.Appendln(text, f.Records[i].place(), f.Records[i].Sum)
	}
	return digest(text), err
}

func (r *Record) place() string { return fmt.Sprint(r.Statement, " ", r.Instance, " ", r.Step) }

// A Request says what to decide.
type Request struct {
	Statements []*hunt.Statement // about one instance each
	Instances  []graph.Instance
	Parameters map[string]*big.Rat // to which no premise gives a value; for one that is missing hunt.FirstTried
	Engine     string
	Cache      string            // folder of results by hash, "" for none
	Known      map[string]Record // results by hash that need no work; nil for none
	Jobs       int
	Progress   runlog.Progress
}

// Results are records in the order of statements, instances and steps.
type Results struct {
	Records  []Record
	Computed int // of them
	Altered  int // of them, whose cache entries were not what was put there
}

// digits is how well numbers are kept.
const digits = 20

// unit is one statement on one step; equal hashes are decided once.
type unit struct {
	decider *hunt.Decider
	at      graph.Step
	hash    string
}

// Decide returns the results of a request.
func Decide(ctx context.Context, r Request) (*Results, error) {
	var out Results
	var units []unit
	position := map[string]int{}
	for _, s := range r.Statements {
		values := maps.Clone(r.Parameters)
		for _, name := range s.Parameters() {
			if values[name] == nil {
				values[name] = hunt.FirstTried(name)
			}
		}
		decider, err := hunt.NewDecider(ctx, s, nil, values)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		for i, at := range graph.StepsOf(r.Instances, -1) {
			in := at.Instance
			hash := digest([]byte(fmt.Sprint(Schema, r.Engine, string(text), decider.Given(), in.Graph.Order(), in.Graph.Edges(), in.Root, in.Target, in.Other, in.Path, at.C)))
			out.Records = append(out.Records, Record{Hash: hash, Statement: s.ID, Instance: i, Step: at.C})
			if _, seen := position[hash]; !seen {
				position[hash] = len(units)
				units = append(units, unit{decider, at, hash})
			}
		}
	}
	var fresh, altered atomic.Int64
	results, err := runlog.Map(ctx, len(units), r.Jobs, r.Progress, func(ctx context.Context, i int) (Record, error) {
		u := units[i]
		if known, ok := r.Known[u.hash]; ok {
			return known, nil
		}
		known, wrong, err := load(r.Cache, u.hash, func(x *Record) bool { return x.Hash == u.hash && x.Sum == x.sum() })
		if err != nil {
			return Record{}, err
		}
		if known != nil {
			return *known, nil
		}
		if wrong {
			altered.Add(1)
		}
		fresh.Add(1)
		record := judge(u)
		if err := ctx.Err(); err != nil {
			return Record{}, err
		}
		return record, store(r.Cache, u.hash, record)
	})
	if err != nil {
		return nil, err
	}
	for i := range out.Records {
		x, to := results[position[out.Records[i].Hash]], &out.Records[i]
		to.Verdict, to.Slack, to.Values, to.Sum = x.Verdict, x.Slack, x.Values, x.Sum
	}
	out.Computed, out.Altered = int(fresh.Load()), int(altered.Load())
	return &out, nil
}

func judge(u unit) Record {
	o := u.decider.Decide(*u.at.Instance, u.at.C)
	out := Record{Hash: u.hash, Verdict: o.Verdict}
	if x := o.Judgement.Slack; x != nil && x.IsFinite() {
		slack := prove.Enclose(x, digits)
		out.Slack = &slack
	}
	for name, v := range o.Judgement.Values {
		if v.IsFinite() {
			if out.Values == nil {
				out.Values = map[string]prove.Number{}
			}
			out.Values[name] = prove.Enclose(v, digits)
		}
	}
	out.Sum = out.sum()
	return out
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
	err = intact(len(f.Records), func(i int) (place, sum, content string) {
		r := &f.Records[i]
		return r.place(), r.Sum, r.sum()
	})
	if err != nil {
		return nil, err
	}
	if sum, err := f.File.sum(); err != nil || sum != f.Sum {
		return nil, errors.New("it was altered, its content has another sum")
	}
	return &f.File, nil
}

// Encode writes a baseline file, one record a line.
func (f *File) Encode() ([]byte, error) {
	var err error
	if f.Sum, err = f.sum(); err != nil {
		return nil, err
	}
	return encode(f.Head, f.Records)
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
