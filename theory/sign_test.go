package theory

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
)

// randomProfile draws small classes, ties and extremes included.
func randomProfile(rng *rand.Rand) *Profile {
	for {
		var classes []Class
		n, k := 0, 0
		for range 1 + rng.IntN(5) {
			c := Class{rng.IntN(2) == 1, rng.IntN(4), 1 + rng.IntN(4)}
			classes = append(classes, c)
			n += c.Count
			if c.InSet {
				k += c.Count
			}
		}
		target := classes[rng.IntN(len(classes))].Degree
		if rng.IntN(3) == 0 { // a drawn label
			if p, err := NewDrawnProfile(n, k, MeanDegree(3+rng.IntN(20), 1+rng.IntN(6)), classes); err == nil {
				return p
			}
		}
		if p, err := NewProfile(n, k, target, classes); err == nil {
			return p
		}
	}
}

// drift is the float64 oracle: d* − F(μ) straight from the softmax over the
// classes, without polynomials.
func drift(p *Profile, loss Loss, alpha, mu float64) float64 {
	s := 1 / math.Sqrt(float64(p.K))
	var total, mean, inside, meanInside float64
	for _, c := range p.Classes {
		a := 0.0
		if c.InSet {
			a = 1
		}
		w := float64(c.Count) * math.Exp(alpha*s*(a+(mu-0)*float64(c.Degree))-alpha*s*math.Max(0, mu)*float64(p.MaxDegree()))
		total += w
		mean += w * float64(c.Degree)
		if c.InSet || c.Degree > 0 {
			inside += w
			meanInside += w * float64(c.Degree)
		}
	}
	if loss == CoconutBFS {
		return meanInside/inside - mean/total
	}
	return float64(p.TargetDegree.Num)/float64(p.TargetDegree.Den) - mean/total
}

func TestLimitAgreesWithDriftFarOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	seen := map[Limit]int{}
	for range 2000 {
		p := randomProfile(rng)
		limit := p.Certify(Coconut).Limit()
		seen[limit]++
		scale := math.Sqrt(float64(p.K))
		below, above := drift(p, Coconut, 1, -40*scale), drift(p, Coconut, 1, 40*scale)
		const tiny = 1e-9
		var want Limit
		switch constant := p.MinDegree() == p.MaxDegree(); {
		case constant:
			want = Stationary
		case below > tiny && above < -tiny:
			want = FiniteLimit
		case below > tiny:
			want = PlusInfinity
		default:
			want = MinusInfinity
		}
		if limit != want {
			t.Fatalf("%+v: %v, want %v (drift %g at −∞, %g at +∞)", p, limit, want, below, above)
		}
		bfs := p.Certify(CoconutBFS).Limit()
		if want := p.Outside() > 0 && p.MaxDegree() > 0; (bfs == PlusInfinity) != want || (bfs == Stationary) == want {
			t.Fatalf("%+v: bfs %v", p, bfs)
		}
		if start := p.Start(); !start.IsZero() {
			sign, decided := start.Sign()
			if f := drift(p, Coconut, 1, 0); decided && math.Abs(f) > tiny && (f > 0) != (sign > 0) {
				t.Fatalf("%+v: start %v has sign %d, drift %g", p, start, sign, f)
			}
		} else if f := drift(p, Coconut, 0.7, 0); math.Abs(f) > tiny {
			t.Fatalf("%+v: a tie by integers, drift %g", p, f)
		}
	}
	for _, l := range []Limit{FiniteLimit, PlusInfinity, MinusInfinity, Stationary} {
		if seen[l] < 20 {
			t.Errorf("only %d profiles with limit %v", seen[l], l)
		}
	}
}

// TestMultipleRootProfile: the graph of theory.md section 2 whose R is
// 2 + 3y − y³ = −(y+1)²(y−2) for every e.
func TestMultipleRootProfile(t *testing.T) {
	g, err := graph.New(10, [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 0}, {1, 4}, {1, 7}, {1, 8}, {2, 3}, {2, 0}, {2, 5}, {2, 7}, {2, 8}, {3, 1}, {3, 6}, {3, 7}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&graph.Instance{Graph: g}).StepTowards(1, 8)
	if err != nil {
		t.Fatal(err)
	}
	p := ProfileOf(s)
	r := map[int]int{}
	for _, w := range p.Weights() {
		if c := p.TargetDegree.Over(w.Degree); c != 0 {
			if w.In != 0 {
				t.Fatalf("R has a coefficient with e at degree %d", w.Degree)
			}
			r[w.Degree] = c * w.Out
		}
	}
	if len(r) != 3 || r[0] != 2 || r[1] != 3 || r[3] != -1 {
		t.Errorf("R has coefficients %v, want 2 + 3y − y³ (profile %+v)", r, p)
	}
}

func TestFamilyHoldsTheProfile(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 1))
	for range 300 {
		p := randomProfile(rng)
		for _, loss := range []Loss{Coconut, CoconutBFS} {
			f, err := p.Family(loss, big.NewRat(3, 2))
			if err != nil {
				t.Fatal(err)
			}
			var total, targets, weighted, mean, meanTarget float64
			mu, s := 0.3, 1.5/math.Sqrt(float64(p.K))
			for _, g := range f.Groups {
				w := math.Exp(s * (float64(g.Bias) + mu*float64(g.Feature[0])))
				total += float64(g.Count) * w
				mean += float64(g.Count*g.Feature[0]) * w
				targets += float64(g.Targets) * w
				meanTarget += float64(g.Targets*g.Feature[0]) * w
				weighted += float64(g.Count)
			}
			if d := f.Drawn; d != nil {
				if targets != 0 || loss != Coconut {
					t.Fatalf("%+v %v: a drawn label and targets", p, loss)
				}
				meanTarget, targets = float64(d.Sum[0]), float64(d.Count)
			}
			if got, want := meanTarget/targets-mean/total, drift(p, loss, 1.5, mu); math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
				t.Fatalf("%+v %v: family drift %g, softmax drift %g", p, loss, got, want)
			}
			if int(weighted) != p.N {
				t.Fatalf("%+v: family of %g vertices", p, weighted)
			}
		}
	}
}

func TestSharedLimit(t *testing.T) {
	profile := func(target, most int) *Profile {
		p, err := NewProfile(4, 1, target, []Class{{true, 0, 1}, {false, target, 1}, {false, most, 2}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	room, none := profile(1, 2), profile(2, 2)
	flat, err := NewProfile(3, 1, 1, []Class{{true, 1, 1}, {false, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	low, err := NewProfile(3, 1, 1, []Class{{true, 1, 1}, {false, 2, 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		profiles []*Profile
		want     Limit
	}{
		{[]*Profile{room}, FiniteLimit}, {[]*Profile{none}, PlusInfinity}, {[]*Profile{none, none, room}, FiniteLimit},
		{[]*Profile{flat}, Stationary}, {[]*Profile{low, flat}, MinusInfinity}, {[]*Profile{low, none}, FiniteLimit},
	} {
		if got := SharedLimit(c.profiles, new(big.Rat)); got != c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}
