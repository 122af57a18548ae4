package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/theory"
)

// A TheoryFolder is a finished sweep or shard over a theory file, open for reading.
type TheoryFolder struct {
	*runlog.Saved
	Outcome *TheoryResult
	sweep   *TheorySweep
}

// OpenTheory opens a folder and checks it: its manifest, its theory, and that its
// result is of its configuration.
func OpenTheory(dir string) (*TheoryFolder, error) {
	saved, err := runlog.ReadSealed(dir, theoryKind)
	if err != nil {
		return nil, err
	}
	result, err := parseTheoryResult(saved.Result)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	config, err := json.Marshal(result.Config)
	if err != nil {
		return nil, err
	}
	if what := runlog.Difference(saved.Config, config); what != "" {
		return nil, fmt.Errorf("%s: %w: in run.json and result.json %s", dir, runlog.ErrDamaged, what)
	}
	text, err := runlog.ReadIn(dir, theoryName, runlog.MaxDocument)
	if err != nil {
		return nil, err
	}
	var data []byte
	if d := result.Config.Data; d != nil {
		if data, err = runlog.ReadIn(dir, d.File, runlog.MaxDocument); err != nil {
			return nil, err
		}
	}
	s, err := NewTheory(result.Config, text, data)
	if err == nil && (s.config.SHA256 != result.Config.SHA256 || data != nil && *s.config.Data != *result.Config.Data) {
		err = errors.New("the theory or its data are not those of the configuration")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", dir, runlog.ErrDamaged, err)
	}
	return &TheoryFolder{saved, result, s}, nil
}

func (f *TheoryFolder) folder() string { return f.Dir }
func (f *TheoryFolder) shard() Shard   { return f.Outcome.Config.Shard }

func (f *TheoryFolder) bare() any {
	c := f.Outcome.Config
	c.Shard = Shard{0, 1}
	return c
}

// Records gives the records, as JSON, to a function, which must be of the cells of
// the configuration and together those of the result.
func (f *TheoryFolder) Records(record func(text []byte) error) error {
	sum, cells, n := sha256.New(), f.sweep.cellsOf(f.shard()), 0
	check := ofCells(cells)
	err := f.Saved.Records(func(text []byte) error {
		sum.Write(text)
		sum.Write([]byte{'\n'})
		n++
		if err := check(text); err != nil {
			return err
		}
		return record(text)
	})
	if err == nil && (n != cells.count || hex.EncodeToString(sum.Sum(nil)) != f.Outcome.SHA256) {
		err = fmt.Errorf("%s: %w: the records are not those of result.json", f.Dir, runlog.ErrDamaged)
	}
	return err
}

// Cells gives the cells to a function, each with its places on the axes.
func (f *TheoryFolder) Cells(cell func(c *TheoryCell, at []int) error) error {
	n := 0
	return f.Records(func(text []byte) error {
		c := &TheoryCell{}
		if err := strict.Unmarshal(text, c); err != nil {
			return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
		}
		at, _ := f.sweep.at(f.shard().place(n))
		n++
		return cell(c, at)
	})
}

// OfTheory reports whether the first shard in some folders is one over a theory file.
func OfTheory(dirs []string) bool {
	names, err := runlog.FoldersIn(dirs, MergedName)
	if err != nil {
		return false
	}
	_, err = runlog.ConfigOf(names[0], theoryKind)
	return err == nil
}

// MergeTheory joins shards over a theory file as Merge does.
func MergeTheory(dirs []string, out string, environment runlog.Environment) (*TheoryResult, error) {
	shards, err := find(dirs, func(dir string) (shardFolder, error) { return OpenTheory(dir) })
	if err != nil {
		return nil, err
	}
	first := shards[0].(*TheoryFolder)
	s, err := NewTheory(first.bare().(TheoryConfig), first.sweep.text, first.sweep.data)
	if err != nil {
		return nil, err
	}
	return s.plan().join(shards, out, environment)
}

// A theoryRow is one number or verdict of a cell.
type theoryRow struct {
	Key      string `json:"key"`
	Kind     string `json:"kind"` // the word of the claim, oracle or observable
	Name     string `json:"name"`
	Verdict  string `json:"verdict"`
	Expected string `json:"expected"`
	Value    string `json:"value"` // which number, a time of an observable
	Low      string `json:"low"`
	High     string `json:"high"`
	Reason   string `json:"reason"`
}

// theoryRows lists verdicts and numbers of a cell.
func theoryRows(cell *TheoryCell) (out []theoryRow, err error) {
	if cell.Failed != "" {
		out = append(out, theoryRow{Key: cell.Key, Kind: "theory", Verdict: theory.Undecided.String(), Reason: cell.Failed})
	}
	for _, c := range cell.Claims {
		row := theoryRow{Key: cell.Key, Kind: c.Kind, Name: c.ID, Verdict: c.Verdict.String(), Expected: c.Expected, Reason: c.Reason}
		out = append(out, row)
		for _, v := range c.Values {
			row.Value, row.Low, row.High = v.Name, v.Number.Lo, v.Number.Hi
			out = append(out, row)
		}
	}
	for _, o := range cell.Observables {
		row := theoryRow{Key: cell.Key, Kind: "observable", Name: o.Name, Verdict: theory.Undecided.String(), Value: o.Time, Reason: o.Reason}
		if o.Number != nil {
			row.Verdict, row.Low, row.High = theory.Proved.String(), o.Number.Lo, o.Number.Hi
		}
		out = append(out, row)
	}
	return out, nil
}

func parseTheoryResult(text []byte) (*TheoryResult, error) {
	out := &TheoryResult{}
	err := strict.Unmarshal(text, out)
	if err == nil && out.Schema != theorySchema {
		err = fmt.Errorf("schema %q, expected %s", out.Schema, theorySchema)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runlog.ErrDamaged, err)
	}
	return out, nil
}
