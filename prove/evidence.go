package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"muflow/internal/portable"
	"slices"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// supportForm holds the distances from the root, which are all that Theorem 2
// says of a graph.
var supportForm = &CertificateForm{
	About: func(e *Subject, c *cert.Certificate) error {
		c.Graph, _ = graphOf(e.Input, e.Step)
		return nil
	},
	Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
		c.Hops = e.Input.Graph.Distances(e.Input.Root)
		return nil
	},
}

// candidates returns a graph with both candidates of the prediction stage.
func candidates(in *graph.Instance, thoughts int) cert.Graph {
	g, _ := graphOf(in, thoughts)
	g.Target, g.Other = new(in.Target), new(in.Other)
	return *g
}

// aboutThoughts is Theorem 3 on one instance, for both kinds of weights.
func aboutThoughts(e *Subject, c *cert.Certificate) error {
	c.Logit, c.Graph = e.Logit, new(candidates(e.Input, e.Step))
	return nil
}

// exactly sets numbers about both kinds of weights.
func exactly(c *cert.Certificate, numbers func(kind int) (map[string]*big.Rat, error)) error {
	c.Exact = map[string]*big.Rat{}
	for kind, prefix := range walks {
		all, err := numbers(kind)
		if err != nil {
			return err
		}
		for name, x := range all {
			c.Exact[prefix+name] = x
		}
	}
	return nil
}

// signedSquare returns x·|x|.
func signedSquare(x theory.Surd) *big.Rat {
	return new(big.Rat).Mul(x.Square(), big.NewRat(int64(x.Sign()), 1))
}

// onPrediction is the form of a claim whose numbers are those of a prediction stage.
func onPrediction(numbers func(p *theory.Prediction) (map[string]*big.Rat, error)) *CertificateForm {
	return &CertificateForm{
		About: aboutThoughts,
		Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
			return exactly(c, func(kind int) (map[string]*big.Rat, error) {
				s, err := e.stage(kind)
				if err != nil {
					return nil, err
				}
				return numbers(s.prediction)
			})
		},
	}
}

// directionForm holds the squares of the limits of μ_R/μ_A.
var directionForm = onPrediction(func(p *theory.Prediction) (map[string]*big.Rat, error) {
	return map[string]*big.Rat{"ratio": theory.NewSurd(p.Others[0], p.Square).Square()}, nil
})

// answerForm holds a time from which the target leads, and the length g of the
// comparison direction that proves it (see AnswerBounds).
var answerForm = onPrediction(func(p *theory.Prediction) (map[string]*big.Rat, error) {
	gain, time := leadTime(p)
	if time == nil {
		return nil, fmt.Errorf("no time was found from which the target leads")
	}
	return map[string]*big.Rat{"gain": gain, "time": new(big.Rat).SetInt(time)}, nil
})

// sharpForm holds the squares of n λ* − Σ λ_v with their signs.
var sharpForm = onPrediction(func(p *theory.Prediction) (map[string]*big.Rat, error) {
	return map[string]*big.Rat{"head": signedSquare(theory.NewSurd(p.Head(), p.Square))}, nil
})

// leadTime returns the least integer T, of 64 bits before zeros, with
//
//	(n−1) e^(−g) + g²(square + M²)/(2T w²) < 0.693147 < log 2
//
// over g in eighths, and that g; w and M are the weights of the target and of the
// heaviest other vertex.
func leadTime(p *theory.Prediction) (gain *big.Rat, time *big.Int) {
	norm := new(big.Rat).Mul(p.Others[0], p.Others[0]) // ‖ŵ‖²/2
	norm.Add(norm, p.Square).Quo(norm, new(big.Rat).Mul(p.Target, p.Target)).Quo(norm, big.NewRat(2, 1))
	precision := uint(256 + norm.Num().BitLen())
	rest := int64(p.Order() - 1)
	first := int64(8*portable.Log(float64(rest)/0.693147)) + 1
	for k := max(first, 1); k < first+40; k++ {
		g := big.NewRat(k, 8)
		room := ball.New(precision).SetRat(new(big.Rat).Neg(g))
		room.MulInt64(room.Exp(room), rest)
		room.Sub(ball.New(precision).SetRat(big.NewRat(693147, 1_000_000)), room)
		if sign, ok := room.Sign(); !ok || sign <= 0 {
			continue
		}
		least := ball.New(precision).SetRat(new(big.Rat).Mul(norm, new(big.Rat).Mul(g, g)))
		t := floor(least.Quo(least, room).Mid(), 0)
		zeros := uint(max(0, t.BitLen()-64))
		t.Lsh(t.Add(t.Rsh(t, zeros), big.NewInt(1)), zeros)
		if time == nil || t.Cmp(time) < 0 {
			gain, time = g, t
		}
	}
	return gain, time
}

