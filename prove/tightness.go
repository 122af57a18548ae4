package prove

import (
	"context"
	"math/big"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Tightness says how far an inequality of the theory is from being attained
// over all instances and times that were tried. Share is the enclosure of
// lesser side over greater side, at most 1; 1 means equality.
type Tightness struct {
	Claim      string  `json:"claim"`
	Inequality string  `json:"inequality"`
	Tried      int     `json:"tried"`
	Undecided  int     `json:"undecided"`          // where the flow could not be enclosed
	Loosest    *Number `json:"loosest,omitempty"`  // the smallest share
	Tightest   *Number `json:"tightest,omitempty"` // the largest share
	Instance   int     `json:"instance"`           // where the tightest was
	Step       int     `json:"step"`
	Time       string  `json:"time,omitempty"`
	// Constant is how the constant may still be changed: multiplied by Factor,
	// the inequality holds wherever it was tried, and nothing beyond does.
	Constant string  `json:"constant"`
	Factor   *Number `json:"factor,omitempty"`
}

// An Inequality is what a claim says of some number, to be compared with what
// the number is.
type Inequality struct {
	Text     string
	Constant string // that it rests on, and which way it would be better
	Smallest bool   // of the factors that samples allow, the smallest one counts
	// Samples compares at some times, or once, where the premise holds.
	Samples func(context.Context, *Subject) ([]Sample, error)
}

// A Sample is the share of the greater side that the lesser side makes up and
// the factor that the constant still allows, both nil if they could not be
// enclosed.
type Sample struct {
	Time          string
	Share, Factor *ball.Ball
}

// tightnessPrecision is the working precision in bits, tightnessDigits what is
// kept.
const (
	tightnessPrecision = 160
	tightnessDigits    = 8
)

func quotient(x, y *ball.Ball) *ball.Ball { return ball.New(tightnessPrecision).Quo(x, y) }

// TightnessOf encloses for each inequality the share of its greater side that
// its lesser side makes up, on every instance and step and at several times:
// Theorem 1(a) at t = 1, 10², 10⁴, 10⁶; the rate at κvt = 1/10, 1, 5; the
// error of Theorem 3 at log(1+t) = 1, 8 for walk weights of logit 1.
// Encloses the exact values.
// theory.md sections 3 and 5.
func TightnessOf(ctx context.Context, instances []graph.Instance, alpha *big.Rat, jobs int, progress runlog.Progress) ([]Tightness, error) {
	claims := claimsWith(func(c *Claim) bool { return c.Inequality != nil })
	type place struct {
		Where
		unit    Unit
		profile *theory.Profile
	}
	var places []place
	seen := map[string]bool{}
	for i, s := range graph.StepsOf(instances, -1) {
		if p := theory.ProfileOf(s); !seen[p.Key()] { // equal profiles give equal shares
			seen[p.Key()] = true
			places = append(places, place{Where{Place(i), s.C}, OnProfile, p})
		}
	}
	for i := range instances { // the prediction stage
		places = append(places, place{Where{Place(i), instances[i].Steps()}, OnThoughts, nil})
	}
	all, err := runlog.Map(ctx, len(places), jobs, progress, func(ctx context.Context, i int) ([][]Sample, error) {
		at := places[i]
		e := &Subject{Where: at.Where, Profile: at.profile, Input: &instances[at.Instance], Alpha: alpha, Logit: big.NewRat(1, 1), Digits: 30}
		out := make([][]Sample, len(claims))
		for k, c := range claims {
			if c.Unit != at.unit {
				continue
			}
			reason, err := c.Premise(ctx, e)
			if err == nil && reason == "" {
				out[k], err = c.Inequality.Samples(ctx, e)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				out[k] = []Sample{{}}
			}
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	var out []Tightness
	for k, c := range claims {
		t := Tightness{Claim: c.ID, Inequality: c.Inequality.Text, Constant: c.Inequality.Constant}
		var loosest, tightest, factor *ball.Ball
		for i, samples := range all {
			for _, s := range samples[k] {
				if s.Share == nil || !s.Share.IsFinite() || !s.Factor.IsFinite() {
					t.Undecided++
					continue
				}
				t.Tried++
				if loosest == nil || s.Share.Lower().Cmp(loosest.Lower()) < 0 {
					loosest = s.Share
				}
				if tightest == nil || s.Share.Upper().Cmp(tightest.Upper()) > 0 {
					tightest = s.Share
					t.Instance, t.Step, t.Time = int(places[i].Instance), places[i].Step, s.Time
				}
				if factor == nil || c.Inequality.Smallest == (s.Factor.Mid().Cmp(factor.Mid()) < 0) {
					factor = s.Factor
				}
			}
		}
		if t.Tried == 0 {
			if t.Undecided > 0 {
				out = append(out, t)
			}
			continue
		}
		t.Loosest, t.Tightest, t.Factor = new(Enclose(loosest, tightnessDigits)), new(Enclose(tightest, tightnessDigits)), new(Enclose(factor, tightnessDigits))
		out = append(out, t)
	}
	return out, nil
}
