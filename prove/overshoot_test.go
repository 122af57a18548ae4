package prove

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// mpmath 1.3.0, by testdata/overshoot.py.
//
//go:embed testdata/overshoot.jsonl
var overshootReference []byte

type overshootCase struct {
	Vertices, C, Other int
	Edges              [][2]int
	Path, Deviations   []int
	At, Slopes, Turn   []string
}

func overshootCases(t *testing.T, visit func(c overshootCase, u *theory.Uneven)) {
	for scan := bufio.NewScanner(bytes.NewReader(overshootReference)); scan.Scan(); {
		var c overshootCase
		if err := json.Unmarshal(scan.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		visit(c, stepOf(t, c))
	}
}

func parsedBall(t *testing.T, text string) *ball.Ball {
	q, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatal(text)
	}
	return ball.New(128).SetRat(q)
}

// f, h and their derivatives are those of the loss written down edge by edge.
func TestPlanarFlowIsTheGradient(t *testing.T) {
	checks := 0
	overshootCases(t, func(c overshootCase, u *theory.Uneven) {
		if c.At == nil {
			return
		}
		x := newPlanarFlow([]*theory.Uneven{u}, big.NewRat(1, 1), big.NewRat(1, 1))
		at := []*ball.Ball{parsedBall(t, c.At[0]), parsedBall(t, c.At[1])}
		for i, e := range []*ode.Expr{x.f, x.h, x.fz, x.fg, x.hg} {
			got, err := ode.Evaluate(e, at, 128)
			if err != nil {
				t.Fatal(err)
			}
			want := parsedBall(t, c.Slopes[i])
			want.AddError(big.NewFloat(1e-16))
			if !got.Overlaps(want) {
				t.Errorf("%v, derivative %d: %v, want %s", c, i, got, c.Slopes[i])
			}
			checks++
		}
	})
	if checks != 500 {
		t.Errorf("%d checks", checks)
	}
}

func problem(u ...*theory.Uneven) OvershootProblem {
	return OvershootProblem{Steps: u, Alpha: big.NewRat(1, 1), Gain: big.NewRat(1, 2), Rate: big.NewRat(1, 1)}
}

// Turns are where another integrator finds them.
func TestTurnsOfRandomFlows(t *testing.T) {
	checks := 0
	overshootCases(t, func(c overshootCase, u *theory.Uneven) {
		if c.Turn == nil || !*long.Tests && checks >= 2 {
			return
		}
		o, err := DecideOvershoot(context.Background(), problem(u))
		if err != nil {
			t.Errorf("%v: %v", c, err)
			return
		}
		if o.Turning != TurnLogit || !o.Rises {
			t.Errorf("%v: %v", c, o)
			return
		}
		for i, got := range []*ball.Ball{o.Time, o.Turn[0], o.Turn[1]} {
			want := parsedBall(t, c.Turn[i])
			if want.AddError(big.NewFloat([]float64{1e-8, 1e-12, 1e-9}[i])); !got.Overlaps(want) {
				t.Errorf("%v: number %d of the turn %v, want %s", c, i, got, c.Turn[i])
			}
		}
		checks++
	})
	if checks < 2 || *long.Tests && checks != 12 {
		t.Errorf("%d checks", checks)
	}
}

// An instance that rises to a peak and tends to a finite end from there.
func overshooting(t *testing.T) *theory.Uneven {
	t.Helper()
	all, err := graph.Suite(1, 6, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	r := OvershootRequest{Step: 0, Label: graph.ShortestLaw, Uneven: big.NewRat(1, 5), Seed: 1}
	steps, _, err := r.UnevenSteps(all)
	if err != nil {
		t.Fatal(err)
	}
	return steps[5]
}

// A wrong sign of ∂²ℓ/∂μ∂g, a quadrant that the flow is not in, and an end that
// does not lie ahead are all noticed.
func TestTrapNeedsItsPremises(t *testing.T) {
	ctx, u := context.Background(), overshooting(t)
	o, err := DecideOvershoot(ctx, problem(u))
	if err != nil || o.Turning != TurnLogit || o.End[0] == nil {
		t.Fatal(o, err)
	}
	if o.Price != -1 || o.Signs != [2]int{-1, 1} {
		t.Errorf("price %d, signs %v", o.Price, o.Signs)
	}
	x := newPlanarFlow([]*theory.Uneven{u}, big.NewRat(1, 1), big.NewRat(1, 1))
	e := []*ode.Expr{x.f, x.h, x.fz, x.fg, x.hg}
	start := planarBox{outward(o.Last[0]), outward(o.Last[1])}
	leads := func(e []*ode.Expr, signs [2]float64, end [2]*ball.Ball) error {
		f, err := ode.NewFunction(e, 2)
		if err != nil {
			t.Fatal(err)
		}
		return (&trap{function: f, signs: signs, boxes: trapBoxes}).leads(ctx, start, end)
	}
	if err := leads(e, [2]float64{-1, 1}, o.End); err != nil {
		t.Error(err)
	}
	flipped := append([]*ode.Expr(nil), e...)
	flipped[3] = flipped[3].Neg()
	if leads(flipped, [2]float64{-1, 1}, o.End) == nil {
		t.Error("a trap with ∂²ℓ/∂μ∂g of the wrong sign")
	}
	if leads(e, [2]float64{1, 1}, o.End) == nil {
		t.Error("a trap in another quadrant")
	}
	behind := [2]*ball.Ball{o.Turn[0], o.End[1]}
	if leads(e, [2]float64{-1, 1}, behind) == nil {
		t.Error("a trap with an end behind the flow")
	}
}

// The flow with a fixed gain is monotone, and follows no turn of the pair.
func TestFixedGainIsMonotone(t *testing.T) {
	u := overshooting(t)
	x := newPlanarFlow([]*theory.Uneven{u}, big.NewRat(1, 1), big.NewRat(1, 1))
	fixed := &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{x.f, ode.Integer(0)}}
	for _, g := range []int64{1, 5, 15} {
		path, err := ode.Integrate(context.Background(), fixed, []*ode.Expr{ode.Integer(0), ode.Integer(g)}, big.NewRat(100, 1), ode.Settings{Digits: 8})
		if err != nil {
			t.Fatal(err)
		}
		last := math.Inf(-1)
		for i := range int64(50) {
			s, err := path.At(big.NewRat(2*i, 1))
			if err != nil {
				t.Fatal(err)
			}
			z, _ := s[0].Float64()
			if z < last-1e-9 {
				t.Errorf("g = %d: %v after %v", g, z, last)
			}
			last = z
		}
	}
}

func TestOvershootRefuses(t *testing.T) {
	u := overshooting(t)
	for _, change := range []func(*OvershootProblem){
		func(p *OvershootProblem) { p.Gain = new(big.Rat) }, func(p *OvershootProblem) { p.Rate = big.NewRat(-1, 2) },
		func(p *OvershootProblem) { p.Alpha = nil }, func(p *OvershootProblem) { p.Steps = nil },
	} {
		p := problem(u)
		change(&p)
		if o, err := DecideOvershoot(context.Background(), p); err == nil {
			t.Errorf("%v", o)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if o, err := DecideOvershoot(ctx, problem(u)); err == nil || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("%v, %v", o, err)
	}
}
