// Package descend runs the trainings that theory files state, and compares them
// with the flows that the files state.
//
//	results, err := descend.Theory(ctx, theory, descend.Options{Seeds: 64, Looks: 8})
//
// A training is gradient descent on the stated loss, or stochastic gradient
// descent on draws from its terms, in float64 with gradients by reverse
// differentiation; time is t = rate·step. The flow comes from the same file by
// other ways: symbolic derivatives, or a right-hand side written by hand.
//
// Of gradient descent every difference has a bound that is proved, see bounder: a
// training beyond it refutes the stated flow. Of stochastic gradient descent the
// mean over seeds stays within a band that the flow of the loss leaves with a
// probability of at most 10^−6, see moments and second: a mean beyond it is
// inconsistent, or undecided where seeds are farther apart than the moments say. In
// both cases two flows, that of the loss and the stated one, are enclosed, and where
// their enclosures are apart the stated one is refuted as well.
package descend
