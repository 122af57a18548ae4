// Package theory states, exactly, what arXiv 2509.23365 claims about the
// training dynamics of continuous thought.
//
//	p := theory.ProfileOf(step)           // all that the reduced flow depends on
//	p.Certify(theory.Coconut).Limit()     // where the logit goes, by integers
//
// It holds profiles of instances, the log-linear family behind all three
// theorems, the polynomials of the reduced flows, their sign certificates, walk
// weights, margins and the assumptions. There is no floating point in it.
//
// Notation: N_c is the set of vertices within c hops of the root, K = |N_c|,
// s = 1/√K, d_v the number of edges from N_c into v, p the next vertex of the
// demonstrated path, d* = d_p, α the readout gain, e = e^{αs}, y = e^{αsμ},
// κ = α²/(nK). docs/theory.md defines every symbol once (section 0).
package theory
