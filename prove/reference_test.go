package prove

import (
	"bufio"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

var one = big.NewRat(1, 1)

// referenceProfiles are those of tools/reference/flow.py.
var referenceProfiles = map[string]*theory.Profile{
	"A": mustProfile(18, 7, 1, [][3]int{{0, 0, 9}, {1, 0, 1}, {1, 1, 4}, {1, 2, 2}, {0, 1, 2}}),
	"B": mustProfile(60, 20, 3, [][3]int{{0, 0, 25}, {1, 0, 4}, {1, 1, 6}, {1, 2, 5}, {1, 3, 3}, {1, 5, 2}, {0, 1, 7}, {0, 2, 5}, {0, 3, 2}, {0, 8, 1}}),
	"C": mustProfile(10, 4, 2, [][3]int{{0, 0, 2}, {1, 0, 1}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}, {0, 2, 2}, {0, 3, 1}}),
	"D": mustProfile(23, 5, 1, [][3]int{{0, 0, 14}, {1, 0, 1}, {1, 1, 4}, {0, 1, 3}, {0, 2, 1}}),
	"E": mustProfile(12, 9, 2, [][3]int{{0, 0, 2}, {1, 1, 8}, {1, 4, 1}, {0, 2, 1}}),
	"F": mustProfile(14, 3, 2, [][3]int{{0, 0, 6}, {1, 0, 1}, {1, 1, 2}, {0, 1, 4}, {0, 2, 1}}),
}

func mustProfile(n, k, target int, classes [][3]int) *theory.Profile {
	var list []theory.Class
	for _, c := range classes {
		list = append(list, theory.Class{InSet: c[0] == 1, Degree: c[1], Count: c[2]})
	}
	p, err := theory.NewProfile(n, k, target, list)
	if err != nil {
		panic(err)
	}
	return p
}

// A referenceLine is one line of testdata/flow.txt; its digits are correctly
// rounded to 320 significant digits up to one unit in the last place.
type referenceLine struct {
	profile, loss, until, digits string
}

func referenceLines(t *testing.T) []referenceLine {
	t.Helper()
	f, err := os.Open("testdata/flow.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []referenceLine
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		if fields := strings.Fields(scanner.Text()); len(fields) == 4 {
			out = append(out, referenceLine{fields[0], fields[1], fields[2], fields[3]})
		}
	}
	if len(out) < 30 {
		t.Fatalf("only %d reference lines", len(out))
	}
	return out
}

// within reports whether [lo, hi] meets the reference value ± one unit in its
// 315th digit, and how wide it is relative to it, as a power of ten.
func within(t *testing.T, x Number, reference string) (contains bool, width *big.Rat) {
	t.Helper()
	value, ok := new(big.Rat).SetString(reference)
	lo, okLo := new(big.Rat).SetString(x.Lo)
	hi, okHi := new(big.Rat).SetString(x.Hi)
	if !ok || !okLo || !okHi {
		t.Fatalf("cannot read %v or %s", x, reference)
	}
	slack := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(315), nil))
	slack.Mul(slack, new(big.Rat).Abs(value))
	contains = lo.Cmp(new(big.Rat).Add(value, slack)) <= 0 && hi.Cmp(new(big.Rat).Sub(value, slack)) >= 0
	width = new(big.Rat).Sub(hi, lo)
	if value.Sign() != 0 {
		width.Quo(width, new(big.Rat).Abs(value))
	}
	return contains, width
}

func tenToMinus(digits int) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
}

func TestEquilibriumAgainstReference(t *testing.T) {
	checks := 0
	for _, line := range referenceLines(t) {
		if line.loss != "mustar" {
			continue
		}
		for _, digits := range []int{1, 16, 50, 300} {
			e, err := EquilibriumOf(context.Background(), referenceProfiles[line.profile], one, digits)
			if err != nil {
				t.Fatalf("%s %d digits: %v", line.profile, digits, err)
			}
			x := Enclose(e.Mu, digits)
			contains, width := within(t, x, line.digits)
			if !contains || width.Cmp(tenToMinus(digits)) > 0 {
				t.Errorf("%s %d digits: [%s, %s], reference %.60s…", line.profile, digits, x.Lo, x.Hi, line.digits)
			}
			if rate := Enclose(e.Rate, digits); rate.Lo[0] == '-' || new(big.Rat).Quo(rate.Width(), mustRat(rate.Lo)).Cmp(tenToMinus(digits)) > 0 {
				t.Errorf("%s %d digits: rate %v", line.profile, digits, rate)
			}
			checks++
		}
	}
	if checks != 5*4 {
		t.Fatalf("%d checks", checks)
	}
}

func mustRat(text string) *big.Rat {
	q, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return q
}

