// Package ode follows ordinary differential equations, with a proof or without.
//
//	y := ode.State(0)
//	system := &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{y.Mul(ode.Integer(1).Sub(y))}}
//	start := []*ode.Expr{ode.Rational(big.NewRat(1, 10))}
//	e, err := ode.Enclose(ctx, system, start, ode.Request{Times: []*big.Rat{big.NewRat(2, 1)}, Digits: 50}, ode.FlowSettings{})
//	fmt.Println(e.Values[0][0])
//
// The right-hand side is autonomous and data: an expression in the unknowns,
// built from rational numbers by field operations, powers, exp, log and sqrt.
// One and the same expression is evaluated in every arithmetic, so that an
// approximate path and a flowpipe (a proof) come from one source. The package
// knows nothing of what the equations mean; t is whatever time they are written
// in.
//
// What is approximate and what is proved is told apart by type: a Path and an
// Approximation carry no error bound, a Flowpipe and a ball.Ball do.
//
//	               approximate     proved
//	at some times  Solve           Enclose
//	everywhere     Integrate       Propagate: At, Over
//	an event       Path.Event      Flowpipe.Event
//	a zero                         EncloseRoot, EncloseZero, Krawczyk
//	a value                        Evaluate
//
// A flowpipe starts from a point or from a box; a box is carried along as
// polynomials of its points, and cut into parts where that is not enough.
//
// A run that ends early returns what is valid with a *StopError, which
// errors.Is compares with ErrStepUnderflow, ErrNonFinite, ErrBudget,
// ErrNotValidated or the error of the context; a number outside the domain of
// an expression is an ErrDomain.
package ode
