package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/internal/strict"
	"muflow/ode"
	"muflow/theory"
)

// TheorySchema names the form of a baseline of theory files.
const TheorySchema = "muflow/baseline-theory/1"

// A TheoryFile is a baseline of theory files: what was checked, and the results.
type TheoryFile struct {
	TheoryHead
	Records []TheoryRecord `json:"records"` // by theory, element of the data and place in the file
}

// A TheoryHead is what it begins with.
type TheoryHead struct {
	Schema     string            `json:"schema"`
	Engine     string            `json:"engine"` // hash of the program that computed
	Parameters map[string]string `json:"parameters"`
	Theories   []TheoryName      `json:"theories"`
	Sum        string            `json:"sum"` // of all of the file, set by Encode
}

// A TheoryName says which file a theory was read from.
type TheoryName struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// The kinds of records beside the words of statements.
const (
	OracleRecord     = "oracle"
	ObservableRecord = "observable"
	FlowRecord       = "flow"  // the right-hand side of a state
	StartRecord      = "start" // of a state
)

// A TheoryRecord is the result of one claim, oracle or observable, or the hash of
// a right-hand side or a start.
type TheoryRecord struct {
	Hash     string         `json:"hash"` // of all that the result depends on but the program
	Theory   string         `json:"theory"`
	Instance int            `json:"instance"` // -1 of a theory that is not about data
	Kind     string         `json:"kind"`
	Name     string         `json:"name"`
	Verdict  theory.Verdict `json:"verdict"` // of an observable: proved if it is enclosed
	Expected string         `json:"expected,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Values   []check.Value  `json:"values,omitempty"`
	Sum      string         `json:"sum"` // of hash, verdict, reason and values
	flows    []string       // states whose right-hand side it depends on
	starts   bool           // and whose start
}

func (r *TheoryRecord) sum() string {
	text, _ := json.Marshal(TheoryRecord{Hash: r.Hash, Verdict: r.Verdict, Reason: r.Reason, Values: r.Values}) // names and texts
	return digest(text)
}

// isResult reports whether something was decided.
func (r *TheoryRecord) isResult() bool { return r.Kind != FlowRecord && r.Kind != StartRecord }

func (r *TheoryRecord) place() string {
	kind := "claim or oracle"
	switch r.Kind {
	case ObservableRecord, FlowRecord, StartRecord:
		kind = r.Kind
	}
	return fmt.Sprintf("%q %d %s %q", r.Theory, r.Instance, kind, r.Name)
}

// A TheoryRequest says how theories are decided.
type TheoryRequest struct {
	check.Options
	Engine   string
	Cache    string                  // folder of results by hash, "" for none
	Known    map[string]TheoryRecord // results of this program by hash; nil for none
	Jobs     int
	Progress runlog.Progress
}

// TheoryResults are records in the order of theories, elements of data and places
// in files.
type TheoryResults struct {
	Records  []TheoryRecord
	Computed int // of them
	Altered  int // of them, whose cache entries were not what was put there
}

// A question is one thing to decide of a theory, which is left with that alone.
type question struct {
	record TheoryRecord
	theory *script.Theory
}

// questions lists all that there is to decide, and the right-hand sides.
func (r *TheoryRequest) questions(th *script.Theory, instance int) []question {
	var out []question
	bare := *th
	bare.Claims, bare.Oracles, bare.Observables, bare.Trainings = nil, nil, nil, nil
	add := func(only script.Theory, kind, name, expected string, f *fingerprint) {
		record := TheoryRecord{Theory: th.Name, Instance: instance, Kind: kind, Name: name, Expected: expected, Hash: f.sum(), starts: f.reach == solutions}
		for _, state := range slices.Sorted(maps.Keys(f.flow)) {
			record.flows = append(record.flows, th.Symbols[th.States[state].Symbol].Name)
		}
		out = append(out, question{record, &only})
	}
	effort := fmt.Sprint("digits ", r.Options.Digits)
	for _, c := range th.Claims {
		f, only := newFingerprint(th, reachOf(c.Statement)), bare
		f.say("claim %q %s", c.ID, effort)
		f.statement(c.Statement)
		only.Claims = []script.Claim{c}
		add(only, c.Statement.Kind, c.ID, c.Expect, f)
	}
	if r.Options.Until != nil {
		effort += " until " + r.Options.Until.RatString()
	}
	for _, o := range th.Oracles {
		f, only := newFingerprint(th, solutions), bare
		f.formulas(fmt.Sprintf("oracle %q %s", o.Name, effort), o.Left, o.Right)
		only.Oracles = []script.Oracle{o}
		add(only, OracleRecord, o.Name, theory.Consistent.String(), f)
	}
	for _, o := range th.Observables {
		f, only := newFingerprint(th, solutions), bare
		f.formulas(fmt.Sprintf("observable %q %s", o.Name, effort), o.X)
		only.Observables = []script.Observable{o}
		add(only, ObservableRecord, o.Name, "", f)
	}
	for _, s := range th.States {
		for _, part := range []struct {
			kind string
			x    *ode.Expr
		}{{FlowRecord, s.Rate}, {StartRecord, s.Start}} {
			f := newFingerprint(th, nothing)
			f.formulas(part.kind, part.x)
			add(bare, part.kind, th.Symbols[s.Symbol].Name, "", f)
		}
	}
	return out
}

// Decide adds the results of a theory, for one element of its data or, with the
// instance -1, for none.
func (out *TheoryResults) Decide(ctx context.Context, r *TheoryRequest, th *script.Theory, instance int) error {
	questions := r.questions(th, instance)
	var fresh, altered atomic.Int64
	records, err := runlog.Map(ctx, len(questions), r.Jobs, r.Progress, func(ctx context.Context, i int) (TheoryRecord, error) {
		record := questions[i].record
		if !record.isResult() {
			record.Sum = record.sum()
			return record, nil
		}
		key := digest([]byte(TheorySchema + " " + r.Engine + " " + record.Hash))
		known, ok := r.Known[record.Hash]
		if !ok {
			held, wrong, err := load(r.Cache, key, func(x *TheoryRecord) bool { return x.Hash == record.Hash && x.Sum == x.sum() })
			if err != nil {
				return record, err
			}
			if wrong {
				altered.Add(1)
			}
			if held != nil {
				known, ok = *held, true
			}
		}
		if ok {
			record.Verdict, record.Reason, record.Values, record.Sum = known.Verdict, known.Reason, known.Values, known.Sum
			return record, nil
		}
		fresh.Add(1)
		if err := record.decide(ctx, questions[i].theory, r.Options); err != nil {
			return record, err
		}
		return record, store(r.Cache, key, record)
	})
	if err != nil {
		return err
	}
	out.Records = append(out.Records, records...)
	out.Computed, out.Altered = out.Computed+int(fresh.Load()), out.Altered+int(altered.Load())
	return nil
}

// decide decides the one claim, oracle or observable of a theory.
func (r *TheoryRecord) decide(ctx context.Context, th *script.Theory, o check.Options) error {
	report, err := check.Theory(ctx, th, o)
	if err != nil {
		return err
	}
	for _, c := range report.Claims {
		r.Verdict, r.Reason, r.Values = c.Verdict, c.Reason, c.Values
	}
	for _, x := range report.Observations {
		if r.Verdict = theory.Proved; x.Number == nil {
			r.Verdict, r.Reason = theory.Undecided, x.Reason
			break
		}
		r.Values = append(r.Values, check.Value{Name: "t = " + x.Time, Number: *x.Number})
	}
	r.Sum = r.sum()
	return nil
}

// Known lists the results of a file by hash, if this program computed them.
func (f *TheoryFile) Known(engine string) map[string]TheoryRecord {
	out := map[string]TheoryRecord{}
	for _, r := range f.Records {
		if f.Engine == engine && r.isResult() {
			out[r.Hash] = r
		}
	}
	return out
}

// sum hashes the head and what each record is about.
func (f *TheoryFile) sum() (string, error) {
	head := f.TheoryHead
	head.Sum = ""
	text, err := json.Marshal(head)
	for i := range f.Records {
		r := &f.Records[i]
		text = fmt.Appendln(text, r.place(), r.Kind, r.Expected, r.Sum)
	}
	return digest(text), err
}

// Encode writes a baseline of theory files, one record a line.
func (f *TheoryFile) Encode() ([]byte, error) {
	var err error
	if f.Sum, err = f.sum(); err != nil {
		return nil, err
	}
	return encode(f.TheoryHead, f.Records)
}

// DecodeTheory reads a baseline of theory files.
func DecodeTheory(text []byte) (*TheoryFile, error) {
	f := &TheoryFile{}
	if err := strict.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("not a baseline: %v", err)
	}
	if f.Schema != TheorySchema {
		if f.Schema == Schema {
			return nil, errors.New("a baseline of statements, expected one of theory files")
		}
		return nil, fmt.Errorf("schema %q, expected %q", f.Schema, TheorySchema)
	}
	err := intact(len(f.Records), func(i int) (place, sum, content string) {
		r := &f.Records[i]
		return r.place(), r.Sum, r.sum()
	})
	if err != nil {
		return nil, err
	}
	if sum, err := f.sum(); err != nil || sum != f.Sum {
		return nil, errors.New("it was altered, its content has another sum")
	}
	return f, nil
}