// sharedDirectionForm holds the squares of m and Δ, with the sign of Δ.
var sharedDirectionForm = &CertificateForm{
	About: func(e *Subject, c *cert.Certificate) error {
		cohort, err := e.cohort(0)
		if err != nil {
			return err
		}
		c.Logit = e.Logit
		for _, i := range cohort.Instances {
			c.Graphs = append(c.Graphs, candidates(&e.Instances[i], e.Step))
		}
		return nil
	},
	Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
		return exactly(c, func(kind int) (map[string]*big.Rat, error) {
			cohort, err := e.cohort(kind)
			if err != nil {
				return nil, err
			}
			limit, err := theory.AnswerLimitOf(cohort.Predictions)
			if err != nil {
				return nil, err
			}
			return map[string]*big.Rat{"least": signedSquare(limit.Least), "excess": signedSquare(limit.Excess)}, nil
		})
	},
}

// besideTheorems are the claims of other commands than verify theorem that have
// certificates, in the form of claims.
var besideTheorems = []*Claim{separation, sharedSeparation, sharedLimit}

// separation is what OverlapsOf decides of one instance. theory.md section 6.
var separation = &Claim{
	Unit: OnStep, ID: "overlap", Losses: coconutOnly,
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		s, err := e.Label.Step(e.Input, e.Step)
		if errors.Is(err, graph.ErrNoLabel) {
			return "A19 fails: " + err.Error(), nil
		}
		if err != nil {
			return "", err
		}
		return someRoom(ctx, &Subject{Profile: theory.ProfileOf(s)})
	},
	Certificate: &CertificateForm{
		About: aboutStep,
		Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
			s, err := e.Label.Step(e.Input, e.Step)
			if err != nil {
				return err
			}
			return fillSeparation([]graph.Step{s}, c)
		},
	},
}

// sharedSeparation is what OverlapsOf decides of all instances together.
// theory.md section 6.
var sharedSeparation = &Claim{
	Unit: OnPopulation, ID: "overlap", Losses: coconutOnly, Premise: someStep,
	Certificate: &CertificateForm{
		About: aboutSteps,
		Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
			return fillSeparation(e.steps(), c)
		},
	},
}

// sharedLimit is what PopulationOf decides with a diagonal score matrix.
// theory.md section 3.
var sharedLimit = &Claim{
	Unit: OnPopulation, ID: "population", Losses: coconutOnly, Premise: someStep,
	Certificate: &CertificateForm{
		About: aboutSteps,
		Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
			var profiles []*theory.Profile
			for _, s := range e.steps() {
				profiles = append(profiles, theory.ProfileOf(s))
			}
			c.Status = theory.SharedLimit(profiles, new(big.Rat)).String()
			return nil
		},
		Numbers: []CertifiedNumber{onGrid("mu", func(ctx context.Context, e *Subject, bits uint) (*ball.Ball, error) {
			if bits > 200 { // one enclosure costs all instances
				return nil, fmt.Errorf("%d bits, expected at most 200", bits)
			}
			p, err := SharedPopulation(ctx, e.Instances, Sharing{Steps: []int{e.Step}, Label: e.Label, Alpha: e.Alpha}, int(bits)/3+5)
			if err != nil {
				return nil, err
			}
			if p.Limit != theory.FiniteLimit {
				return nil, fmt.Errorf("no finite limit")
			}
			return p.Theta[0], nil
		})},
	},
}

// steps lists the steps of all instances that have it.
func (e *Subject) steps() (out []graph.Step) {
	for _, s := range e.Label.StepsOf(e.Instances, e.Step) {
		out = append(out, s)
	}
	return out
}

func someStep(_ context.Context, e *Subject) (string, error) {
	if len(e.steps()) == 0 {
		return "no instance has the step", nil
	}
	return "", nil
}

func aboutSteps(e *Subject, c *cert.Certificate) error {
	if c.Claim == "population" { // with numbers
		c.Alpha = e.Alpha
	}
	for _, s := range e.steps() {
		g, _ := withLabel(s)
		c.Graphs = append(c.Graphs, *g)
	}
	return nil
}

// fillSeparation adds the kind of separation of some steps together, and both
// vectors that prove it: the multipliers are by the different contrasts in
// ascending order.
func fillSeparation(steps []graph.Step, c *cert.Certificate) error {
	var all different
	for _, s := range steps {
		family, err := theory.FullFamily(s, theory.Coconut, big.NewRat(1, 1))
		if err != nil {
			return err
		}
		contrasts, err := family.Contrasts()
		if err != nil {
			return err
		}
		all.add(contrasts)
	}
	slices.SortFunc(all.list, slices.Compare[[]int])
	return fillDecomposition(all.list, c)
}

// fillDecomposition adds the kind of separation of contrasts in ascending order
// and both vectors that prove it.
func fillDecomposition(contrasts [][]int, c *cert.Certificate) error {
	d, err := theory.Separate(theory.Vectors(contrasts))
	if err != nil {
		return err
	}
	c.Status, c.Direction, c.Multipliers = d.Kind.String(), d.Direction, nil
	if len(contrasts) == 0 {
		c.Direction = []*big.Int{new(big.Int), new(big.Int)}
	}
	if len(d.Multipliers) > 0 {
		c.Multipliers = theory.Primitive(d.Multipliers)
	}
	return nil
}
