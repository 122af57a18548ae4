package theory

// A Claim is one statement of the theory.
type Claim struct {
	ID          string   `json:"id"`
	Theorem     string   `json:"theorem"`
	Statement   string   `json:"statement"`   // plain words: premise, then conclusion
	LaTeX       string   `json:"latex"`       // the same in LaTeX
	Assumptions []string `json:"assumptions"` // ids of the assumptions it rests on
	Proof       string   `json:"proof"`       // what settles it here
	Command     string   `json:"command"`     // which command shows it
}

// Assumptions maps the ids A1…A17 to what is assumed.
var Assumptions = map[string]string{
	"A1":  "layer 1 copies perfectly",
	"A2":  "orthonormal embeddings",
	"A3":  "diagonal score matrix (no index-mismatch logit ν)",
	"A4":  "average over all vertex permutations",
	"A5":  "μ(0) = 0 at every stage",
	"A6":  "linear attention",
	"A7":  "no normalisation of the thought before readout",
	"A8":  "uniform weights of the superposition",
	"A9":  "d_min < d* < d_max",
	"A10": "d* > F(0)",
	"A11": "some vertex lies outside N_{c+1}, and an edge leaves N_c",
	"A12": "one instance",
	"A13": "thoughts fixed while the prediction stage trains",
	"A14": "continuous time",
	"A15": "no MLP, tied weights, two layers, one head",
	"A16": "the other candidate is unreachable",
	"A17": "enough thoughts: the target is in N_C, and not alone",
}

// model lists the assumptions that make the reduced flow out of the model.
func model(more ...string) []string {
	return append([]string{"A1", "A2", "A3", "A4", "A6", "A7", "A8", "A12", "A14", "A15"}, more...)
}

// prediction lists the assumptions under which the prediction stage is fixed
// thoughts and two logits.
var prediction = []string{"A1", "A2", "A7", "A13", "A14", "A15", "A16", "A17"}

