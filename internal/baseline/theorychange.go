package baseline

import (
	"fmt"
	"math/big"
	"slices"

	"muflow/internal/check"
	"muflow/prove"
	"muflow/theory"
)

// Names of further kinds of change, of theory files.
const (
	ValueChange       = "value"       // a number that is another one now: its enclosures are disjoint
	ExpectationChange = "expectation" // another verdict is expected
	EnclosureChange   = "enclosure"   // of the same number, narrower or wider
	FlowChange        = "flow"        // a right-hand side or a start
)

// A TheoryPlace is where a record belongs.
type TheoryPlace struct {
	Theory   string `json:"theory"`
	Instance int    `json:"instance"` // -1 of a theory that is not about data
	Of       string `json:"of"`       // the kind of the record
	Name     string `json:"name"`
}

// A TheoryChange is what differs in one place of theory files.
type TheoryChange struct {
	Kind string `json:"kind"`
	TheoryPlace
	Before   theory.Verdict `json:"before"`
	After    theory.Verdict `json:"after"`
	Expected [2]string      `json:"expected,omitzero"` // before and after
	Value    string         `json:"value,omitempty"`   // which number
	From     *prove.Number  `json:"from,omitempty"`
	To       *prove.Number  `json:"to,omitempty"`
	How      string         `json:"how,omitempty"` // narrower, wider or shifted; changed, added or removed
	Depend   int            `json:"depend"`        // results that depend on a right-hand side
	Changed  int            `json:"changed"`       // of them
}

// Fails reports whether a change is one that a reader must look at: any but
// enclosures of the same numbers and right-hand sides.
func (c *TheoryChange) Fails() bool { return c.Kind != EnclosureChange && c.Kind != FlowChange }

// A TheoryComparison is what an edit of theory files changes.
type TheoryComparison struct {
	Results int            `json:"results"` // after the edit
	Touched []TheoryPlace  `json:"touched"` // results that were there before and depend on what was edited
	Changes []TheoryChange `json:"changes"` // in the order of the files, removed ones at the end
}

// renamed gives each theory of before its name after an edit: the same, or that of
// the theory that is in a file of the same name, or of the only one.
func renamed(before, after []TheoryName) map[string]string {
	out := map[string]string{}
	left := slices.Clone(after)
	take := func(old TheoryName, same func(TheoryName) bool) {
		if _, done := out[old.Name]; done {
			return
		}
		if at := slices.IndexFunc(left, same); at >= 0 {
			out[old.Name] = left[at].Name
			left = slices.Delete(left, at, at+1)
		}
	}
	for _, old := range before {
		take(old, func(x TheoryName) bool { return x.Name == old.Name })
	}
	for _, old := range before {
		take(old, func(x TheoryName) bool { return x.File == old.File })
	}
	for _, old := range before {
		take(old, func(TheoryName) bool { return len(before) == 1 && len(after) == 1 })
	}
	return out
}

// CompareTheories says what changed from one baseline of theory files to results
// of now. The error is about numbers that cannot be read.
func CompareTheories(before, after *TheoryFile) (*TheoryComparison, error) {
	names := renamed(before.Theories, after.Theories)
	earlier := map[string]*TheoryRecord{}
	placeOf := func(r *TheoryRecord) string {
		moved := *r
		if name, ok := names[r.Theory]; ok {
			moved.Theory = name
		}
		return moved.place()
	}
	for i := range before.Records {
		earlier[placeOf(&before.Records[i])] = &before.Records[i]
	}
	out := &TheoryComparison{Touched: []TheoryPlace{}, Changes: []TheoryChange{}}
	changed := map[int]bool{} // records of after
	var flows []int           // changes that are one of a right-hand side
	for i := range after.Records {
		now := &after.Records[i]
		was := earlier[now.place()]
		delete(earlier, now.place())
		if now.isResult() {
			out.Results++
			if was != nil && was.Hash != now.Hash {
				out.Touched = append(out.Touched, now.at())
			}
			list, err := changesOf(was, now)
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				changed[i] = changed[i] || c.Fails()
			}
			out.Changes = append(out.Changes, list...)
			continue
		}
		c := now.change(FlowChange)
		switch {
		case was == nil:
			c.How = "added"
		case was.Hash != now.Hash:
			c.How = "changed"
		default:
			continue
		}
		flows = append(flows, len(out.Changes))
		out.Changes = append(out.Changes, c)
	}
	for _, at := range flows {
		c := &out.Changes[at]
		for i := range after.Records {
			if r := &after.Records[i]; r.Theory == c.Theory && r.Instance == c.Instance && slices.Contains(r.flows, c.Name) && (c.Of == FlowRecord || r.starts) {
				c.Depend++
				if changed[i] {
					c.Changed++
				}
			}
		}
	}
	for i := range before.Records {
		was := &before.Records[i]
		if earlier[placeOf(was)] == nil {
			continue
		}
		c := was.change(Removed)
		if c.Before, c.After = was.Verdict, theory.Undecided; !was.isResult() {
			c.Kind, c.How = FlowChange, "removed"
		}
		out.Changes = append(out.Changes, c)
	}
	return out, nil
}

// change begins a change of a record.
func (r *TheoryRecord) change(kind string) TheoryChange {
	return TheoryChange{Kind: kind, TheoryPlace: r.at(), After: r.Verdict}
}

func (r *TheoryRecord) at() TheoryPlace { return TheoryPlace{r.Theory, r.Instance, r.Kind, r.Name} }

// changesOf lists what differs between two results of one place; was is nil if
// there was none.
func changesOf(was, now *TheoryRecord) ([]TheoryChange, error) {
	if was == nil {
		return []TheoryChange{now.change(Added)}, nil
	}
	var out []TheoryChange
	say := func(kind string, more func(c *TheoryChange)) {
		c := now.change(kind)
		c.Before = was.Verdict
		more(&c)
		out = append(out, c)
	}
	if was.Verdict != now.Verdict {
		say(VerdictChange, func(*TheoryChange) {})
	}
	if was.Expected != now.Expected {
		say(ExpectationChange, func(c *TheoryChange) { c.Expected = [2]string{was.Expected, now.Expected} })
	}
	for _, v := range now.Values {
		at := slices.IndexFunc(was.Values, func(x check.Value) bool { return x.Name == v.Name })
		if at < 0 || was.Values[at].Number == v.Number {
			continue
		}
		old := was.Values[at].Number
		kind, how, err := moved(old, v.Number)
		if err != nil {
			return nil, err
		}
		if kind == ValueChange && was.Hash == now.Hash { // of the same number: one of them is wrong
			kind = Contradiction
		}
		say(kind, func(c *TheoryChange) { c.Value, c.From, c.To, c.How = v.Name, &old, &v.Number, how })
	}
	return out, nil
}

// moved says how one enclosure lies to another.
func moved(old, now prove.Number) (kind, how string, err error) {
	var ends [4]*big.Rat
	for i, text := range []string{old.Lo, old.Hi, now.Lo, now.Hi} {
		q, ok := new(big.Rat).SetString(text)
		if !ok {
			return "", "", fmt.Errorf("%q is not a number", text)
		}
		ends[i] = q
	}
	low, high := ends[2].Cmp(ends[0]), ends[3].Cmp(ends[1])
	switch {
	case ends[3].Cmp(ends[0]) < 0 || ends[2].Cmp(ends[1]) > 0:
		return ValueChange, "", nil
	case low >= 0 && high <= 0:
		how = "narrower"
	case low <= 0 && high >= 0:
		how = "wider"
	default:
		how = "shifted"
	}
	return EnclosureChange, how, nil
}
