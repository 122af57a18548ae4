package proptest

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"

	"muflow/graph"
	"muflow/theory"
)

// profiles draws valid profiles: such as occur at steps of instances, others
// with up to maxDegree edges into a vertex, with d* = d_max, with
// d* = d_min ≥ 1, with all degrees equal, and with d* = F(0). It shrinks by
// leaving out classes and by lowering counts and degrees. In the domain
// n ≤ maxOrder.
func profiles(maxOrder, maxDegree int) gopter.Gen {
	ofSteps := steps(graph.Shape{MinVertices: 6, MaxVertices: max(min(28, maxOrder), 6), MinHops: 1, MaxHops: 4}).Map(theory.ProfileOf)
	drawn := gen.Size().FlatMap(func(size any) gopter.Gen {
		most := 1 + maxDegree*max(size.(int), 30)/100
		return gen.IntRange(1, most).FlatMap(func(value any) gopter.Gen {
			target := value.(int)
			return gen.OneGenOf(ofSteps, tied(target),
				degreesWithin(target, 0, most), degreesWithin(target, 0, target), degreesWithin(target, target, most), degreesWithin(target, target, target))
		}, reflect.TypeFor[*theory.Profile]())
	}, reflect.TypeFor[*theory.Profile]())
	small := func(p *theory.Profile) bool { return p != nil && p.N <= maxOrder && p.MaxDegree() <= maxDegree }
	return within(gen.RetryUntil(drawn, small, 1000), shrinkProfile, func(p *theory.Profile) error {
		if !small(p) {
			return fmt.Errorf("not a profile of at most %d vertices and in-degree %d", maxOrder, maxDegree)
		}
		_, err := theory.NewProfile(p.N, p.K, p.TargetDegree.Num, p.Classes)
		return err
	})
}

// classes draws from least to most classes, degrees and counts in their ranges.
func classes(least, most, low, high, count int) gopter.Gen {
	one := gen.Struct(reflect.TypeFor[theory.Class](), map[string]gopter.Gen{"InSet": gen.Bool(), "Degree": gen.IntRange(low, high), "Count": gen.IntRange(1, count)})
	return gen.IntRange(least, most).FlatMap(func(n any) gopter.Gen { return gen.SliceOfN(n.(int), one) }, reflect.TypeFor[[]theory.Class]())
}

// degreesWithin draws profiles with degrees from low to high, and where low is
// 0 two times in three with more vertices that no edge enters. They are nil if
// the classes do not fit.
func degreesWithin(target, low, high int) gopter.Gen {
	parts := []gopter.Gen{classes(0, 5, low, high, 5), classes(1, 1, target, target, 3)}
	if low == 0 {
		none := gen.IntRange(1, 12).Map(func(count int) []theory.Class { return []theory.Class{{Count: count}} })
		parts = append(parts, gen.OneGenOf(none, none, gen.Const([]theory.Class(nil))))
	}
	return gopter.CombineGens(parts...).Map(func(parts []any) *theory.Profile {
		var all []theory.Class
		for _, some := range parts {
			all = append(all, some.([]theory.Class)...)
		}
		return profileOf(target, all)
	})
}

// tied draws profiles with d* = F(0): degrees in pairs around d*, the two sides
// of a pair alike.
func tied(target int) gopter.Gen {
	return gopter.CombineGens(classes(1, 3, 0, target, 4), classes(1, 1, target, target, 4)).Map(func(parts []any) *theory.Profile {
		all := parts[1].([]theory.Class)
		for _, c := range parts[0].([]theory.Class) {
			across := c
			across.Degree = 2*target - c.Degree
			all = append(all, c, across)
		}
		return profileOf(target, all)
	})
}

// profileOf counts n and k and returns nil if the classes do not fit.
func profileOf(target int, classes []theory.Class) *theory.Profile {
	n, k := 0, 0
	for _, c := range classes {
		n += c.Count
		if c.InSet {
			k += c.Count
		}
	}
	p, err := theory.NewProfile(n, k, target, classes)
	if err != nil {
		return nil
	}
	return p
}

