package theory

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
)

func TestDegree(t *testing.T) {
	checks := 0
	for num := 1; num < 40; num++ {
		for den := 1; den < 12; den++ {
			x, exact := MeanDegree(num, den), big.NewRat(int64(num), int64(den))
			if x.Rat().Cmp(exact) != 0 || x.String() != exact.RatString() {
				t.Errorf("%d/%d is %v", num, den, x)
			}
			for d := range 8 {
				over := new(big.Rat).Sub(exact, big.NewRat(int64(d), 1))
				if over.Mul(over, big.NewRat(int64(x.Den), 1)); over.Cmp(big.NewRat(int64(x.Over(d)), 1)) != 0 {
					t.Errorf("%v over %d is %d", x, d, x.Over(d))
				}
				if below := (d < x.Ceil()); below != (big.NewRat(int64(d), 1).Cmp(exact) < 0) {
					t.Errorf("⌈%v⌉ is %d", x, x.Ceil())
				}
				checks++
			}
			if again, ok := parseDegree(x.String()); !ok || again != x {
				t.Errorf("%v is read as %v", x, again)
			}
		}
	}
	if checks != 39*11*8 {
		t.Errorf("%d checks", checks)
	}
}

// The profile of a step has the mean in-degree of its labels, label by label, and
// survives its JSON; a mean that is the degree of a class is an integer there.
func TestProfilesUnderLaws(t *testing.T) {
	rng, fractions, quoted := rand.New(rand.NewPCG(2, 14)), 0, 0
	for range 200 {
		in, err := graph.GenerateProsQA(rng, graph.ProsQAShape)
		if err != nil {
			t.Fatal(err)
		}
		for _, law := range graph.Laws {
			for _, s := range law.StepsOf([]graph.Instance{in}, -1) {
				p, total := ProfileOf(s), 0
				set := s.Set()
				for _, v := range s.Labels() {
					for _, e := range in.Graph.Edges() {
						if e[1] == v && set[e[0]] {
							total++
						}
					}
				}
				if p.TargetDegree.Num*len(s.Labels()) != total*p.TargetDegree.Den {
					t.Fatalf("%v, step %d: d* = %v, the labels have %d in all", law, s.C, p.TargetDegree, total)
				}
				text, err := p.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				if q, err := DecodeProfile(text); err != nil || q.Key() != p.Key() {
					t.Fatalf("%s: %v", text, err)
				}
				if !p.shown() {
					quoted++
				}
				if p.TargetDegree.Den > 1 {
					fractions++
				}
			}
		}
	}
	if fractions < 50 || quoted < fractions {
		t.Errorf("%d fractions, %d that no class has", fractions, quoted)
	}
}

// R of a drawn label, times the denominator, is d*·Q − P times it, and y' is that
// over Q: the rational form and the softmax agree at points.
func TestRationalFormOfADrawnLabel(t *testing.T) {
	p, err := NewDrawnProfile(12, 4, MeanDegree(7, 3), []Class{{false, 0, 4}, {false, 1, 2}, {false, 3, 2}, {true, 0, 1}, {true, 1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Family(Coconut, big.NewRat(3, 2))
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Rational()
	if err != nil {
		t.Fatal(err)
	}
	q, err := f.Polynomials()
	if err != nil {
		t.Fatal(err)
	}
	if want := q.PTarget.Mul(q.Q).Sub(q.P.Mul(q.QTarget)); !r.Numerator.Equal(want) || !r.Denominator.Equal(q.Q) || r.Kappa.Cmp(big.NewRat(9, 4*12*4*3)) != 0 {
		t.Errorf("%v over %v, κ = %v", r.Numerator, r.Denominator, r.Kappa)
	}
	for _, mu := range []float64{-1, 0, 0.25, 2} {
		e, y := math.Exp(0.75), math.Exp(0.75*mu) // αs = 3/4
		got := 9. / 576 * evalFloat(r.Numerator, e, y) / evalFloat(r.Denominator, e, y)
		if want := 0.75 * 1.5 / (12 * 2) * drift(p, Coconut, 1.5, mu); math.Abs(got-want) > 1e-14 {
			t.Errorf("at μ = %g: rational %g, softmax %g", mu, got, want)
		}
	}
	if start := p.Start(); start.Constant.Int64() != 7*4+4*2-2*2 || start.Slope.Int64() != 7+4*3 {
		t.Errorf("3·R(1) = %v", start)
	}
}
