package prove

import (
	"context"
	"fmt"

	"muflow/theory"
)

// atEnd is the premise that d* is the largest or the least in-degree, and not
// both.
func atEnd(ctx context.Context, e *Subject) (string, error) {
	reason, err := someRoom(ctx, e)
	switch {
	case err != nil:
		return "", err
	case e.Unlabeled:
		return reason, nil
	case reason == "":
		return "A9 holds: d_min < d* < d_max", nil
	case e.Profile.MinDegree() == e.Profile.MaxDegree():
		return "all d_v are equal", nil
	}
	return "", nil
}

// leaving is the pace of a logit under Coconut that has no equilibrium.
var leaving = &pace{theory.Coconut, "T1b-diverges", atEnd, func(p *theory.Profile) int {
	w := p.Weights()
	if last := len(w) - 1; w[last].Degree == p.TargetDegree.Num {
		return w[last].Degree - w[last-1].Degree
	}
	return w[0].Degree - w[1].Degree
}, "|μ(t)|", "g"}

// departure is T1b-diverges: theory.md section 3.
var departure = &Claim{
	ID: "T1b-diverges", Theorem: "Theorem 1(b)",
	Statement:   "If d_min < d* = d_max, then under the Coconut loss μ(t) → +∞; if d_min = d* < d_max, μ(t) → −∞; both from any start.",
	LaTeX:       `d_{\min} < d^* = d_{\max} \;\Longrightarrow\; \lim_{t\to\infty}\mu(t) = +\infty,\quad d_{\min} = d^* < d_{\max} \;\Longrightarrow\; \lim_{t\to\infty}\mu(t) = -\infty`,
	Assumptions: reducedFlow("A19"),
	Formal:      []string{"T1b_up", "T1b_down"},
	Rocq:        true,
	Proof:       "sign certificate: no coefficient of R has the other sign, so that y' has one sign at all y > 0 and no zero",
	Command:     "verify theorem 1",
	Number:      1, Unit: OnProfile, Losses: coconutOnly, Premise: atEnd,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		signs := e.Profile.Certify(theory.Coconut)
		where := "+∞"
		if leaving.gap(e.Profile) < 0 {
			where = "−∞"
		}
		if limit := signs.Limit(); limit != theory.PlusInfinity && limit != theory.MinusInfinity || (limit == theory.PlusInfinity) != (where == "+∞") {
			return Result{}, fmt.Errorf("sign certificate %v does not fit its premise", signs)
		}
		return Result{Verdict: theory.Proved, Reason: "μ(t) → " + where + ", signs of R: " + signs.String()}, nil
	},
	Certificate: &CertificateForm{},
}

// slowest is T1b-diverges-lower: theory.md section 3.
var slowest = leaving.bound(lowerSide, &Claim{
	ID: "T1b-diverges-lower", Theorem: "Theorem 1(b)",
	Assumptions: reducedFlow("A5", "A19"),
	Statement:   "The same premise and μ(0) = 0, g the distance from d* to the nearest other in-degree d': |μ(t)| ≥ log(1 + b_lo t)/(αs g) for all t ≥ 0.",
	LaTeX:       `|\mu(t)| \ge \frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, g},\quad b_{\mathrm{lo}} = \frac{\alpha^2 s^2 g^2\, W_{d'}}{n\, Z(0)},\quad g = |d^* - d'|`,
	Formal:      []string{"T1b_up_bounds", "T1b_down_bounds"},
	Rocq:        true,
	Proof:       "(y^{±g})' ≥ b_lo on the path, y ≥ 1 upwards and y ≤ 1 downwards: |R| ≥ g W_{d'} y^{d'} and Q ≤ Q(1) y^{d*}",
	Margin:      &MarginForm{Name: "b_lo", Value: "b_lo"},
}, "on the path |R| ≥ g·W_{d'}·y^{d'} and Q ≤ Q(1)·y^{d*}, so that (y^{±g})' ≥ b_lo")

// fastest is T1b-diverges-upper: theory.md section 3.
var fastest = leaving.bound(upperSide, &Claim{
	ID: "T1b-diverges-upper", Theorem: "Theorem 1(b)",
	Assumptions: reducedFlow("A5", "A19"),
	Statement:   "The same: |μ(t)| ≤ log(1 + b_hi t)/(αs g) for all t ≥ 0.",
	LaTeX:       `|\mu(t)| \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, g},\quad b_{\mathrm{hi}} = \frac{\alpha^2 s^2 g \sum_d |d^* - d|\, W_d}{n\, W_{d^*}}`,
	Formal:      []string{"T1b_up_bounds", "T1b_down_bounds"},
	Rocq:        true,
	Proof:       "(y^{±g})' ≤ b_hi on the path: |R| ≤ |R(1)| y^{d'} and Q ≥ W_{d*} y^{d*}",
	Chart: &Chart{Name: "divergence", Title: "Bounds under Coconut without an equilibrium", Label: "b_hi/b_lo", Value: "b_hi", Over: "b_lo",
		Caption: "Part of the instances whose two constants have at most this ratio; at 1 the two bounds would meet."},
}, "on the path |R| ≤ |R(1)|·y^{d'} and Q ≥ W_{d*}·y^{d*}, so that (y^{±g})' ≤ b_hi")
