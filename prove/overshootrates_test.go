package prove

import (
	"context"
	"errors"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/theory"
	"muflow/theory/cert"
)

// Turns at other rates of the gain and from other gains have certificates, which the checker
// refuses for a rate that is another one.
func TestCertificatesOfRatesAndStarts(t *testing.T) {
	ctx := context.Background()
	all, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances := []int{43}
	if *long.Tests {
		instances = []int{43, 74, 124, 136, 167, 218}
	}
	certified, refused, turns := 0, 0, 0
	for _, c := range []struct{ rate, gain *big.Rat }{
		{big.NewRat(1, 3), big.NewRat(1, 2)}, {big.NewRat(3, 1), big.NewRat(1, 2)},
		{big.NewRat(1, 1), big.NewRat(2, 1)}, {big.NewRat(2, 7), big.NewRat(1, 4)},
	} {
		for _, i := range instances {
			s, err := all[i].Step(1)
			if err != nil {
				continue
			}
			u, err := theory.UnevenOf(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			p := OvershootProblem{Steps: []*theory.Uneven{u}, Alpha: big.NewRat(1, 1), Gain: c.gain, Rate: c.rate}
			o, err := DecideOvershoot(ctx, p)
			if open := (*UndecidedError)(nil); errors.As(err, &open) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if o.Turning != TurnLogit || !o.Rises || o.End[0] == nil {
				continue
			}
			turns++
			text := cert.Certificate{Claim: "A6-overshoot", Loss: "coconut", Alpha: p.Alpha, Gain: p.Gain}
			text.Graph, _ = withLabel(s)
			if c.rate.Cmp(big.NewRat(1, 1)) != 0 {
				text.Rate = c.rate
			}
			if err := fillOvershoot(ctx, p, o, &text); err != nil {
				t.Logf("rate %v, gain %v: %v", c.rate, c.gain, err)
				continue
			}
			if err := new(cert.Checker).Accept(text); err != nil {
				t.Error(err)
			}
			certified++
			for _, rate := range []*big.Rat{big.NewRat(1, 50), big.NewRat(50, 1)} {
				text.Rate = rate
				if err := new(cert.Checker).Accept(text); err != nil {
					refused++
				}
			}
		}
	}
	t.Logf("%d of %d turns have certificates, %d refused at other rates", certified, turns, refused)
	if certified < 4 || certified < turns*3/4 || refused != 2*certified {
		t.Errorf("%d of %d turns have certificates, %d refused at other rates", certified, turns, refused)
	}
}
