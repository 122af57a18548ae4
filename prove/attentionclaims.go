package prove

import "muflow/theory"

// The claims of this file are about softmax attention over the edges (A6
// dropped).

// attentionGrowth is A6-pace: theory.md section 7a.
var attentionGrowth = certifiedAttention(onSoftmax(&Claim{
	ID: "A6-pace", Theorem: "Softmax attention",
	Statement: "The premise of A6-softmax, z(0) = 0 and h_p > E_{w=1}[h]: log(1 + b_lo t) ≤ z(t) ≤ log(1 + b_hi t) for all t ≥ 0, and z(t) − log t tends to a known number; for h_p < E_{w=0}[h] the same of −z. Under Coconut-BFS the same where z(t) → ±∞ and E_S[h] − E_w[h] is not 0 on the way or at its end.",
	LaTeX: `\log(1 + b_{\mathrm{lo}}\,t) \le z(t) \le \log(1 + b_{\mathrm{hi}}\,t),\quad b_{\mathrm{lo}} = \frac{\alpha s^2 g}{n M^2}\min_{w \ge w_0} R(w),\quad ` +
		`b_{\mathrm{hi}} = \frac{\alpha s^2 g}{n M_c^2}\max_{w \ge w_0} R(w),\quad z(t) - \log t \to \log\frac{\alpha s^2 g R(1)}{n M_c^2},\quad R(w) = \mathbb{E}_S[h] - \mathbb{E}_w[h]`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A5", "A7", "A8", "A12", "A14", "A15", "A18"},
	Proof:       "M_c²e^z + 2M_c(M − M_c)z − (M − M_c)²e^{−z} has the derivative αs²g/n·R along the flow and lies between M_c²(e^z − 1) and M²(e^z − 1) of its value at 0; R does not increase under Coconut, and is enclosed otherwise",
	Command:     "verify attention --json",
}, theory.Coconut, unboundedAt(1), decideSoftmaxPace), attentionNumber("b_lo", 1, growing(false)), attentionNumber("b_hi", 1, growing(true)))

// attentionTie is A6-tie: theory.md section 7a.
var attentionTie = certifiedAttention(onSoftmax(&Claim{
	ID: "A6-tie", Theorem: "Softmax attention",
	Statement: "The premise of A6-softmax, z(0) = 0 and h_p = E_{w=1}[h]: ½ log(1 + b_lo t) ≤ z(t) ≤ ½ log(1 + b_hi t) for all t ≥ 0, and z(t) − ½ log t tends to a known number; for h_p = E_{w=0}[h] the same of −z with M − M_c for M_c.",
	LaTeX: `\tfrac12\log(1 + b_{\mathrm{lo}}\,t) \le z(t) \le \tfrac12\log(1 + b_{\mathrm{hi}}\,t),\quad ` +
		`b_{\mathrm{lo}} = \frac{2\alpha^2 s^2 g^2}{n M_c M^3}\min_{w \ge w_0}\mathrm{Var}_w(h),\quad b_{\mathrm{hi}} = \frac{2\alpha^2 s^2 g^2}{n M_c^4}\max_{w \ge w_0}\mathrm{Var}_w(h)`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A5", "A7", "A8", "A12", "A14", "A15", "A18"},
	Proof:       "R(w) = (1 − w)·αg/(M_c(M − M_c))·Var at a point of (w, 1), so that ∫(M_c e^z + M − M_c)³e^{−z} dz grows at a rate between two constants, and lies between M_c³(e^{2z} − 1)/2 and M³(e^{2z} − 1)/2; the equality is one of integers by Lindemann–Weierstrass",
	Command:     "verify attention --json",
}, theory.Coconut, unboundedAt(2), decideSoftmaxPace), attentionNumber("b_lo", 1, tying(false)), attentionNumber("b_hi", 1, tying(true)))

// attentionRate is A6-rate: theory.md section 7a.
var attentionRate = certifiedAttention(onSoftmax(&Claim{
	ID: "A6-rate", Theorem: "Softmax attention",
	Statement: "The premise of A6-softmax, z(0) = 0 and E_{w=0}[h] < h_p < E_{w=1}[h]: |z(t) − z*| ≤ |z*| e^{−γt} for all t ≥ 0.",
	LaTeX: `|z(t) - z^*| \le |z^*|\,e^{-\gamma t},\quad \gamma = \frac{\alpha^2 s^2 g^2}{n M_c^2 (M - M_c)^2}\,` +
		`\min_{w}\bigl(w(1-w)\bigr)^2\,\min_{w}\mathrm{Var}_w(h),\quad w \text{ between } w_0 \text{ and } w^*`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A5", "A7", "A8", "A12", "A14", "A15", "A18"},
	Proof:       "mean value theorem twice: |R(w)| ≥ min(−R')·|w* − w| and |w* − w| ≥ min w(1 − w)·|z* − z|; z is monotone",
	Command:     "verify attention --json",
}, theory.Coconut, finiteLogit, decideSoftmaxPace), attentionNumber("z", 1, resting), attentionNumber("rate", 2, approaching))

