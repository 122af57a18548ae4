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

// Assumptions maps the ids A1…A16 to what is assumed.
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
}

// model lists the assumptions that make the reduced flow out of the model.
func model(more ...string) []string {
	return append([]string{"A1", "A2", "A3", "A4", "A6", "A7", "A8", "A12", "A14", "A15"}, more...)
}

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
