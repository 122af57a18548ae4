// Package rocq states Theorem 1 on single instances in the language of the Rocq
// prover, so that its kernel checks their numbers. The general theorems and the
// evaluation of a graph are those of formal/.
package rocq

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math/big"
	"strings"
	"text/template"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"
)

//go:embed instance.v.tmpl
var instanceText string

// An instance is what the template needs to know of a step of an instance.
type instance struct {
	Name, Data, Alpha       string
	Place                   prove.Place
	C, N, Root, K, Target   int
	Edges, Profile          string
	Outside                 int // n_out
	Least, Most, Degree     int // d_min, d_max, d*
	Bits                    int // precision of the prover's intervals
	Constant, Up, Down, Tie bool
	Nearest                 int           // the in-degree nearest to d* but d*, where d* is an end of them
	Positive, Negative      bool          // d* > F(0), d* < F(0)
	Slowest, Fastest        *prove.Number // of T1b-diverges, where proved
	Low, High, Mu, Ceiling  *prove.Number // where their claims are proved
	Variance                string        // a lower bound of Var(d) between 0 and μ*
}

// Write writes a file instance_NNNN_step_C.v into a folder for every step that
// the results decide Theorem 1 on. A claim that is not proved is not stated; a
// premise that fails is proved to fail, with what the logit does instead. The
// numbers of the results have so many digits.
func Write(ctx context.Context, folder, data string, instances []graph.Instance, results []prove.Result, alpha *big.Rat, digits, jobs int) error {
	var at []prove.Where
	of := map[prove.Where]map[string]prove.Result{}
	for _, r := range results {
		if of[r.Where] == nil {
			of[r.Where] = map[string]prove.Result{}
			at = append(at, r.Where)
		}
		of[r.Where][r.Claim] = r
	}
	form, err := template.New("instance").Parse(instanceText)
	if err != nil {
		return err
	}
	files, err := runlog.Map(ctx, len(at), jobs, nil, func(_ context.Context, i int) (runlog.File, error) {
		step, err := instances[at[i].Instance].Step(at[i].Step)
		if err != nil {
			return runlog.File{}, err
		}
		x, err := describe(step, of[at[i]], alpha, digits)
		if err != nil {
			return runlog.File{}, err
		}
		x.Name, x.Data, x.Place = fmt.Sprintf("instance_%04d_step_%d.v", at[i].Instance, at[i].Step), comment(data), at[i].Instance
		var text bytes.Buffer
		err = form.Execute(&text, x)
		return runlog.File{Name: x.Name, Text: text.Bytes()}, err
	})
	if err != nil {
		return err
	}
	return runlog.WriteFiles(folder, files)
}

// comment makes a text harmless within a comment of the prover.
func comment(text string) string {
	return strings.NewReplacer("(*", "( *", "*)", "* )", `"`, "'", "\n", " ").Replace(text)
}

// literal is a decimal number as the prover reads it.
func literal(decimal string) string {
	if strings.HasPrefix(decimal, "-") {
		return "(" + decimal + ")"
	}
	return decimal
}

func describe(step graph.Step, claims map[string]prove.Result, alpha *big.Rat, digits int) (*instance, error) {
	p := theory.ProfileOf(step)
	in := step.Instance
	x := &instance{C: step.C, N: p.N, Root: in.Root, K: p.K, Target: step.Target(), Outside: p.Outside(),
		Least: p.MinDegree(), Most: p.MaxDegree(), Degree: p.TargetDegree.Num, Bits: 96 + 4*digits, Alpha: alpha.RatString()}
	if !alpha.IsInt() {
		x.Alpha = fmt.Sprintf("(%v / %v)", alpha.Num(), alpha.Denom())
	}
	var edges []string
	for _, e := range in.Graph.Edges() {
		edges = append(edges, fmt.Sprintf("(%d,%d)", e[0], e[1]))
	}
	x.Edges, x.Profile = strings.Join(edges, ";"), classes(step)
	x.Constant, x.Up, x.Down = x.Least == x.Most, x.Degree == x.Most, x.Degree == x.Least
	if w := p.Weights(); x.Up {
		x.Nearest = w[max(len(w)-2, 0)].Degree
	} else {
		x.Nearest = w[min(1, len(w)-1)].Degree
	}
	proved := func(claim, value string) *prove.Number {
		number, ok := claims[claim].Values[value]
		if !ok || claims[claim].Verdict != theory.Proved {
			return nil
		}
		number.Lo, number.Hi = literal(number.Lo), literal(number.Hi)
		return &number
	}
	x.Low, x.High = proved("T1a-lower", "b_lo"), proved("T1a-upper", "b_hi")
	x.Mu, x.Ceiling = proved("T1b", "mu"), proved("T1b-ceiling", "ceiling")
	x.Tie = x.Mu != nil && x.Mu.Lo == x.Mu.Hi
	x.Positive, x.Negative = proved("T1b-positive", "mu") != nil, proved("T1b-negative", "mu") != nil
	x.Slowest, x.Fastest = proved("T1b-diverges-lower", "b_lo"), proved("T1b-diverges-upper", "b_hi")
	if v := proved("T1b-rate", "variance"); v != nil {
		low, ok := new(big.Rat).SetString(v.Lo)
		if !ok {
			return nil, fmt.Errorf("variance %q", v.Lo)
		}
		// Nine tenths of it, with the digits that leave no more than that.
		places := 2
		for unit := big.NewRat(1, 10); unit.Cmp(low) > 0; unit.Mul(unit, big.NewRat(1, 10)) {
			places++
		}
		x.Variance = low.Mul(low, big.NewRat(9, 10)).FloatString(places)
	}
	return x, nil
}

// classes lists the classes of a step as the prover counts them: from the last
// vertex to the first, each class where it occurs first.
func classes(step graph.Step) string {
	type class struct {
		inSet  bool
		degree int
	}
	set, degrees := step.Set(), step.Degrees()
	var order []class
	count := map[class]int{}
	for v := len(set) - 1; v >= 0; v-- {
		c := class{set[v], degrees[v]}
		if count[c] == 0 {
			order = append(order, c)
		}
		count[c]++
	}
	var out []string
	for _, c := range order {
		out = append(out, fmt.Sprintf("(%t, %d, %d)", c.inSet, c.degree, count[c]))
	}
	return strings.Join(out, "; ")
}
