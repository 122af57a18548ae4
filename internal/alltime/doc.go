// Package alltime decides statements about the solutions of an ordinary
// differential equation at all times t ≥ 0.
//
//	x := ode.State(0)
//	logistic := &alltime.Problem{
//		System: &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{x.Mul(ode.Integer(1).Sub(x))}},
//		Start:  []alltime.Start{alltime.Point(big.NewRat(1, 10))},
//	}
//	d, err := alltime.Decide(ctx, logistic, alltime.Limit(x, ode.Integer(1)))
//	fmt.Println(d.Verdict, d.Reason)
//
// The flow is data. A parameter is an unknown with derivative 0, and t is an
// unknown that starts at 0 with derivative 1; both may be left out. Starts and
// parameters may be intervals: then a statement holds for all of them. Every
// statement says, along with what it is about, that the unknowns it depends on
// exist for all t ≥ 0.
//
// A Proved or Refuted statement rests on rational numbers, on intervals rounded
// outward and on the flowpipes of package ode from end to end. Undecided is the
// zero value; its reason says what would settle it.
//
// What decides, each with its proof where it is written down:
//
//	scalar flows      signs of the right-hand side             line.go, scalar.go
//	relations         g' = q·g + r with r ≥ 0                  barrier.go
//	vector flows      flowpipe into a set that contracts       contract.go, settle.go
//	                  convexity, from how a Jacobian is made   structure.go
//	                  the cone about the slowest direction     cone.go
//	                  comparison with the rate                 rate.go
//	                  conserved quantities and symmetries      reduce.go
//	equilibria        exclusion and Krawczyk                   unique.go
//	invariant sets    the flow on their faces                  invariant.go
//	refutation        one start, one time, one enclosure       refute.go
package alltime
