package theory

import "fmt"

// Assumptions maps the ids A1…A19 to what is assumed.
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
	"A18": "carry-over weight not trained",
	"A19": "the label is the demonstrated path's vertex",
}

// AssumptionIDs returns the ids of Assumptions in the order of their numbers.
func AssumptionIDs() []string {
	ids := make([]string, len(Assumptions))
	for i := range ids {
		ids[i] = fmt.Sprintf("A%d", i+1)
	}
	return ids
}
