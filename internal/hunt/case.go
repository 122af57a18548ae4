package hunt

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// A Case is where a statement is tried: one instance, or two for a statement
// about populations and unseen instances, a step, and exact parameters.
type Case struct {
	Instances  []graph.Instance
	Step       int
	Parameters map[string]*big.Rat // those of the statement: alpha, t, gain, logit
	Place      int                 // of its instance in the data that it comes from

	constants *constants // nil, or shared by cases that differ in their parameters only
}

// constants are what is the same in a case for all parameters, as far as it was
// worked out.
type constants struct {
	views [2]*seen // of the instances
	// premise is Proved if the relations of the premise without parameters hold, Refuted if
	// one of them does not, Undecided before they were evaluated.
	premise theory.Verdict
}

// A seen step is one of an instance of a case with what the theory sees of it.
type seen struct {
	step    graph.Step
	profile *theory.Profile
	softmax *theory.Attention // nil before it is asked for
}

// Outside reports whether the case violates A16: another candidate is
// reachable.
func (c *Case) Outside() bool {
	return slices.ContainsFunc(c.Instances, func(in graph.Instance) bool { return in.Graph.Distances(in.Root)[in.Other] >= 0 })
}

// maxBits bounds numerator and denominator of a parameter, 30 digits.
const maxBits = 100

// allowed reports whether a parameter may have a value.
func allowed(name string, q *big.Rat) bool {
	if most, whole := wholeUpTo[name]; whole && q != nil && (!q.IsInt() || q.Cmp(big.NewRat(most, 1)) > 0) {
		return false
	}
	return q != nil && (signed[name] || q.Sign() > 0 || name == "vertex" && q.Sign() == 0) && q.Num().BitLen() <= maxBits && q.Denom().BitLen() <= maxBits
}

// Order returns the number of vertices of all instances.
func (c *Case) Order() int {
	n := 0
	for i := range c.Instances {
		n += c.Instances[i].Graph.Order()
	}
	return n
}

// maxDescent bounds the steps k of gradient descent.
const maxDescent = 100

// Parameters that are whole, with the largest value, and those that may be negative.
var (
	wholeUpTo = map[string]int64{"k": maxDescent, "vertex": 1 << 20}
	signed    = map[string]bool{"logit": true, "origin": true, "carry": true}
)

// parameters lists the names that a case gives, with the values that are tried
// first, simple ones first.
var parameters = map[string][]*big.Rat{
	"alpha":  rats("1", "2", "1/2", "4", "1/4", "10", "1/10"),
	"t":      rats("1", "4", "16", "64", "256", "1024", "1/4", "1/16", "1/64", "4096", "16384", "65536", "1048576"),
	"gain":   rats("1", "1/10", "10", "3", "30", "100"),
	"eta":    rats("1", "4", "16", "24", "32", "64", "256", "1/4", "1/16", "1024", "4096"),
	"k":      rats("1", "2", "3", "8", "20"),
	"vertex": rats("0", "1", "2", "3", "4"),
	"pace":   rats("1", "1/2", "2", "1/4", "1/16"),
	"carry":  rats("1", "0", "-1", "3", "-3"),
	"fail":   rats("1/2", "1/10", "1/1000"),
	"share":  rats("1", "1/2", "1/3", "2"),
	"origin": rats("0", "1", "-1", "3", "-3", "10", "-10", "1/2", "-1/2"),
	"logit":  rats("1", "2", "1/2", "1/10", "10", "-1", "-1/2", "-2", "0", "1/100", "100"),
}

func rats(texts ...string) []*big.Rat {
	out := make([]*big.Rat, len(texts))
	for i, s := range texts {
		q, ok := new(big.Rat).SetString(s)
		if !ok {
			panic(s)
		}
		out[i] = q
	}
	return out
}

// fraction is the form of parameters in a witness.
var fraction = regexp.MustCompile(`^-?[0-9]{1,30}(/0*[1-9][0-9]{0,29})?$`)

func decodeParameters(texts map[string]string) (map[string]*big.Rat, error) {
	out := map[string]*big.Rat{}
	for name := range parameters {
		text, ok := texts[name]
		if !ok {
			continue
		}
		q, ok := new(big.Rat).SetString(text)
		if !ok || !fraction.MatchString(text) || !allowed(name, q) {
			return nil, fmt.Errorf("%s: %.40q, expected a fraction such as \"1/2\" of at most 30 digits a side, positive but for a logit or a start, k an integer up to %d and vertex one up to %d", name, text, maxDescent, wholeUpTo["vertex"])
		}
		out[name] = q
	}
	return out, nil
}

// sortedNames returns the names of a set that are parameters, in order.
func sortedNames(set map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(set)), func(name string) bool { return parameters[name] == nil })
}

// Names returns the parameters of a case in order.
func (c *Case) Names() []string { return slices.Sorted(maps.Keys(c.Parameters)) }
