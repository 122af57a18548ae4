package prove

import "muflow/theory"

// fixedGain is what a fixed value gain cannot do under softmax attention, as a claim; verify
// overshoot decides and encloses instances of it.
// theory.md section 7h, claim A6-monotone.
var fixedGain = onSoftmax(&Claim{
	ID: "A6-monotone", Theorem: "Softmax attention",
	Formal:      []string{"A6_monotone"},
	Statement:   "Softmax attention with a fixed value gain, even or uneven logits (1 + εη_e)z, one instance or a data set that shares μ, any label law: μ(t) is monotone, so that it does not overshoot.",
	LaTeX:       `g' = 0 \;\Longrightarrow\; \mu' = f(\mu),\ \text{and } \mu(t) \text{ is monotone}`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A14", "A15", "A18"},
	Proof:       "the flow is autonomous in one unknown with a smooth right-hand side: a solution that reaches a zero of it is constant",
	Command:     "verify theorem attention",
}, theory.Coconut, always, decideFixedGain)

// unevenPrice is how the equilibrium at a fixed value gain moves with it under softmax attention, as a claim; verify
// overshoot decides and encloses instances of it.
// theory.md section 7h, claim A6-price.
var unevenPrice = certifiedPrice(onSoftmax(&Claim{
	ID: "A6-price", Theorem: "Softmax attention",
	Statement:   "Where the equilibrium μ*(g) at a fixed value gain g > 0 attracts, ∂²ℓ/∂μ² > 0, it falls with g if and only if mean Cov_p(A, ∂A/∂μ) > 0; with even logits, one instance and h not constant: if and only if w/M_c > 1/M − (1 − M_c/M)·Cov_p(D, h)/Var_p(h).",
	LaTeX:       `\operatorname{sign}\frac{d\mu^*}{dg} = -\operatorname{sign}\,\mathbb{E}\bigl[\operatorname{Cov}_p(A, \partial_\mu A)\bigr]`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A14", "A15", "A18"},
	Proof:       "f = −∂ℓ/∂μ has f_g = f/g − α²g Cov_p(A, ∂A/∂μ), and f = 0 there; dμ*/dg = −f_g/f_μ",
	Command:     "verify theorem attention",
}, theory.Coconut, finiteLogit, decidePrice))

// overshoots is when the logit turns once under softmax attention, as a claim; verify
// overshoot decides and encloses instances of it.
// theory.md section 7h, claim A6-overshoot.
var overshoots = onTurning(&Claim{
	ID: "A6-overshoot", Theorem: "Softmax attention",
	Statement:   "Value gain trained too: as long as ∂²ℓ/∂μ∂g > 0, μ falling with g rising stays so, and g falling with μ rising; as long as it is < 0, both rising or both falling stays so. So μ that rises changes its direction once and tends to e = (μ*, g*), falling, if its sign changes once until T, with μ' < 0 < g' at T, and on the box between there and e, where μ' ≤ 0 ≤ g', ∂²ℓ/∂μ∂g > 0 and e is the only equilibrium.",
	LaTeX:       `\mu'(T) < 0 < g'(T),\ \partial_\mu\partial_g\ell > 0 \;\Longrightarrow\; \mu' < 0 < g' \text{ for all } t \ge T,\ (\mu, g) \to (\mu^*, g^*)`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A14", "A15", "A18"},
	Proof:       "where μ' = 0, μ'' = −g' ∂²ℓ/∂μ∂g, and where g' = 0, g'' = −ρμ' ∂²ℓ/∂μ∂g: both point into the quadrant; its two sides through e are shut by the same sign. Flowpipe until T, boxes after it, Krawczyk for e",
	Command:     "verify theorem overshoot",
	Certificate: overshootForm,
}, turnsOver)

// eitherTurns is what ends all but two trajectories under softmax attention, as a claim; verify
// overshoot decides and encloses instances of it.
// theory.md section 7h, claim A6-either.
var eitherTurns = onTurning(&Claim{
	ID: "A6-either", Theorem: "Softmax attention",
	Statement:   "A flow (μ, g) that tends to a strict minimum of the loss with ∂²ℓ/∂μ∂g > 0 ends with one of both falling and the other rising, but for two trajectories. So where both rise at first and ∂²ℓ/∂μ∂g > 0 all along, exactly one of μ and g overshoots; where it is < 0 all along, neither does.",
	LaTeX:       `\partial_\mu\partial_g\ell > 0 \text{ at } e \;\Longrightarrow\; \mu' g' < 0 \text{ at the end}`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A14", "A15", "A18"},
	Proof:       "the slow eigenvector of a stable node with negative entries off the diagonal has components of opposite signs; all but two trajectories arrive along it",
	Command:     "verify theorem overshoot",
}, turnsEither)
