package graph

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// ErrNoLabel says that a label law leaves a step without a label.
var ErrNoLabel = errors.New("the step has no label under this law")

// A Law says from which vertices the label of a step is drawn, each with the
// same probability. The steps of an instance are those of its demonstrated path
// under every law; one without a label is no step (ErrNoLabel).
type Law uint8

// The laws. The zero value is PathLaw.
const (
	// PathLaw: the next vertex of the demonstrated path, always.
	PathLaw Law = iota
	// ShortestLaw: the vertices at distance c+1 from the root on shortest paths
	// from root to target, as the published training code draws it; none if the
	// target is nearer than that.
	ShortestLaw
	// FrontierLaw: the vertices of N_{c+1} outside N_c, those at distance c+1 from
	// the root; none if there are none.
	FrontierLaw
)

// Laws lists the laws.
var Laws = []Law{PathLaw, ShortestLaw, FrontierLaw}

var lawNames = [...]string{"path", "shortest", "frontier"}

// String returns the name used on the command line: path, shortest or frontier.
func (l Law) String() string {
	if int(l) < len(lawNames) {
		return lawNames[l]
	}
	return fmt.Sprintf("law(%d)", uint8(l))
}

// ParseLaw reads the name of a law as String writes it.
func ParseLaw(name string) (Law, error) {
	for _, l := range Laws {
		if l.String() == name {
			return l, nil
		}
	}
	return 0, fmt.Errorf("unknown label law %q, expected %s or %s", name, strings.Join(lawNames[:len(lawNames)-1], ", "), lawNames[len(lawNames)-1])
}

// MarshalText writes the name of the law.
func (l Law) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (l *Law) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLaw(string(text))
	return err
}

// Step returns step c of an instance, 0 ≤ c < Steps(), with the labels of the
// law. Any other c is ErrNoStep, and a step without a label ErrNoLabel.
func (l Law) Step(in *Instance, c int) (Step, error) {
	s, err := in.Step(c)
	if err != nil || l == PathLaw {
		return s, err
	}
	s.law, s.labels = l, nil
	candidates := slices.Repeat([]bool{true}, in.Graph.Order())
	if l == ShortestLaw {
		candidates = in.Graph.leading(in.Root, in.Target)
	}
	for v, d := range in.Graph.Distances(in.Root) {
		if candidates[v] && d == c+1 {
			s.labels = append(s.labels, v)
		}
	}
	if len(s.labels) == 0 {
		return Step{}, ErrNoLabel
	}
	return s, nil
}

// StepsOf goes through the steps of instances under the law in their order,
// only through step c of each if c ≥ 0, with the 0-based place of the instance.
// An instance without a step c, and a step without a label, is left out.
func (l Law) StepsOf(instances []Instance, c int) iter.Seq2[int, Step] {
	return func(yield func(int, Step) bool) {
		for i := range instances {
			for at := range instances[i].Steps() {
				if c >= 0 && at != c {
					continue
				}
				if step, err := l.Step(&instances[i], at); err == nil && !yield(i, step) {
					return
				}
			}
		}
	}
}
