package hunt

import (
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// carryNumbers are those of Coconut-BFS with a trained carry-over, from (μ(0), ω(0)) =
// (origin, carry), with μ pace times as fast as ω.
var carryNumbers = []number{
	{name: "carry", meaning: "start ω(0) of a trained carry-over", value: given("carry")},
	{name: "pace", meaning: "r, the rate of μ over that of a trained carry-over", value: given("pace")},
	{name: "mutrained", meaning: "μ(t) under Coconut-BFS with a trained carry-over", behind: carryAtTime, guessed: true, value: trained(0)},
	{name: "omega", meaning: "ω(t)", behind: carryAtTime, guessed: true, value: trained(1)},
	{name: "cslope", meaning: "r F_N of A18-later", behind: carryStart, value: beside(func(x *prove.CarryNumbers) *ball.Ball { return x.Slope })},
	{name: "cpower", meaning: "D of A18-lower", behind: carryStart, value: beside(func(x *prove.CarryNumbers) *ball.Ball { return x.Power })},
	{name: "clow", meaning: "b_lo of A18-lower", behind: carryStart, value: beside(func(x *prove.CarryNumbers) *ball.Ball { return x.Low })},
	{name: "chigh", meaning: "b_hi of A18-upper", behind: carryStart, value: beside(func(x *prove.CarryNumbers) *ball.Ball { return x.High })},
	{name: "croom", meaning: "1 − r(d_F − d_N)⁺(d_N + E) of A18-collapse", behind: carryStart, value: beside(func(x *prove.CarryNumbers) *ball.Ball { return x.Collapse })},
	{name: "cspread", meaning: "r(d_F − d_N)B − 1 of A18-spread", behind: carryStart, value: beside(func(x *prove.CarryNumbers) *ball.Ball { return x.Spread })},
	{name: "cend", meaning: "where the path of a trained carry-over ends at c ≥ 1: in collapse (1), in spread (−1), or between (0)", behind: carryStart, value: func(s *side) (*ball.Ball, error) {
		if !s.spreads() || s.c.Step == 0 {
			return nil, errUndefined
		}
		end, err := prove.CarryEnd(s.ctx, s.profile, s.alpha(), s.parameter("origin"), s.carryOver())
		return s.integer(end), err
	}},
	{name: "dinside", meaning: "d_N, the largest d_v in N_c", value: largestAmong(true)},
	{name: "doutside", meaning: "d_F, the largest d_v outside", value: largestAmong(false)},
}

var (
	carryStart  = []string{"alpha", "origin", "carry", "pace"}
	carryAtTime = append([]string{"t"}, carryStart...)
)

func largestAmong(inSet bool) func(*side) (*ball.Ball, error) {
	return ofProfile(func(p *theory.Profile) int {
		degree, _ := p.MaxDegreeAmong(inSet)
		return degree
	})
}

// carryOver is the training of the carry-over in the case.
func (w *world) carryOver() prove.CarryOver {
	return prove.CarryOver{Ratio: w.parameter("pace"), Weight: w.parameter("carry")}
}

// beside is a constant of the claims about a trained carry-over, under the premise of
// T1a.
func beside(choose func(*prove.CarryNumbers) *ball.Ball) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if !s.spreads() {
			return nil, errUndefined
		}
		x := choose(prove.CarryNumbersOf(s.profile, s.alpha(), s.parameter("origin"), s.carryOver(), s.precision))
		if x == nil {
			return nil, errUndefined
		}
		return x, nil
	}
}

// spreads reports whether the premise of T1a holds.
func (s *side) spreads() bool { return s.profile.Outside() > 0 && s.profile.MaxDegree() > 0 }

// trained is μ(t) or ω(t), from the flow of αsμ and αsω:
//
//	(αsμ)' = κ (n_out/Q) E_S[d],  (αsω)' = (κ/r)(n_out/Q) E_S[a]
func trained(which int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if !s.spreads() {
			return nil, errUndefined
		}
		if s.plane == nil {
			var err error
			if s.plane, err = s.follow(s.carrySystem(), s.parameter("origin"), s.parameter("carry")); err != nil {
				return nil, err
			}
		}
		return s.quotient(s.plane[which], s.reduced().Sigma), nil
	}
}

func (s *side) carrySystem() *ode.System {
	kappa := new(big.Rat).Quo(new(big.Rat).Mul(s.alpha(), s.alpha()), big.NewRat(int64(s.profile.N*s.profile.K), 1))
	kappa.Mul(kappa, big.NewRat(int64(s.profile.Outside()), 1))
	all, edges, inside := ode.Integer(0), ode.Integer(0), ode.Integer(0) // of S
	for _, c := range s.profile.Classes {
		if !c.InSet && c.Degree == 0 {
			continue
		}
		xi := ode.State(0).Scale(big.NewRat(int64(c.Degree), 1))
		if c.InSet {
			xi = xi.Add(ode.State(1))
		}
		w := xi.Exp().Scale(big.NewRat(int64(c.Count), 1))
		all, edges = all.Add(w), edges.Add(w.Scale(big.NewRat(int64(c.Degree), 1)))
		if c.InSet {
			inside = inside.Add(w)
		}
	}
	below := all.Mul(all.Add(ode.Integer(int64(s.profile.Outside()))))
	return &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{
		edges.Quo(below).Scale(kappa),
		inside.Quo(below).Scale(new(big.Rat).Quo(kappa, s.parameter("pace"))),
	}}
}

// followWork bounds the operations of a path.
const followWork = 200_000_000

// follow gives a flow at t, in αs times its unknowns: approximately while searching,
// by a flowpipe in a proof. The start is given in the unknowns.
func (s *side) follow(system *ode.System, start ...*big.Rat) ([]*ball.Ball, error) {
	return s.followScaled(system, s.reduced().Sigma, start...)
}

func (s *side) followScaled(system *ode.System, sigma *ball.Ball, start ...*big.Rat) ([]*ball.Ball, error) {
	from := make([]*ball.Ball, len(start))
	for i, q := range start {
		from[i] = ball.New(s.precision).MulRat(sigma, q)
	}
	t := s.parameter("t")
	if s.rigorous {
		pipe, err := ode.Sweep(s.ctx, system, from, t, ode.FlowSettings{Settings: ode.Settings{Digits: flowDigits, Work: followWork}}, nil)
		if err != nil {
			return nil, err
		}
		return pipe.At(t)
	}
	near := make([]*ode.Expr, len(from))
	for i, x := range from {
		q, _ := x.Mid().Rat(nil)
		near[i] = ode.Rational(q)
	}
	path, err := ode.Integrate(s.ctx, system, near, t, ode.Settings{Digits: flowDigits, Work: followWork})
	if err != nil {
		return nil, err
	}
	end, err := path.At(t)
	if err != nil {
		return nil, err
	}
	for i, x := range end {
		from[i] = ball.New(s.precision).SetFloat(x)
	}
	return from, nil
}
