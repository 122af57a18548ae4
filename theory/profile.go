package theory

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"muflow/graph"
	"muflow/internal/strict"
)

// MaxDegree bounds the in-degrees of a profile, and so the degree of its
// polynomials.
const MaxDegree = graph.MaxOrder

// A Class counts the vertices v that look alike to the reduced flow.
type Class struct {
	InSet  bool // a_v: v ∈ N_c
	Degree int  // d_v: number of edges from N_c into v
	Count  int  // m_{a,d} ≥ 1
}

// A Profile is all that the reduced flow of one instance and step depends on.
// Every vertex outside N_{c+1} is in the class (0,0).
type Profile struct {
	N            int     // n, number of vertices
	K            int     // |N_c| ≥ 1
	TargetDegree Degree  // d* ≥ 1
	Classes      []Class // by InSet, then Degree; no two alike
}

// NewProfile sorts and merges the classes and checks that they fit together:
// counts > 0 with sum n, of which k in the set; degrees ≥ 0; d* ≥ 1 and some
// class has that degree.
func NewProfile(n, k, targetDegree int, classes []Class) (*Profile, error) {
	if targetDegree < 1 || targetDegree > MaxDegree {
		return nil, fmt.Errorf("target_degree: %d, expected 1 to %d", targetDegree, MaxDegree)
	}
	p, err := newProfile(n, k, WholeDegree(targetDegree), classes)
	if err == nil && !p.shown() {
		return nil, fmt.Errorf("target_degree: no class has degree %d", targetDegree)
	}
	return p, err
}

// NewDrawnProfile is NewProfile for a label that is drawn from several vertices
// (assumption A19): d* is a mean of degrees ≥ 1, in lowest terms with a
// denominator up to MaxDegree, and need not be the degree of a class.
func NewDrawnProfile(n, k int, target Degree, classes []Class) (*Profile, error) {
	if target.Den < 1 || target.Den > MaxDegree || target != MeanDegree(target.Num, target.Den) {
		return nil, fmt.Errorf("target_degree: %d/%d, expected a fraction in lowest terms with a denominator from 1 to %d", target.Num, target.Den, MaxDegree)
	}
	p, err := newProfile(n, k, target, classes)
	if err != nil {
		return nil, err
	}
	least, most := MaxDegree+1, 0
	for _, c := range p.Classes {
		if most = max(most, c.Degree); c.Degree > 0 {
			least = min(least, c.Degree)
		}
	}
	if most == 0 || target.Over(least) < 0 || target.Over(most) > 0 {
		return nil, fmt.Errorf("target_degree: %v is not a mean of degrees ≥ 1 of the classes", target)
	}
	return p, nil
}

// shown reports whether some class has the degree d*.
func (p *Profile) shown() bool {
	return slices.ContainsFunc(p.Classes, func(c Class) bool { return p.TargetDegree.Over(c.Degree) == 0 })
}

func newProfile(n, k int, target Degree, classes []Class) (*Profile, error) {
	if n < 1 {
		return nil, fmt.Errorf("n: %d, expected at least 1", n)
	}
	if k < 1 || k > n {
		return nil, fmt.Errorf("k: %d, expected 1 to n = %d", k, n)
	}
	p := &Profile{N: n, K: k, TargetDegree: target}
	sum, inside := 0, 0
	for i, c := range classes {
		switch {
		case c.Count < 1:
			return nil, fmt.Errorf("classes[%d].count: %d, expected at least 1", i, c.Count)
		case c.Count > n-sum:
			return nil, fmt.Errorf("classes: counts sum to more than n = %d", n)
		case c.Degree < 0 || c.Degree > MaxDegree:
			return nil, fmt.Errorf("classes[%d].degree: %d, expected 0 to %d", i, c.Degree, MaxDegree)
		}
		sum += c.Count
		if c.InSet {
			inside += c.Count
		}
		p.add(c)
	}
	if sum != n {
		return nil, fmt.Errorf("classes: counts sum to %d, expected n = %d", sum, n)
	}
	if inside != k {
		return nil, fmt.Errorf("classes: counts with in_set 1 sum to %d, expected k = %d", inside, k)
	}
	return p, nil
}

// add merges a class into the sorted list.
func (p *Profile) add(c Class) {
	i, found := slices.BinarySearchFunc(p.Classes, c, func(a, b Class) int {
		return cmp.Or(cmp.Compare(indicator(a.InSet), indicator(b.InSet)), cmp.Compare(a.Degree, b.Degree))
	})
	if found {
		p.Classes[i].Count += c.Count
	} else {
		p.Classes = slices.Insert(p.Classes, i, c)
	}
}

