package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/elementary"
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// spreadingWindow is T1a-window: theory.md section 4.
var spreadingWindow = windowed(bfsOnly, &Claim{
	ID: "T1a-window", Theorem: "Theorem 1(a)",
	Statement: "The premise of T1a, μ(0) = 0 and N_{c+1} ≠ N_c: after a step from uniform weights max β/min β ≤ 2 + 2d_max over N_{c+1} exactly if μ_1 ≤ μ ≤ μ_2, with rational 0 < μ_1 ≤ 1/2 and μ_2 ≥ 2, so exactly if the stage is stopped at a time from T_1 to T_2; T_2 = ∞ iff μ_2 = ∞.",
	LaTeX:     `\frac{\max_{v \in \mathcal{N}_{c+1}} \beta_v(t)}{\min_{v \in \mathcal{N}_{c+1}} \beta_v(t)} \le 2 + 2 d_{\max} \iff T_1 \le t \le T_2,\qquad \mu(T_i) = \mu_i`,
})

// boundedWindow is T1b-window: theory.md section 4.
var boundedWindow = windowed(coconutOnly, &Claim{
	ID: "T1b-window", Theorem: "Theorem 1(b)",
	Statement: "Under the Coconut loss, μ(0) = 0, d* > F(0) and N_{c+1} ≠ N_c: after a step from uniform weights max β/min β ≤ 2 + 2d_max over N_{c+1} exactly if μ_1 ≤ μ ≤ μ_2, with rational 0 < μ_1 ≤ 1/2 and μ_2 ≥ 2, so exactly if the stage is stopped at a time from T_1 to T_2; T_1 = ∞ iff μ* ≤ μ_1, T_2 = ∞ iff μ* ≤ μ_2, μ* = ∞ where d* = d_max.",
	LaTeX:     `\frac{\max_{v \in \mathcal{N}_{c+1}} \beta_v(t)}{\min_{v \in \mathcal{N}_{c+1}} \beta_v(t)} \le 2 + 2 d_{\max} \iff T_1 \le t \le T_2,\qquad T_i = \infty \iff \mu^* \le \mu_i`,
})

// windowed completes a claim about when to stop a stage.
func windowed(losses []theory.Loss, c *Claim) *Claim {
	loss := losses[0]
	c.Number, c.Unit, c.Losses, c.Command, c.Drops = Stages, OnStep, losses, "verify theorem stages", "A8"
	c.Assumptions = reducedFlow("A5", map[theory.Loss]string{theory.Coconut: "A10", theory.CoconutBFS: "A11"}[loss])
	c.Proof = "the ratio of two weights a + μd is at most ρ on a half-line of μ: rational ends; the flow passes them at times given by its elementary solution"
	c.Premise = func(ctx context.Context, e *Subject) (string, error) {
		_, p, reason, err := e.labelled(loss)
		if err != nil || reason != "" {
			return reason, err
		}
		if _, below := p.Collapses(); !below {
			return "N_{c+1} = N_c", nil
		}
		if loss == theory.CoconutBFS {
			return spreading.premise(ctx, &Subject{Profile: p, Alpha: e.Alpha})
		}
		sign, err := StartSign(p, e.Alpha)
		if err != nil {
			return "", &UndecidedError{err}
		}
		if sign <= 0 {
			return "A10 fails: d* ≤ F(0)", nil
		}
		return "", nil
	}
	c.Decide = func(ctx context.Context, e *Subject) (Result, error) {
		_, p, _, err := e.labelled(loss)
		if err != nil {
			return Result{}, err
		}
		w, err := WindowOf(ctx, p, loss, e.Alpha, widest(p), e.Digits)
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		out := Result{Verdict: theory.Proved, Values: map[string]Number{"ratio": Exact(w.Ratio, e.Digits), "first": Exact(w.First, e.Digits)}}
		if w.Last != nil {
			out.Values["last"] = Exact(w.Last, e.Digits)
		}
		for name, t := range map[string]*ball.Ball{"from": w.From, "until": w.Until} {
			if t != nil {
				out.Values[name] = Enclose(t, e.Digits)
			}
		}
		switch {
		case w.From == nil:
			out.Reason = "μ(t) stays below μ_1: no time is late enough"
		case w.Until == nil:
			out.Reason = "from T_1 on: μ(t) stays below μ_2, no time is too late"
		default:
			out.Reason = "from T_1 to T_2: the stage has to be stopped"
		}
		return out, nil
	}
	c.Certificate = &CertificateForm{
		About: func(e *Subject, out *cert.Certificate) error {
			s, p, _, err := e.labelled(loss)
			if err != nil {
				return err
			}
			if c.aboutProfile(p, e.Alpha, out); loss == theory.Coconut {
				out.Graph, _ = withLabel(s)
			} else {
				out.Graph, _ = graphOf(e.Input, e.Step)
			}
			return nil
		},
		Fill: func(ctx context.Context, e *Subject, out *cert.Certificate) error {
			_, p, _, err := e.labelled(loss)
			if err != nil {
				return err
			}
			w, rational, err := windowEnds(p, loss, e.Alpha, widest(p))
			if err != nil {
				return err
			}
			reached := [2]bool{}
			for i, mu := range []*big.Rat{w.First, w.Last} {
				if mu == nil || i == 1 && !reached[0] {
					break
				}
				if reached[i], err = passes(ctx, p, loss, rational, e.Alpha, mu); err != nil {
					return err
				}
			}
			out.Status = map[[2]bool]string{{}: "never", {true, false}: "from", {true, true}: "between"}[reached]
			out.Exact = map[string]*big.Rat{"ratio": w.Ratio, "first": w.First}
			if w.Last != nil {
				out.Exact["last"] = w.Last
			}
			return nil
		},
	}
	return c
}

