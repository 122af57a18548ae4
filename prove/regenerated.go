package prove

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// regenerated is A5-regenerated: theory.md section 4.
var regenerated = &Claim{
	ID: "A5-regenerated", Theorem: "Curriculum",
	Statement:   "Thoughts generated anew with the present logit, of unit or free norm, c ≥ 1, and no label that is a child of the root, which has one: from μ(0) = 0 the logit falls, and μ(t) < 0 for all t > 0.",
	LaTeX:       `c \ge 1,\ \mu(0) = 0,\ r \not\to p \;\Longrightarrow\; \mu'(0) = -\frac{\alpha}{n}\cdot\frac{m}{n - 1 + e^{\alpha}} < 0,\quad \mu(t) < 0 \text{ for all } t > 0`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A12", "A14", "A15", "A18", "A19"},
	Proof:       "at μ = 0 the thought is the root, whatever c: b_v = 1 at its m children and 0 elsewhere, so that b_p − E[b] = −m/(n − 1 + e^α), and a return to 0 would need a drift ≥ 0 there",
	Command:     "verify theorem stages",
	Number:      Stages, Unit: OnStep, Losses: coconutOnly, Drops: "A8",
	Premise: func(_ context.Context, e *Subject) (string, error) {
		s, _, reason, err := e.labelled(theory.Coconut)
		switch children := e.Input.Graph.Out(e.Input.Root); {
		case err != nil || reason != "":
			return reason, err
		case e.Step == 0:
			return "c = 0: no thought is generated", nil
		case len(children) == 0:
			return "the root has no child", nil
		default:
			for _, v := range s.Labels() {
				for _, w := range children {
					if v == w {
						return fmt.Sprintf("label %d is a child of the root", v), nil
					}
				}
			}
			return "", nil
		}
	},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		precision := ball.Bits(e.Digits) + 32
		drift := e.fall(precision)
		return Result{Verdict: theory.Proved, Values: map[string]Number{"drift": Enclose(drift.Neg(drift), e.Digits)},
			Reason: "μ'(0) < 0: only a start above 0, such as a logit carried over, can rise"}, nil
	},
	Certificate: &CertificateForm{
		About: func(e *Subject, c *cert.Certificate) error {
			c.Alpha = e.Alpha
			return aboutStep(e, c)
		},
		Numbers: []CertifiedNumber{onGrid("fall", func(_ context.Context, e *Subject, bits uint) (*ball.Ball, error) { return e.fall(bits), nil })},
	},
}

// fall is −μ'(0) with thoughts generated anew, (α/n)·m/(n − 1 + e^α), m the number of
// children of the root.
func (e *Subject) fall(precision uint) *ball.Ball {
	n, children := int64(e.Input.Graph.Order()), int64(len(e.Input.Graph.Out(e.Input.Root)))
	slope := ball.New(precision).SetRat(e.Alpha)
	slope.Exp(slope)
	slope.AddInt64(slope, n-1)
	out := ball.New(precision).SetRat(new(big.Rat).Mul(e.Alpha, big.NewRat(children, n)))
	return out.Quo(out, slope)
}

// regeneratedFar is A8-regenerated: theory.md section 4.
var regeneratedFar = &Claim{
	ID: "A8-regenerated", Theorem: "Curriculum",
	Statement:   "Thoughts generated anew with the present logit, of unit or free norm, and w(v) the number of walks of c + 1 edges from the root to v: for all large μ the drift is negative if the mean of w over the labels is less than max w, so that no start grows without bound, and positive if one label alone has the largest w, so that every start from some logit on does.",
	LaTeX:       `w = (A^{\top})^{c+1} e_r:\quad \mathbb{E}_q[w] < \max_v w_v \;\Longrightarrow\; \mu' < 0,\qquad w_p > w_v \text{ for all } v \ne p \;\Longrightarrow\; \mu' > 0,\qquad \text{for all large } \mu`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A6", "A7", "A12", "A14", "A15", "A18", "A19"},
	Proof:       "b_v = Σ_j C(c,j) μ^j w_{j+1}(v) over a norm: for large μ the softmax is that of αμb, which goes to the largest w; integers decide",
	Command:     "verify theorem stages",
	Number:      Stages, Unit: OnStep, Losses: coconutOnly, Drops: "A8",
	Premise: func(_ context.Context, e *Subject) (string, error) {
		_, _, reason, err := e.labelled(theory.Coconut)
		if err != nil || reason != "" {
			return reason, err
		}
		far, err := e.farDrift()
		if err == nil && far.sign == 0 {
			reason = fmt.Sprintf("a tie: %v walks of %d edges to each label and to other vertices", far.most, e.Step+1)
		}
		return reason, err
	},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		far, err := e.farDrift()
		if err != nil {
			return Result{}, err
		}
		return Result{Verdict: theory.Proved, Values: map[string]Number{"walks": Exact(far.label, e.Digits), "most_walks": Exact(new(big.Rat).SetInt(far.most), e.Digits)},
			Reason: map[int]string{-1: "μ' < 0 for all large μ: bounded above from every start", 1: "μ' > 0 for all large μ: unbounded from some start on"}[far.sign]}, nil
	},
	Certificate: &CertificateForm{
		About: aboutStep,
		Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
			far, err := e.farDrift()
			if err == nil {
				c.Status = map[int]string{-1: "bounded", 1: "unbounded"}[far.sign]
				c.Exact = map[string]*big.Rat{"walks": far.label, "most_walks": new(big.Rat).SetInt(far.most)}
			}
			return err
		},
	},
}

// A farDrift is the sign of the drift with thoughts generated anew for all large
// μ, 0 where walks of c+1 edges do not decide it.
type farDrift struct {
	sign  int
	label *big.Rat // mean number of walks to the labels
	most  *big.Int // to any vertex
}

func (e *Subject) farDrift() (*farDrift, error) {
	s, _, _, err := e.labelled(theory.Coconut)
	if err != nil {
		return nil, err
	}
	walks := theory.OneWalk(e.Input.Graph, e.Input.Root)
	for range e.Step + 1 {
		walks = theory.LongerWalks(e.Input.Graph, walks)
	}
	out := &farDrift{label: new(big.Rat), most: slices.MaxFunc(walks, (*big.Int).Cmp)}
	attained := 0
	for _, w := range walks {
		count(&attained, w.Cmp(out.most) == 0)
	}
	for _, v := range s.Labels() {
		out.label.Add(out.label, new(big.Rat).SetFrac(walks[v], big.NewInt(int64(len(s.Labels())))))
	}
	if out.sign = out.label.Cmp(new(big.Rat).SetInt(out.most)); out.sign == 0 && attained == 1 {
		out.sign = 1
	}
	return out, nil
}