// attentionSearch is A6-bfs: theory.md section 7a.
var attentionSearch = certifiedSearch(onSoftmax(&Claim{
	ID: "A6-bfs", Theorem: "Softmax attention",
	Statement: "Softmax attention over the edges with value gain g > 0, 0 < M_c < M, Coconut-BFS, R(w) = E_{N_{c+1}}[h] − E_w[h] not 0 for all w: from z(0) = 0 z(t) tends to the next zero of R in the direction of its sign at w_0 = M_c/M, to ±∞ iff there is none, and stays iff R(w_0) = 0. Equilibria are the zeros of R in (0, 1), stable where R falls through 0.",
	LaTeX: `R(w) = \mathbb{E}_{\mathcal{N}_{c+1}}[h] - \mathbb{E}_w[h];\quad z(t) \to +\infty \iff R > 0 \text{ on } [w_0, 1),\quad ` +
		`z(t) \to -\infty \iff R < 0 \text{ on } (0, w_0],\quad w_0 = \frac{M_c}{M}`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A5", "A7", "A8", "A12", "A14", "A15", "A18"},
	Proof:       "R is a positive multiple of a sum of integers times exponentials affine in w: its zeros at 0, w_0 and 1 and their orders are decided by Lindemann–Weierstrass, those between are isolated by enclosures of R and R'",
	Command:     "verify attention --loss bfs",
}, theory.CoconutBFS, always, decideSoftmaxSearch))

// attentionPopulation is A6-population: theory.md section 7a.
var attentionPopulation = certifiedPopulation(&Claim{
	ID: "A6-population", Theorem: "Softmax attention", Drops: "A6",
	Statement:   "Softmax attention with value gain g > 0, instances that share one logit μ, its drift f not 0 to leading order at either end: f has finitely many zeros, those that verify population lists; μ(t) from any start tends to the next one in the direction of f, or to ±∞ iff there is none.",
	LaTeX:       `\mu' = \frac{\alpha g}{n_{\mathrm{voc}} I}\sum_i \sum_{k<l} (\lambda_k - \lambda_l)\,p_k p_l\,\bigl(\mathbb{E}_S[C_{kl}] - \mathbb{E}[C_{kl}]\bigr),\quad C_{kl,v} = t_{k,v} m_l - t_{l,v} m_k`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A14", "A15", "A18"},
	Proof:       "e^{δ|μ|}f with the least δ is a function of powers e^{−x|μ|}, x ≥ 0, whose enclosure over [0, e^{−xL}] has one sign: none beyond L; inside ±L the zeros are isolated by enclosures of it and its slope",
	Command:     "verify population --gain",
})

// attentionWalks is A6-walk: theory.md section 7a.
var attentionWalks = certifiedWalk(softmaxWalk(&Claim{
	ID: "A6-walk", Theorem: "Softmax attention",
	Statement: "Softmax attention with value gain g > 0 and any weights λ of the thought: as μ → +∞ all attention goes to the edges with the largest λ, and with the next λ whose edges do not spread as those do, and their C, μ' has the sign of E_S[C] − E[C] under ξ_v = α(λ_v + g t_v/m) near +∞ where that is not 0. So μ = +∞ attracts iff it is positive; as μ → −∞ the same with the least λ, and attracts iff it is negative.",
	LaTeX: `\operatorname{sgn}\mu' = \operatorname{sgn}\bigl(\mathbb{E}_S[C] - \mathbb{E}[C]\bigr) \text{ near } +\infty,\quad C_v = t_v m' - t'_v m,\quad ` +
		`\xi_v = \alpha\bigl(\lambda_v + g\,t_v/m\bigr)`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A12", "A14", "A15", "A18"},
	Proof:       "μ' = (αg/n)(δ/m²)e^{−δ|μ|}(E_S[C] − E[C] + o(1)), δ the difference of the two λ; λ_v = w_v/√K' with rational w_v, so Lindemann–Weierstrass or an enclosure decides",
	Command:     "verify attention --logit",
}))