// shrinkProfile proposes profiles with a class left out, lower counts, lower
// degrees, or a lower d*.
func shrinkProfile(p *theory.Profile) []*theory.Profile {
	var out []*theory.Profile
	keep := func(target int, classes []theory.Class) {
		if q := profileOf(target, classes); q != nil {
			out = append(out, q)
		}
	}
	for i := range p.Classes {
		keep(p.TargetDegree.Num, slices.Delete(slices.Clone(p.Classes), i, i+1))
	}
	// Moves of all classes at once keep ties, which single ones break: half
	// the counts, every degree one less with d*, every degree nearer to d*.
	halved, lowered, nearer := slices.Clone(p.Classes), slices.Clone(p.Classes), slices.Clone(p.Classes)
	for i, c := range p.Classes {
		halved[i].Count = (c.Count + 1) / 2
		lowered[i].Degree--
		nearer[i].Degree -= cmp.Compare(c.Degree, p.TargetDegree.Num)
	}
	if !slices.Equal(halved, p.Classes) {
		keep(p.TargetDegree.Num, halved)
	}
	keep(p.TargetDegree.Num-1, lowered)
	if p.MaxDegree() > p.TargetDegree.Num { // lowers d_max, which no other move raises: chains end
		keep(p.TargetDegree.Num, nearer)
	}
	for i, c := range p.Classes {
		for _, count := range []int{1, c.Count / 2, c.Count - 1} {
			if count >= 1 && count < c.Count {
				classes := slices.Clone(p.Classes)
				classes[i].Count = count
				keep(p.TargetDegree.Num, classes)
			}
		}
		if c.Degree > 0 {
			classes := slices.Clone(p.Classes)
			classes[i].Degree--
			keep(p.TargetDegree.Num, classes)
		}
		if c.Degree < p.TargetDegree.Num {
			keep(c.Degree, p.Classes)
		}
	}
	return out
}

// attentions draws steps by their groups, more various than those of graphs:
// two to five groups of its own and one vertex of the set that an edge from the
// set and another edge enter. It shrinks by leaving out groups and by lowering
// their numbers.
func attentions() gopter.Gen {
	group := gen.Struct(reflect.TypeFor[theory.AttentionGroup](), map[string]gopter.Gen{
		"InSet": gen.Bool(), "Degree": gen.IntRange(0, 4), "Total": gen.IntRange(0, 4), "Count": gen.IntRange(1, 4)})
	groups := gen.IntRange(2, 5).FlatMap(func(n any) gopter.Gen { return gen.SliceOfN(n.(int), group) }, reflect.TypeFor[[]theory.AttentionGroup]())
	drawn := gopter.CombineGens(groups, gen.IntRange(0, 59)).Map(func(parts []any) *theory.Attention {
		return attentionOf(parts[0].([]theory.AttentionGroup), parts[1].(int))
	})
	return within(drawn, shrinkAttention, func(a *theory.Attention) error {
		if a == nil || a.K == 0 || a.Leaving == 0 {
			return errors.New("no vertex in the set or no edge from it")
		}
		return nil
	})
}

// attentionOf makes a step of groups whose Total counts the edges that do not
// come from the set only, and of the fixed one, and trains it towards one of them.
func attentionOf(groups []theory.AttentionGroup, target int) *theory.Attention {
	a := &theory.Attention{Groups: append(slices.Clone(groups), theory.AttentionGroup{InSet: true, Degree: 1, Total: 1, Count: 1})}
	for i := range a.Groups {
		g := &a.Groups[i]
		g.Total += g.Degree
		a.N += g.Count
		a.Edges += g.Count * g.Total
		a.Leaving += g.Count * g.Degree
		if g.InSet {
			a.K += g.Count
		}
	}
	a.Target = target % len(a.Groups)
	return a
}

func shrinkAttention(a *theory.Attention) []*theory.Attention {
	groups := slices.Clone(a.Groups[:len(a.Groups)-1])
	for i := range groups {
		groups[i].Total -= groups[i].Degree
	}
	var out []*theory.Attention
	for i, g := range groups {
		if i != a.Target {
			target := a.Target
			if i < target {
				target--
			}
			out = append(out, attentionOf(slices.Delete(slices.Clone(groups), i, i+1), target))
		}
		for _, smaller := range []theory.AttentionGroup{
			{InSet: g.InSet, Degree: g.Degree, Total: g.Total, Count: 1}, {InSet: g.InSet, Degree: 0, Total: g.Total, Count: g.Count},
			{InSet: g.InSet, Degree: g.Degree, Total: 0, Count: g.Count}, {InSet: g.InSet, Degree: max(g.Degree-1, 0), Total: g.Total, Count: g.Count},
			{InSet: g.InSet, Degree: g.Degree, Total: max(g.Total-1, 0), Count: g.Count}} {
			if smaller != g {
				changed := slices.Clone(groups)
				changed[i] = smaller
				out = append(out, attentionOf(changed, a.Target))
			}
		}
	}
	return out
}