// Claims lists every claim that this project decides, in the order of reports.
var Claims = []Claim{
	{
		ID: "T1a", Theorem: "Theorem 1(a)",
		Statement:   "If some vertex lies outside N_{c+1} and an edge leaves N_c, then under the Coconut-BFS loss μ(t) → +∞.",
		LaTeX:       `n_{\mathrm{out}} \ge 1,\ \exists\, u \to v,\ u \in \mathcal{N}_c \;\Longrightarrow\; \lim_{t\to\infty} \mu(t) = +\infty`,
		Assumptions: model("A11"),
		Proof:       "the numerator of y' has non-negative coefficients in Z[e], not all zero: no equilibrium at y > 0, and y increases without bound",
		Command:     "verify theorem 1",
	},
	{
		ID: "T1a-lower", Theorem: "Theorem 1(a)",
		Statement:   "The same premise and μ(0) = 0: μ(t) ≥ log(1 + b_lo t)/(αs d_max) for all t ≥ 0.",
		LaTeX:       `\mu(t) \ge \frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{lo}} = \frac{\alpha^2 s^2 d_{\max} n_{\mathrm{out}} F_{\mathrm{in}}(0)}{n\, Z(0)}`,
		Assumptions: model("A5", "A11"),
		Proof:       "(y^{d_max})' ≥ b_lo for y ≥ 1: two polynomials in y−1 with non-negative coefficients in Z[e]",
		Command:     "verify theorem 1",
	},
	{
		ID: "T1a-upper", Theorem: "Theorem 1(a)",
		Statement:   "The same premise and μ(0) = 0: μ(t) ≤ log(1 + b_hi t)/(αs d_max) for all t ≥ 0.",
		LaTeX:       `\mu(t) \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{hi}} = \frac{\alpha^2 s^2 d_{\max}^2 n_{\mathrm{out}}}{n\, W_{d_{\max}}}`,
		Assumptions: model("A5", "A11"),
		Proof:       "(y^{d_max})' ≤ b_hi for y > 0: two polynomials in y with non-negative coefficients in Z[e]",
		Command:     "verify theorem 1",
	},
	{
		ID: "T1b", Theorem: "Theorem 1(b)",
		Statement:   "If d_min < d* < d_max, then under the Coconut loss there is one finite μ*, and μ(t) tends to it from any start.",
		LaTeX:       `d_{\min} < d^* < d_{\max} \;\Longrightarrow\; \exists!\,\mu^*:\ \lim_{t\to\infty}\mu(t) = \mu^* \text{ for every } \mu(0)`,
		Assumptions: model("A9"),
		Proof:       "sign certificate: the coefficients of R change sign once, so by Descartes' rule R has one positive root, simple and attracting (integers only, every α at once)",
		Command:     "verify theorem 1",
	},
	{
		ID: "T1b-positive", Theorem: "Theorem 1(b)",
		Statement:   "The same premise, d* > F(0) and μ(0) = 0: 0 < μ(t) < μ* for all t > 0, and μ increases.",
		LaTeX:       `d_{\min} < d^* < d_{\max},\ d^* > F(0) \;\Longrightarrow\; 0 < \mu(t) < \mu^*,\ \mu'(t) > 0 \text{ for all } t > 0`,
		Assumptions: model("A5", "A9", "A10"),
		Proof:       "R(1) > 0 by integers or by an enclosure of e, and R > 0 on [1, y*) by the sign certificate",
		Command:     "verify theorem 1",
	},
	{
		ID: "T1b-rate", Theorem: "Theorem 1(b)",
		Statement:   "The premise of T1b and μ(0) = 0: |μ(t) − μ*| ≤ |μ*| e^{−κvt} for all t ≥ 0, v the least variance of the in-degree between 0 and μ*.",
		LaTeX:       `|\mu(t) - \mu^*| \le |\mu(0) - \mu^*|\, e^{-\kappa v t},\quad v = \min_{\mu \in [\mu(0), \mu^*]} \operatorname{Var}_\mu(d)`,
		Assumptions: model("A5", "A9"),
		Proof:       "F' = αs·Var(d), and the variance is at least v on an enclosure of the path",
		Command:     "verify theorem 1",
	},
	{
		ID: "T1b-ceiling", Theorem: "Theorem 1(b)",
		Statement:   "The premise of T1b and d* ≥ F(0): μ* ≤ log⁺(d* Σ_{d<d*} W_d / ((d_max − d*) W_{d_max})) / (αs(d_max − d* + 1)).",
		LaTeX:       `\mu^* \le \frac{1}{\alpha s (d_{\max} - d^* + 1)} \log^{+} \frac{d^* \sum_{d<d^*} W_d}{(d_{\max} - d^*)\, W_{d_{\max}}}`,
		Assumptions: model("A5", "A9", "A10"),
		Proof:       "a polynomial inequality between R and the ceiling's, for y ≥ 1, by coefficients in Z[e]",
		Command:     "verify theorem 1",
	},
	{
		ID: "T2", Theorem: "Theorem 2",
		Statement:   "For every μ > 0 and all weights λ_v > 0 on N_c, the next thought has positive weight exactly on N_{c+1}.",
		LaTeX:       `\mu > 0,\ \lambda_v > 0 \text{ on } \mathcal{N}_c \;\Longrightarrow\; \operatorname{supp} \beta = \mathcal{N}_{c+1},\quad \beta_v = \lambda_v + \mu \sum_{u \to v} \lambda_u`,
		Assumptions: []string{"A1", "A2", "A3", "A6", "A15"},
		Proof:       "the coefficients of β_v in μ and λ, 0 or 1 each, none of which is negative",
		Command:     "verify theorem 2",
	},
	{
		ID: "T2-length", Theorem: "Theorem 2",
		Statement:   "c thoughts from the root with any positive logits have positive weight exactly on the vertices within c hops, also for c beyond those trained.",
		LaTeX:       `\mu_1, \dots, \mu_c > 0 \;\Longrightarrow\; \operatorname{supp} \prod_{i=1}^{c} (I + \mu_i A^{\top})\, e_r = \mathcal{N}_c`,
		Assumptions: []string{"A1", "A2", "A3", "A6", "A15"},
		Proof:       "the product is Σ_j e_j(μ)·(Aᵀ)^j e_r with elementary symmetric polynomials: integer numbers of walks, none negative",
		Command:     "verify theorem 2",
	},
	{
		ID: "T3-direction", Theorem: "Theorem 3",
		Statement:   "If the target is in N_C and the other candidate is not, then μ_R/μ_A tends to the largest weight of another vertex than the target.",
		LaTeX:       `c^* \in \mathcal{N}_C,\ c_- \notin \mathcal{N}_C \;\Longrightarrow\; \lim_{t\to\infty} \frac{\mu_R(t)}{\mu_A(t)} = m + \Delta = \max_{v \ne c^*} \lambda_v`,
		Assumptions: prediction,
		Proof:       "the largest margin by an exact quadratic programme, and 0 ≤ μ_R − ρμ_A ≤ B for all t while μ_A → ∞: the error is O(1/log t)",
		Command:     "verify theorem 3",
	},
	{
		ID: "T3-answer", Theorem: "Theorem 3",
		Statement:   "The same premise: from some time on the target has the largest logit.",
		LaTeX:       `c^* \in \mathcal{N}_C,\ c_- \notin \mathcal{N}_C \;\Longrightarrow\; \exists T\ \forall t \ge T:\ \xi_{c^*}(t) > \max_{v \ne c^*} \xi_v(t)`,
		Assumptions: prediction,
		Proof:       "the loss is convex and never rises, and a comparison direction brings it below log 2 by an explicit time T",
		Command:     "verify theorem 3",
	},
	{
		ID: "T3-population", Theorem: "Theorem 3",
		Statement:   "For instances that share the two logits, the same premise on each: μ_R/μ_A tends to m + Δ, with m the least target weight and Δ the largest excess of another vertex over the target.",
		LaTeX:       `\lim_{t\to\infty} \frac{\mu_R(t)}{\mu_A(t)} = m + \Delta,\quad m = \min_i \lambda^*_i,\ \Delta = \max_i \max_{v \ne c^*} (\lambda_{i,v} - \lambda^*_i)`,
		Assumptions: prediction,
		Proof:       "m, Δ and the conditions of Karush, Kuhn and Tucker by exact comparison of surds; |μ_R − ρμ_A| stays below an explicit bound while μ_A → ∞",
		Command:     "verify theorem 3",
	},
	{
		ID: "L1", Theorem: "Lemma 1",
		Statement:   "The derivative of the model's loss in the score matrix, averaged over all relabellings of the vertices, equals the reduced drift.",
		LaTeX:       `-\frac{1}{n!}\sum_{\pi \in S_n} \frac{\partial \ell_\pi}{\partial W_{vv}}\Big|_{W=\mu I} = \frac{\alpha}{n\sqrt{K}}\,\bigl(E_S[d] - E_V[d]\bigr)`,
		Assumptions: []string{"A1", "A2", "A4", "A6", "A7", "A8", "A15"},
		Proof:       "the model run and differentiated in exact symbolic arithmetic, compared as an identity in Q(e)(y)",
		Command:     "verify",
	},
	attentionClaim,
}

// ClaimByID returns the claim with the given id.
func ClaimByID(id string) (Claim, bool) {
	for _, c := range Claims {
		if c.ID == id {
			return c, true
		}
	}
	return Claim{}, false
}
