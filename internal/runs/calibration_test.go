package runs

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"muflow/internal/long"
	"os"
	"strings"
	"testing"
)

var (
	update = flag.Bool("update", false, "with -long: write the counts to docs/compare.md")
)

// simulations are those that are counted.
func simulations() (out []Simulation) {
	for _, kind := range Kinds() {
		for _, seeds := range []int{1, 3} {
			for _, points := range []int{20, 50, 200} {
				for _, correlation := range []float64{0, 0.5, 0.8} {
					out = append(out, Simulation{kind, points, 0.02, correlation, seeds})
				}
			}
		}
	}
	return out
}

// Of curves of every kind hardly more than one in twenty is said something false.
// A slope of 20 % a decade is found in four of five at three seeds and noise of
// 2 %, and an overshoot to twice the level in all but the shortest curves.
func TestSizeAndPower(t *testing.T) {
	curves := 60
	if *long.Tests {
		curves = 1000
	}
	var table strings.Builder
	table.WriteString("| kind | seeds | points | correlation | still | growing | falling | undecided | logarithmic | bounded | overshot | false |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	all, wrong := 0, 0
	for i, s := range simulations() {
		if !*long.Tests && (s.Points == 200 || s.Correlation == 0.5) {
			continue
		}
		c := s.Count(rand.New(rand.NewPCG(11, uint64(i))), curves, plain)
		all, wrong = all+curves, wrong+c.False
		fmt.Fprintf(&table, "| %s | %d | %d | %.1f | %d | %d | %d | %d | %d | %d | %d | %d |\n", s.Kind, s.Seeds, s.Points, s.Correlation, c.Still, c.Growing, c.Falling, c.Undecided, c.Logarithmic, c.Bounded, c.Overshot, c.False)
		// Five percent of 60 leave 9 with probability 1e-3, of 1,000 leave 75.
		most := 9
		if *long.Tests {
			most = 75
		}
		if c.False > most {
			t.Errorf("%+v: %d of %d false", s, c.False, curves)
		}
		if s.Kind == LinearKind && s.Seeds == 3 && c.Growing < curves*8/10 {
			t.Errorf("%+v: found in %d of %d", s, c.Growing, curves)
		}
		if s.Kind == OvershootKind && s.Points > 20 && c.Overshot < curves*95/100 {
			t.Errorf("%+v: overshoot seen in %d of %d", s, c.Overshot, curves)
		}
	}
	if wrong*20 > all {
		t.Errorf("%d of %d false", wrong, all)
	}
	if !*long.Tests {
		return
	}
	hold(t, "counts", table.String())
}

// hold compares a table with the one in docs/compare.md, or writes it there.
func hold(t *testing.T, name, table string) {
	t.Helper()
	page, begin, end := "../../docs/compare.md", "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	switch {
	case !found || !closed:
		t.Fatalf("%s has no place for the %s", page, name)
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != table:
		t.Errorf("%s holds another table: go test ./internal/runs -run 'SizeAndPower|SizeOfOneRun' -long -update", page)
	}
}

// One run without a slope is said to grow or fall no more often than in one of
// twenty, up to correlations that so few points can show; with the published
// critical values it is far more often.
func TestSizeOfOneRun(t *testing.T) {
	const published = 1.9600 + 2.9694*bandwidth + 0.4160*bandwidth*bandwidth - 0.5324*bandwidth*bandwidth*bandwidth
	curves := 300
	if *long.Tests {
		curves = 4000
	}
	var table strings.Builder
	table.WriteString("| points | correlation | published, % | ours, % |\n|---|---|---|---|\n")
	for _, points := range []int{9, 20, 50, 200} {
		if !*long.Tests && points == 200 {
			continue
		}
		x, y, room := make([]float64, points), make([]float64, points), make([]float64, 2*points+1)
		for k := range x {
			x[k] = math.Log(10 + 90*float64(k)/float64(points-1))
		}
		f := slopeOf(x)
		for _, correlation := range []float64{-0.5, 0, 0.5, 0.8, 0.9} {
			rng := rand.New(rand.NewPCG(13, uint64(points)))
			theirs, ours := 0, 0
			for range curves {
				correlated(rng, correlation, y)
				value, deviation, _ := f.at(y, room)
				if math.Abs(value) > published*deviation {
					theirs++
				}
				if e, _ := oneRun(f, y); e.Wide[0] > 0 || e.Wide[1] < 0 {
					ours++
				}
			}
			percent := func(n int) float64 { return 100 * float64(n) / float64(curves) }
			fmt.Fprintf(&table, "| %d | %.1f | %.1f | %.1f |\n", points, correlation, percent(theirs), percent(ours))
			// Five percent of 300 leave 9 with probability 1e-3.
			if most := 9.0; percent(ours) > most || *long.Tests && percent(ours) > 6 && float64(points)*(1-correlation) > 4 {
				t.Errorf("%d points, correlation %v: %.1f %% false alarms", points, correlation, percent(ours))
			}
			if correlation >= 0 && percent(theirs) < 7 {
				t.Errorf("%d points, correlation %v: the published values give %.1f %%, which is no reason to leave them", points, correlation, percent(theirs))
			}
		}
	}
	if *long.Tests {
		hold(t, "sizes", table.String())
	}
}