func TestEquilibriumExactTieAndDivergence(t *testing.T) {
	tie := mustProfile(6, 2, 1, [][3]int{{1, 0, 1}, {1, 2, 1}, {0, 0, 1}, {0, 2, 1}, {0, 1, 2}})
	e, err := EquilibriumOf(context.Background(), tie, one, 20)
	if err != nil || e.Limit != theory.FiniteLimit || !e.Mu.IsZero() {
		t.Errorf("tie: %+v %v", e, err)
	}
	if x := Enclose(e.Mu, 20); x.Lo != "0" || x.Hi != "0" {
		t.Errorf("tie prints %v", x)
	}
	e, err = EquilibriumOf(context.Background(), referenceProfiles["F"], one, 20)
	if err != nil || e.Limit != theory.PlusInfinity || e.Mu != nil {
		t.Errorf("F: %+v %v", e, err)
	}
}

// TestEquilibriumThousandDigits: y = 2 for R = 2 + 3y − y³, so μ* = 2 log 2.
func TestEquilibriumThousandDigits(t *testing.T) {
	p := mustProfile(10, 4, 2, [][3]int{{0, 0, 1}, {0, 1, 3}, {1, 2, 4}, {0, 2, 1}, {0, 3, 1}})
	e, err := EquilibriumOf(context.Background(), p, one, 1000)
	if err != nil {
		t.Fatal(err)
	}
	want := ball.New(4000).MulPow2(ball.Log2(4000), 1)
	if !e.Mu.Overlaps(want) || e.Mu.RelativeAccuracyBits() < 3300 {
		lo, hi := e.Mu.Decimal(30)
		t.Errorf("%s … %s, accurate to %d bits", lo, hi, e.Mu.RelativeAccuracyBits())
	}
}

func published(t *testing.T) []graph.Instance {
	t.Helper()
	file := "../../shared/data/prosqa_valid.json.gz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the published validation split is not beside the project")
	}
	instances, err := graph.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return instances
}

// oracleRows reads the 100 cases that a program of testdata made.
func oracleRows[T any](t *testing.T, name string) []T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows []T
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) != 100 {
		t.Fatal(len(rows), err)
	}
	return rows
}

// TestPublishedPopulations: reference values of theory.md section 8.
func TestPublishedPopulations(t *testing.T) {
	instances := published(t)
	for _, want := range []struct {
		step, instances, bounded, positive, both int
		mu, fullMu, fullNu                       string
	}{
		{0, 257, 0, 257, 0, "", "", ""},
		{1, 257, 161, 257, 161, "2.39309267500646422791102261962453685384550573", "3.11500666523409808092430038104", "-0.326072100613957280226930654001"},
		{2, 257, 222, 213, 178, "1.37030435317933369432293387847033403976957468", "2.41991796414479792674134398564", "-0.187432441594527494671214789165"},
		{3, 133, 126, 88, 81, "0.725354945648003728447117982418273409699065377", "2.65160823295368761049781167623", "-0.255720332487056340826672525296"},
	} {
		ctx := context.Background()
		got, err := PopulationOf(ctx, instances, want.step, false, one, 44)
		if err != nil {
			t.Fatal(err)
		}
		if got.Instances != want.instances || got.Bounded != want.bounded || got.Positive != want.positive || got.Both != want.both {
			t.Errorf("step %d: counts %+v, want %+v", want.step, got, want)
		}
		full, err := PopulationOf(ctx, instances, want.step, true, one, 28)
		if err != nil {
			t.Fatal(err)
		}
		if want.mu == "" {
			if got.Limit != theory.PlusInfinity || full.Limit != theory.Unbounded {
				t.Errorf("step %d: %v and %v", want.step, got.Limit, full.Limit)
			}
			continue
		}
		for _, c := range []struct {
			name, reference string
			value           *ball.Ball
			digits          int
		}{{"μ*", want.mu, got.Theta[0], 44}, {"full μ*", want.fullMu, full.Theta[0], 28}, {"full ν*", want.fullNu, full.Theta[1], 28}} {
			x := Enclose(c.value, c.digits)
			last := len(c.reference) - strings.Index(c.reference, ".") - 1 // places after the point
			reference := mustRat(c.reference)
			unit := tenToMinus(last)
			if mustRat(x.Lo).Cmp(new(big.Rat).Add(reference, unit)) > 0 || mustRat(x.Hi).Cmp(new(big.Rat).Sub(reference, unit)) < 0 {
				t.Errorf("step %d %s: %v, reference %s", want.step, c.name, x, c.reference)
			}
			if x.Width().Cmp(new(big.Rat).Mul(tenToMinus(c.digits), new(big.Rat).Abs(reference))) > 0 {
				t.Errorf("step %d %s: %v is wider than %d digits", want.step, c.name, x, c.digits)
			}
		}
	}
}