// indicator returns 1 if it holds, else 0.
func indicator(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

// ProfileOf returns the profile of a step, with the mean degree of its labels
// as d*.
func ProfileOf(s graph.Step) *Profile {
	set, total := s.Set(), 0
	degrees := s.Instance.Graph.Degrees(set)
	for _, v := range s.Labels() {
		total += degrees[v]
	}
	p := &Profile{N: len(set), TargetDegree: MeanDegree(total, len(s.Labels()))}
	for v, degree := range degrees {
		if set[v] {
			p.K++
		}
		p.add(Class{set[v], degree, 1})
	}
	return p
}

// MinDegree returns d_min, the least in-degree from N_c.
func (p *Profile) MinDegree() int {
	least := p.Classes[0].Degree
	for _, c := range p.Classes {
		least = min(least, c.Degree)
	}
	return least
}

// MaxDegree returns d_max, the largest in-degree from N_c.
func (p *Profile) MaxDegree() int {
	largest := 0
	for _, c := range p.Classes {
		largest = max(largest, c.Degree)
	}
	return largest
}

// Outside returns n_out, the number of vertices outside N_{c+1}.
func (p *Profile) Outside() int {
	if c := p.Classes[0]; !c.InSet && c.Degree == 0 {
		return c.Count
	}
	return 0
}

// Key returns a text that two profiles share exactly if they are equal.
func (p *Profile) Key() string {
	b := strconv.AppendInt(make([]byte, 0, 64), int64(p.N), 10)
	number := func(mark byte, x int) { b = strconv.AppendInt(append(b, mark), int64(x), 10) }
	number(',', p.K)
	b = append(append(b, ','), p.TargetDegree.String()...)
	for _, c := range p.Classes {
		b = append(b, ';')
		if c.InSet {
			b = append(b, '*')
		}
		b = strconv.AppendInt(b, int64(c.Degree), 10)
		number('x', c.Count)
	}
	return string(b)
}

type profileForm struct {
	N            *int            `json:"n"`
	K            *int            `json:"k"`
	TargetDegree json.RawMessage `json:"target_degree"` // an integer, or the text of a fraction
	Classes      []classForm     `json:"classes"`
}

type classForm struct {
	InSet  *int `json:"in_set"`
	Degree *int `json:"degree"`
	Count  *int `json:"count"`
}

// MarshalJSON writes the profile in the form that DecodeProfile reads.
func (p *Profile) MarshalJSON() ([]byte, error) {
	form := profileForm{N: &p.N, K: &p.K, TargetDegree: strconv.AppendQuote(nil, p.TargetDegree.String())}
	if p.shown() {
		form.TargetDegree = strconv.AppendInt(nil, int64(p.TargetDegree.Num), 10)
	}
	for _, c := range p.Classes {
		in := indicator(c.InSet)
		form.Classes = append(form.Classes, classForm{&in, &c.Degree, &c.Count})
	}
	return json.Marshal(form)
}

// DecodeProfile reads a profile from JSON:
//
//	{"n": 18, "k": 7, "target_degree": 1, "classes": [{"in_set": 0, "degree": 0, "count": 9}, …]}
//
// target_degree is the degree of some class, or as a text such as "3/2" any mean
// of degrees ≥ 1 of the classes, see NewDrawnProfile. Keys match exactly and occur once. Unknown keys are ignored, missing ones and contradictions are errors.
func DecodeProfile(text []byte) (*Profile, error) {
	var form profileForm
	if err := strict.Unmarshal(text, &form); err != nil {
		var kind *json.UnmarshalTypeError
		var syntax *strict.SyntaxError
		if errors.As(err, &kind) {
			if kind.Field == "" {
				return nil, fmt.Errorf("not a profile: %s, expected an object", kind.Value)
			}
			return nil, fmt.Errorf("%s: %s, expected an integer (classes: an array of objects)", kind.Field, kind.Value)
		}
		if errors.As(err, &syntax) {
			return nil, syntax
		}
		return nil, fmt.Errorf("not a profile: %v", err)
	}
	for _, f := range []struct {
		name  string
		value *int
	}{{"n", form.N}, {"k", form.K}} {
		if f.value == nil {
			return nil, fmt.Errorf("%s: missing, expected an integer", f.name)
		}
	}
	if len(form.TargetDegree) == 0 || string(form.TargetDegree) == "null" {
		return nil, errors.New("target_degree: missing, expected an integer")
	}
	if len(form.Classes) == 0 {
		return nil, errors.New("classes: missing or empty, expected an array of objects")
	}
	classes := make([]Class, len(form.Classes))
	for i, c := range form.Classes {
		if c.InSet == nil || c.Degree == nil || c.Count == nil {
			return nil, fmt.Errorf("classes[%d]: expected in_set, degree and count", i)
		}
		if *c.InSet != 0 && *c.InSet != 1 {
			return nil, fmt.Errorf("classes[%d].in_set: %d, expected 0 or 1", i, *c.InSet)
		}
		classes[i] = Class{*c.InSet == 1, *c.Degree, *c.Count}
	}
	var whole int
	if json.Unmarshal(form.TargetDegree, &whole) == nil {
		return NewProfile(*form.N, *form.K, whole, classes)
	}
	var fraction string
	if json.Unmarshal(form.TargetDegree, &fraction) == nil {
		if target, ok := parseDegree(fraction); ok {
			return NewDrawnProfile(*form.N, *form.K, target, classes)
		}
	}
	return nil, fmt.Errorf("target_degree: %.40s, expected an integer, or a fraction such as \"3/2\" in quotes", form.TargetDegree)
}