// widest is the ratio 2 + 2d_max of both claims.
func widest(p *theory.Profile) *big.Rat { return big.NewRat(int64(2*p.MaxDegree()+2), 1) }

// A Window is when a stage has to be stopped so that the weights after its step
// are comparable.
type Window struct {
	Ratio       *big.Rat   // ρ: max β/min β ≤ ρ over N_{c+1} exactly if First ≤ μ ≤ Last
	First, Last *big.Rat   // μ_1 and μ_2, Last nil for ∞
	From, Until *ball.Ball // T_1 and T_2, nil for ∞
}

// WindowOf encloses when the flow of a profile from 0 upward is where the weights
// after a step from uniform ones are within a ratio ρ ≥ 1 + d_max of each other.
//
//	a_v + μ d_v ≤ ρ(a_w + μ d_w)  for all v, w in N_{c+1}
//
// The flow must rise, and some vertex be newly reached.
// Encloses the exact values.
// theory.md section 4.
func WindowOf(ctx context.Context, p *theory.Profile, loss theory.Loss, alpha, ratio *big.Rat, digits int) (*Window, error) {
	out, rational, err := windowEnds(p, loss, alpha, ratio)
	if err != nil {
		return nil, err
	}
	problem, err := ElementaryProblem(rational, new(big.Rat))
	if err != nil {
		return nil, err
	}
	bits := ball.Bits(digits) + 8
	problem.Bits = bits
	solver, err := elementary.New(ctx, problem)
	if err != nil {
		return nil, undecidedFlow(err)
	}
	for i, mu := range []*big.Rat{out.First, out.Last} {
		if mu == nil {
			continue
		}
		if passed, err := passes(ctx, p, loss, rational, alpha, mu); err != nil || !passed {
			return out, err
		}
		t, err := solver.Time(ctx, func(precision uint) *ball.Ball {
			u := reduced.Sigma(alpha, p.K, precision)
			return u.Exp(u.MulRat(u, mu))
		}, bits)
		if err != nil {
			return nil, undecidedFlow(err)
		}
		if i == 0 {
			out.From = t
		} else {
			out.Until = t
		}
	}
	return out, nil
}

// windowEnds returns the ratio and both ends of the window in μ, with the flow.
func windowEnds(p *theory.Profile, loss theory.Loss, alpha, ratio *big.Rat) (*Window, *theory.RationalFlow, error) {
	if ratio.Cmp(big.NewRat(int64(p.MaxDegree()+1), 1)) < 0 {
		return nil, nil, fmt.Errorf("ratio %s, expected at least 1 + d_max = %d", ratio.RatString(), p.MaxDegree()+1)
	}
	out := &Window{Ratio: ratio}
	out.First, out.Last = ComparableLogits(p, ratio)
	family, err := p.Family(loss, alpha)
	if err != nil {
		return nil, nil, err
	}
	rational, err := family.Rational()
	return out, rational, err
}

// ComparableLogits returns the logits μ ≥ 0 between which one step from uniform
// weights leaves those of N_{c+1} within a ratio ρ of each other; last is nil for
// ∞. Some vertex must be newly reached, and ρ ≥ 1 + d_max.
func ComparableLogits(p *theory.Profile, ratio *big.Rat) (first, last *big.Rat) {
	first = new(big.Rat)
	for _, v := range p.Classes {
		for _, w := range p.Classes {
			if v.Weightless() || w.Weightless() {
				continue
			}
			slope := new(big.Rat).Mul(ratio, big.NewRat(int64(w.Degree), 1)) // ρ d_w − d_v
			slope.Sub(slope, big.NewRat(int64(v.Degree), 1))
			least := new(big.Rat) // a_v − ρ a_w
			if v.InSet {
				least.SetInt64(1)
			}
			if w.InSet {
				least.Sub(least, ratio)
			}
			end := least
			if slope.Sign() != 0 {
				end = new(big.Rat).Quo(least, slope)
			}
			switch {
			case slope.Sign() > 0 && end.Cmp(first) > 0:
				first = end
			case slope.Sign() < 0 && (last == nil || end.Cmp(last) < 0):
				last = end
			}
		}
	}
	return first, last
}

// passes decides whether a flow that rises from 0 reaches μ > 0: whether μ is below
// its limit.
func passes(ctx context.Context, p *theory.Profile, loss theory.Loss, r *theory.RationalFlow, alpha, mu *big.Rat) (bool, error) {
	if p.Certify(loss).Limit() != theory.FiniteLimit {
		return true, nil
	}
	if r.Stationary(mu) {
		return false, nil
	}
	for digits := 10; digits <= 1000; digits *= 4 {
		rest, err := EquilibriumOf(ctx, p, alpha, digits)
		if err != nil {
			return false, err
		}
		if sign, ok := ball.New(rest.Mu.Prec()).Sub(rest.Mu, ball.New(rest.Mu.Prec()).SetRat(mu)).Sign(); ok {
			return sign > 0, nil
		}
	}
	return false, fmt.Errorf("%w: μ* beside %s", ErrDigits, mu.RatString())
}
