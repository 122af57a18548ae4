// Package prove joins theory and ode into verdicts: it evaluates the exact
// statements of theory in rigorous arithmetic and writes what was proved.
//
//	results, err := prove.Theorem1(ctx, theory.ProfileOf(step), big.NewRat(1, 1), 20)
//	flow, err := prove.FlowOf(ctx, profile, prove.FlowRequest{Loss: theory.Coconut, Alpha: alpha, Times: times, Digits: 50})
//	equilibrium, err := prove.EquilibriumOf(ctx, profile, alpha, 50)
//
// A Result of verdict theory.Proved carries the proof where there is a
// certificate for it, see theory/cert. A Number is two decimals rounded outward.
// A verdict is Undecided until something proves it, and an enclosure that is not
// narrow enough is an error (ErrDigits), never a worse answer.
//
// Claims lists all claims; docs/theory.md states each with its proof.
package prove
