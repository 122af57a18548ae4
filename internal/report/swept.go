package report

import (
	"fmt"
	"slices"

	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/theory"
)

// A SweptTheory is a finished sweep over the parameters of a theory file, read once:
// how often each verdict occurs, and the cells that the page shows.
type SweptTheory struct {
	folder    *sweep.TheoryFolder
	lines     []*sweptLine // claims, oracles and observables, as they first occur
	cells     []*sweep.TheoryCell
	attention []sweptNote // entries that are not as expected, or open
	missed    int         // such entries beyond those
}

// A sweptLine counts the verdicts of a claim, an oracle or an observable over the cells.
type sweptLine struct {
	kind, name        string
	values            []string // names of its numbers, times of an observable
	counts            map[theory.Verdict]int
	fine, other, open int
}

type sweptNote struct{ key, name, verdict, expected, reason string }

const (
	mostSweptCells = 500    // are listed
	mostMapCells   = 10_000 // are drawn in a map
	mostMaps       = 24
	mostNumbers    = 12 // of a claim, and times of an observable, have columns and maps
)

// theoryKindName is the kind of the line of cells that have no theory.
const theoryKindName = "theory"

// LoadSwept reads a folder, compares its files with the manifest, and goes through all
// of its cells.
func LoadSwept(dir string) (*SweptTheory, error) {
	folder, err := sweep.OpenTheory(dir)
	if err != nil {
		return nil, err
	}
	out := &SweptTheory{folder: folder}
	config := folder.Outcome.Config
	lines := map[[2]string]*sweptLine{}
	line := func(kind, name string) *sweptLine {
		l := lines[[2]string{kind, name}]
		if l == nil {
			l = &sweptLine{kind: kind, name: name, counts: map[theory.Verdict]int{}}
			lines[[2]string{kind, name}] = l
			out.lines = append(out.lines, l)
		}
		return l
	}
	return out, folder.Cells(func(c *sweep.TheoryCell, _ []int) error {
		if len(c.Values) != len(config.Grid) || (c.Element == nil) != (config.Data == nil) {
			return fmt.Errorf("%s: %w: cell %.40q has %d parameters, expected %d", dir, runlog.ErrDamaged, c.Key, len(c.Values), len(config.Grid))
		}
		claims := c.Claims
		if c.Failed != "" {
			claims = []check.Result{{Kind: theoryKindName, Reason: c.Failed}}
		}
		for i := range claims {
			x := &claims[i]
			l := line(x.Kind, x.ID)
			l.add(x.Verdict, x.Fine(), x.Open())
			if x.Verdict != theory.Refuted { // whose numbers are of a witness
				for _, v := range x.Values {
					l.has(v.Name)
				}
			}
			if !x.Fine() || x.Open() {
				out.note(sweptNote{c.Key, x.ID, x.Verdict.String(), x.Expected, x.Reason})
			}
		}
		for _, o := range c.Observables {
			verdict := theory.Undecided
			if o.Number != nil {
				verdict = theory.Proved
			} else {
				out.note(sweptNote{c.Key, o.Name + " at t = " + o.Time, verdict.String(), "", o.Reason})
			}
			l := line("observable", o.Name)
			l.add(verdict, o.Number != nil, o.Number == nil)
			l.has(o.Time)
		}
		if len(out.cells) < mostSweptCells {
			out.cells = append(out.cells, c)
		}
		return nil
	})
}

func (l *sweptLine) add(v theory.Verdict, fine, open bool) {
	switch l.counts[v]++; {
	case fine:
		l.fine++
	case open:
		l.open++
	default:
		l.other++
	}
}

// has notes the name of a number.
func (l *sweptLine) has(value string) {
	if len(l.values) < mostNumbers && !slices.Contains(l.values, value) {
		l.values = append(l.values, value)
	}
}

func (s *SweptTheory) note(n sweptNote) {
	if len(s.attention) == mostAttention {
		s.missed++
		return
	}
	s.attention = append(s.attention, n)
}
