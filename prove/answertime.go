package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// sharpAnswer is T3-answer-sharp: theory.md section 5.
var sharpAnswer = &Claim{
	ID: "T3-answer-sharp", Theorem: "Theorem 3",
	Statement:   "The same premise: if n λ* ≥ Σ_v λ_v, as with uniform weights, then the target has the largest logit for every t > 0. Otherwise the other candidate is ahead at first, every other vertex never is, and there is one time T such that the target has the largest logit exactly for t > T.",
	LaTeX:       `n\lambda^* \ge \sum_v \lambda_v \iff \forall t > 0:\ \xi_{c^*}(t) > \max_{v \ne c^*} \xi_v(t);\quad \text{otherwise } \exists!\,T > 0:\ \xi_{c^*}(t) > \max_{v \ne c^*} \xi_v(t) \iff t > T`,
	Assumptions: prediction,
	Proof:       "at a zero of its margin over a vertex that is no candidate the margin rises; μ_A' = 0 at μ_A = 0 has the sign of e^{μ_R}λ* + Σ_{v≠c*,c_}(λ* − λ_v), which rises with μ_R, from n λ* − Σ_v λ_v at t = 0; T by a flowpipe",
	Command:     "verify theorem 3",
	Number:      3, Unit: OnThoughts, Premise: enoughThoughts, Certificate: sharpForm,
	Decide: func(ctx context.Context, e *Subject) (Result, error) {
		out := Result{Verdict: theory.Proved, Values: map[string]Number{}}
		for kind, prefix := range walks {
			s, err := e.stage(kind)
			if err != nil {
				return out, err
			}
			name := [len(walks)]string{"uniform", "walk"}[kind]
			if out.Reason != "" {
				out.Reason += "; "
			}
			if s.prediction.Head().Sign() >= 0 {
				out.Reason += name + ": n λ* ≥ Σ λ_v, every t > 0"
				out.Values[prefix+"from"] = Exact(new(big.Rat), e.Digits)
				continue
			}
			out.Reason += name + ": n λ* < Σ λ_v, behind the other candidate until T"
			if e.Brief {
				continue
			}
			time, err := AnswerTime(ctx, s.prediction, answerTimeDigits)
			switch {
			case ctx.Err() != nil:
				return out, ctx.Err()
			case err != nil:
				out.Reason += ", which is not enclosed: " + err.Error()
			default:
				out.Values[prefix+"from"] = Enclose(time, answerTimeDigits)
			}
		}
		return out, nil
	},
}

// answerTimeDigits is how many digits of the time are looked for.
const answerTimeDigits = 6

// errLeads says that the target leads at every time.
var errLeads = errors.New("the target leads at every t > 0")

// AnswerTime encloses the one time T > 0 from which on the target has the largest
// logit in the flow of the prediction stage from (0, 0), where n λ* < Σ_v λ_v:
// the zero of μ_A. It needs weights up to 1, as of unit norm. The flow is
// written in (μ_A/√Square, μ_R), in which it is rational but for exponentials,
// and the flowpipe begins behind 0, as T > log(Σ_{v≠c*,c_}(λ_v − λ*)/λ*).
//
// Encloses the exact value for every point of the inputs.
// theory.md section 5.
func AnswerTime(ctx context.Context, p *theory.Prediction, digits int) (*ball.Ball, error) {
	if p.Head().Sign() >= 0 {
		return nil, errLeads
	}
	system := answerSystem(p)
	settings := ode.FlowSettings{Settings: ode.Settings{Digits: digits + 3}, Metric: p.Rates(), NonExpansive: true}
	state := []*ball.Ball{ball.New(128), ball.New(128)}
	advance := func(length *big.Rat) (*ode.Flowpipe, []*ball.Ball, error) {
		pipe, err := ode.Propagate(ctx, system, state, length, settings)
		if err != nil {
			return nil, nil, err
		}
		end, err := pipe.At(length)
		return pipe, end, err
	}
	length := earliestTurn(p)
	total := new(big.Rat).Set(length)
	_, state, err := advance(length)
	for n := 0; err == nil; n++ {
		if sign, ok := state[0].Sign(); !ok || sign >= 0 {
			return nil, fmt.Errorf("μ_A is not proved to be negative at t = %s", total.FloatString(6))
		}
		length := new(big.Rat).Set(total)
		pipe, end, failure := advance(length)
		if failure != nil {
			return nil, failure
		}
		if sign, ok := end[0].Sign(); !ok || sign > 0 {
			if !ok {
				if pipe, _, err = advance(length.Mul(length, big.NewRat(5, 4))); err != nil {
					return nil, err
				}
			}
			passed, err := pipe.Event(ctx, ode.State(0), new(big.Rat), digits)
			if err != nil {
				return nil, err
			}
			return passed.Add(passed, ball.New(passed.Prec()).SetRat(total)), nil
		}
		if n == mostDoublings {
			return nil, fmt.Errorf("beyond t = %s", total.FloatString(0))
		}
		state = end
		total.Add(total, length)
	}
	return nil, err
}

// mostDoublings bounds how often the time is doubled.
const mostDoublings = 60

// earliestTurn returns a time that is at most half of log(Σ(λ_v − λ*)/λ*), over
// the vertices beside the candidates, and positive: μ_R < t until it is.
func earliestTurn(p *theory.Prediction) *big.Rat {
	ratio := new(big.Rat).Quo(p.Head(), p.Target)
	x := ball.New(64).SetRat(ratio.Sub(big.NewRat(1, 1), ratio)) // Σ(λ_v − λ*)/λ* = 1 − head/λ*
	x.Log(x)
	half, _ := x.MulPow2(x, -1).Lower().Float64()
	if !(half > 1e-9) {
		half = 1e-9
	}
	return new(big.Rat).SetFloat64(half)
}

// answerSystem is the flow in (μ_A/√Square, μ_R).
//
//	θ' = C·Σ_x x e^{−⟨x,θ⟩}/(1 + Σ_x e^{−⟨x,θ⟩})
func answerSystem(p *theory.Prediction) *ode.System {
	type term struct {
		carry *big.Rat
		lift  int
		count int64
	}
	terms := []term{{p.Target, 0, 1}}
	add := func(w *big.Rat, count int64) {
		gap := new(big.Rat).Sub(p.Target, w)
		if last := &terms[len(terms)-1]; last.lift == 1 && last.carry.Cmp(gap) == 0 {
			last.count += count
			return
		}
		terms = append(terms, term{gap, 1, count})
	}
	for _, w := range p.Others {
		add(w, 1)
	}
	if p.Outside > 0 {
		add(new(big.Rat), int64(p.Outside))
	}
	all, carry, lift := ode.Integer(1), ode.Integer(0), ode.Integer(0)
	for _, x := range terms {
		exponent := ode.State(0).Scale(x.carry)
		if x.lift == 1 {
			exponent = exponent.Add(ode.State(1))
		}
		e := exponent.Neg().Exp().Scale(big.NewRat(x.count, 1))
		all, carry = all.Add(e), carry.Add(e.Scale(x.carry))
		if x.lift == 1 {
			lift = lift.Add(e)
		}
	}
	return &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{carry.Scale(new(big.Rat).Inv(p.Square)).Quo(all), lift.Quo(all)}}
}
