package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/theory"
)

// An AnswerState is the prediction stage at one time of its flow.
type AnswerState struct {
	LogTime *big.Rat // s = log(1 + t)
	Carry   Number   // μ_A
	Lift    Number   // μ_R
	Error   Number   // μ_R/μ_A − ρ
	Offset  Number   // μ_R − ρμ_A
}

// An AnswerFlow is the flow of the prediction stage from (0, 0), proved up to
// a horizon, with the effort it took.
type AnswerFlow struct {
	Limit     *theory.AnswerLimit
	States    []AnswerState
	Steps     int
	Order     int
	Precision uint // bits
}

// EncloseAnswerFlow encloses the two logits that instances of equal weight
// share, at times given by their logarithms s = log(1+t) > 0, to so many
// digits. The flow is written in a frame that moves with its asymptotes,
//
//	s = log(1+t),  q = m μ_A − s,  D = μ_R − ρμ_A
//	E_x = e^{s − ⟨x,θ⟩} = exp( s(1 − κ_x/m) − κ_x q/m − x_R D ),  κ_x = x_A + ρ x_R ≥ m
//	dq/ds = m Σ_i ω_i e^{−ℓ_i} Σ_x x_A E_x − 1,   dD/ds = Σ_i ω_i e^{−ℓ_i} Σ_x (x_R − ρx_A) E_x
//
// over the contrasts x of each instance i: q and D stay bounded, and the terms
// of the support vectors, κ_x = m by exact comparison, lose s altogether. So a
// horizon t = e^{100} is a hundred units of s.
// It needs the first case of theory.AnswerLimit.
// Encloses the exact value for every point of the inputs.
// arXiv 2509.23365, Theorem 3; theory.md sections 5 and 6.
func EncloseAnswerFlow(ctx context.Context, predictions []*theory.Prediction, logTimes []*big.Rat, digits int) (*AnswerFlow, error) {
	limit, err := theory.AnswerLimitOf(predictions)
	if err != nil {
		return nil, err
	}
	if limit.Carry.Sign() <= 0 || limit.Ratio.Sign() <= 0 {
		return nil, errors.New("the flow is written in the frame of the support vectors (m, 0) and (−Δ, 1), which do not both bind here")
	}
	f := &answerFrame{limit, predictions, ode.State(0), ode.State(1), ode.State(2), surdExpr(theory.SurdSum{limit.Least}), surdExpr(limit.Ratio)}
	carry := f.q.Add(f.s).Quo(f.least)
	observables := []*ode.Expr{carry, f.d.Add(f.ratio.Mul(carry)), f.d.Quo(carry), f.d}
	enclosure, err := ode.Enclose(ctx, f.system(), []*ode.Expr{ode.Integer(0), ode.Integer(0), ode.Integer(0)},
		ode.Request{Times: logTimes, Observables: observables, Digits: digits}, ode.FlowSettings{})
	if err != nil {
		return nil, err
	}
	out := &AnswerFlow{limit, nil, enclosure.Flowpipe.Steps(), enclosure.Flowpipe.Order(), enclosure.Flowpipe.Precision()}
	for i, s := range logTimes {
		v := enclosure.Values[i]
		out.States = append(out.States, AnswerState{s, Enclose(v[0], digits), Enclose(v[1], digits), Enclose(v[2], digits), Enclose(v[3], digits)})
	}
	return out, nil
}

// An answerFrame builds the right-hand side in the moving frame.
type answerFrame struct {
	limit        *theory.AnswerLimit
	predictions  []*theory.Prediction
	q, d, s      *ode.Expr // unknowns
	least, ratio *ode.Expr // m, ρ
}

// surdExpr writes a sum of surds as an expression.
func surdExpr(x theory.SurdSum) *ode.Expr {
	sum := ode.Integer(0)
	for i, s := range x.Collected() {
		var term *ode.Expr
		if q, ok := s.Rat(); ok {
			term = ode.Rational(q)
		} else {
			term = ode.Rational(s.Square()).Sqrt()
			if s.Sign() < 0 {
				term = term.Neg()
			}
		}
		if i == 0 {
			sum = term
		} else {
			sum = sum.Add(term)
		}
	}
	return sum
}

// A contrast is a vector x with the number of vertices that share it.
type contrast struct {
	carry theory.SurdSum // x_A
	lift  int            // x_R, 0 or 1
	count int
}

func contrastsOf(p *theory.Prediction) []contrast {
	out := []contrast{{theory.SurdSum{p.Weight()}, 0, 1}}
	for v := 0; v < len(p.Others); {
		same := v + 1
		for same < len(p.Others) && p.Others[same].Cmp(p.Others[v]) == 0 {
			same++
		}
		gap := new(big.Rat).Sub(p.Target, p.Others[v])
		out = append(out, contrast{theory.SurdSum{theory.NewSurd(gap, p.Square)}, 1, same - v})
		v = same
	}
	if p.Outside > 0 {
		out = append(out, contrast{theory.SurdSum{p.Weight()}, 1, p.Outside})
	}
	return out
}

func (f *answerFrame) system() *ode.System {
	one := ode.Integer(1)
	decay := f.s.Neg().Exp()
	byCarry, byOffset := ode.Integer(0), ode.Integer(0)
	groups := map[string]int{} // equal instances count once
	var distinct [][]contrast
	var counts []int
	for _, p := range f.predictions {
		key := fmt.Sprint(p.Target, p.Square, p.Outside, p.Others)
		at, ok := groups[key]
		if !ok {
			at = len(distinct)
			groups[key] = at
			distinct, counts = append(distinct, contrastsOf(p)), append(counts, 0)
		}
		counts[at]++
	}
	for i, contrasts := range distinct {
		total, carry, offset := ode.Integer(0), ode.Integer(0), ode.Integer(0)
		for _, x := range contrasts {
			term := f.exponential(x).Scale(big.NewRat(int64(x.count), 1))
			total = total.Add(term)
			along := surdExpr(x.carry)
			carry = carry.Add(along.Mul(term))
			offset = offset.Add(ode.Integer(int64(x.lift)).Sub(f.ratio.Mul(along)).Mul(term))
		}
		share := ode.Rational(big.NewRat(int64(counts[i]), int64(len(f.predictions)))).Quo(one.Add(decay.Mul(total)))
		byCarry, byOffset = byCarry.Add(share.Mul(carry)), byOffset.Add(share.Mul(offset))
	}
	return &ode.System{Dimension: 3, RightHandSide: []*ode.Expr{f.least.Mul(byCarry).Sub(one), byOffset, one}}
}

// exponential returns E_x.
func (f *answerFrame) exponential(x contrast) *ode.Expr {
	steepness := x.carry // κ_x
	if x.lift == 1 {
		steepness = steepness.Plus(f.limit.Ratio...)
	}
	var exponent *ode.Expr
	if steepness.Cmp(theory.SurdSum{f.limit.Least}) == 0 {
		exponent = f.q.Neg()
	} else {
		relative := surdExpr(steepness.Times(f.limit.Least.Inv())) // κ_x/m
		exponent = ode.Integer(1).Sub(relative).Mul(f.s).Sub(relative.Mul(f.q))
	}
	if x.lift == 1 {
		exponent = exponent.Sub(f.d)
	}
	return exponent.Exp()
}
