package prove

import (
	"context"
	"hash/maphash"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

func builtin(t *testing.T) []graph.Instance {
	t.Helper()
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return instances
}

// TestKnownProfiles: with a store, of whatever size, results are those without,
// but for certificates.
func TestKnownProfiles(t *testing.T) {
	instances := builtin(t)[:9]
	for _, s := range []Selection{
		{Units: []Unit{OnProfile}},
		{Units: []Unit{OnStep}, Logit: big.NewRat(3, 2)},
		{Units: []Unit{OnStep}, Logit: big.NewRat(1, 1), Label: graph.ShortestLaw},
	} {
		s.Theorems, s.Step, s.Alpha, s.Digits = []int{1}, -1, big.NewRat(1, 1), 20
		knownAlike(t, instances, s)
	}
}

// knownAlike compares a selection with a store and without.
func knownAlike(t *testing.T, instances []graph.Instance, s Selection) {
	t.Helper()
	silent := func(string) runlog.Progress { return nil }
	want, err := Dataset(context.Background(), instances, s, 2, silent)
	if err != nil {
		t.Fatal(err)
	}
	certified := 0
	for i := range want {
		if want[i].Certificate != nil {
			certified++
		}
		want[i].Certificate = nil
	}
	for _, most := range []int{0, 8, 1000} {
		s.Known = NewKnown(most)
		for pass := range 2 {
			got, err := Dataset(context.Background(), instances, s, 2, silent)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("a store of %d, pass %d: other results (%v)", most, pass, err)
			}
		}
		if kept := len(s.Known.young.at) + len(s.Known.old.at); kept > max(2, most) || most == 1000 && kept < 20 {
			t.Errorf("a store of %d keeps %d", most, kept)
		}
	}
	if s.Units[0] == OnProfile && certified < 100 {
		t.Errorf("%d certificates", certified)
	}
}

// TestPlainMoments: where float64 calls a sign or a variance plain, enclosures
// say the same.
func TestPlainMoments(t *testing.T) {
	const pieces = 8
	signs, passed := 0, 0
	for _, alpha := range []*big.Rat{big.NewRat(1, 1000), big.NewRat(1, 1), big.NewRat(50, 1)} {
		for i, step := range graph.StepsOf(builtin(t), 1) {
			p := theory.ProfileOf(step)
			mu := []float64{-2.5, 0.3, 4, 700, 1e9}[i%5]
			x := reduced.NumbersOf(p, alpha, 400)
			plain := plainMoments(p, alpha, 0, mu, pieces)
			var least *ball.Ball
			var variances []*ball.Ball
			for k := range plain {
				share := ball.New(400).SetFloat64(mu * float64(k) / pieces)
				variance, third := x.Moments(share.Exp(share.Mul(share, x.Sigma)))
				if sign, ok := third.Sign(); plain[k].sign != 0 {
					if signs++; !ok || sign != plain[k].sign {
						t.Errorf("instance %d, α = %v, μ = %v: sign %d, enclosed %v", i, alpha, mu*float64(k)/pieces, plain[k].sign, third)
					}
				}
				if variances = append(variances, variance); least == nil || variance.Mid().Cmp(least.Mid()) < 0 {
					least = variance
				}
			}
			for k, v := range variances {
				if !plain[k].least {
					if passed++; v.Mid().Cmp(least.Mid()) <= 0 {
						t.Errorf("instance %d, α = %v, μ = %v: the least variance is passed over", i, alpha, mu*float64(k)/pieces)
					}
				}
			}
		}
	}
	if signs < 1000 || passed < 1000 {
		t.Errorf("%d signs, %d passed over", signs, passed)
	}
}

// TestShelf: what was put on a shelf is there, in several pieces of memory and one of
// its own, and a key with the hash of another one is not.
func TestShelf(t *testing.T) {
	var s shelf
	text := func(i int) string { return strings.Repeat(strconv.Itoa(i), 1+i%3000) }
	for i := range 2000 {
		s.put(strconv.Itoa(i), text(i))
	}
	s.put("long", strings.Repeat("x", 2*shelfPiece))
	s.put("7", "another")
	for i := range 2000 {
		want := text(i)
		if i == 7 {
			want = "another"
		}
		if got, ok := s.get(strconv.Itoa(i)); !ok || got != want {
			t.Fatalf("%d: %t, %d bytes, expected %d", i, ok, len(got), len(want))
		}
	}
	if got, ok := s.get("long"); !ok || len(got) != 2*shelfPiece || len(s.pieces) < 4 {
		t.Errorf("long: %t, %d bytes, in %d pieces", ok, len(got), len(s.pieces))
	}
	s.at[maphash.String(shelfSeed, "other")] = s.at[maphash.String(shelfSeed, "7")]
	if got, ok := s.get("other"); ok {
		t.Errorf("a key that only shares its hash with another has %q", got)
	}
}
