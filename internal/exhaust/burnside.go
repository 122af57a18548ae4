package exhaust

import (
	"fmt"
	"math/big"
)

// Burnside's lemma counts what the enumeration lists, without listing it: up to
// isomorphism there are
//
//	1/n! Σ_π #{digraphs that π leaves as they are}
//
// digraphs on n vertices, and as a permutation leaves a case as it is only if it
// fixes the root and the target, with 0 as root and 1 as target
//
//	1/(n−2)! Σ_π #{digraphs with the profile, π(0) = 0, π(1) = 1, that π leaves}
//
// cases with a profile. Such a digraph is constant on the orbits of π on pairs of
// vertices: between cycles of l and m vertices there are gcd(l,m), each with l
// divided by it edges into every vertex of the second, and m−1 within a cycle of
// m. The levels of the root are unions of cycles, and d_v is the same on a cycle,
// so that the in-degrees from N_c into the cycles are chosen one cycle after the
// other; edges from other vertices are free.

// A cycleType lists the lengths of the cycles of permutations, how many of k!
// permutations have them in count.
type cycleType struct {
	lengths []int
	count   int64
}

// cycleTypes lists the cycle types of the permutations of k things.
func cycleTypes(k int) []cycleType {
	var out []cycleType
	factorial := new(big.Int).MulRange(1, int64(k)).Int64()
	var extend func(lengths []int, left, most, repeated int, stabiliser int64)
	extend = func(lengths []int, left, most, repeated int, stabiliser int64) {
		if left == 0 {
			out = append(out, cycleType{append([]int(nil), lengths...), factorial / stabiliser})
			return
		}
		for l := min(left, most); l >= 1; l-- {
			again := 1
			if l == most && len(lengths) > 0 {
				again = repeated + 1
			}
			extend(append(lengths, l), left-l, l, again, stabiliser*int64(l)*int64(again))
		}
	}
	extend(nil, k, k, 0, 1)
	return out
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// orbits counts the orbits of pairs of different vertices from one cycle to
// another, or within one.
func orbits(lengths []int, from, to int) int {
	if from == to {
		return lengths[from] - 1
	}
	return gcd(lengths[from], lengths[to])
}

// digraphsUpTo counts the digraphs on n vertices up to isomorphism.
func digraphsUpTo(n int) *big.Int {
	total := new(big.Int)
	for _, t := range cycleTypes(n) {
		pairs := 0
		for i := range t.lengths {
			for j := range t.lengths {
				pairs += orbits(t.lengths, i, j)
			}
		}
		term := new(big.Int).Lsh(big.NewInt(t.count), uint(pairs))
		total.Add(total, term)
	}
	return total.Quo(total, new(big.Int).MulRange(1, int64(n)))
}

// casesUpTo counts the cases of digraphs with n vertices up to isomorphism, by
// profile, and those of labelled digraphs in all: the identity leaves each as it is.
func casesUpTo(n int) (byProfile map[key]int64, labelled *big.Int, err error) {
	byProfile, labelled = map[key]int64{}, new(big.Int)
	if n < 2 {
		return byProfile, labelled, nil
	}
	sums := map[key]*big.Int{}
	for _, t := range cycleTypes(n - 2) {
		f := &fixedCases{lengths: append([]int{1, 1}, t.lengths...), weight: t.count, sums: sums}
		f.level = make([]int, len(f.lengths))
		f.level[1] = -1
		identity := len(t.lengths) == n-2
		if identity {
			f.sums = map[key]*big.Int{}
		}
		f.levels(2)
		if !identity {
			continue
		}
		for k, count := range f.sums {
			labelled.Add(labelled, count)
			if sums[k] == nil {
				sums[k] = new(big.Int)
			}
			sums[k].Add(sums[k], count)
		}
		labelled.Mul(labelled, big.NewInt(int64(n*(n-1)))) // roots and targets
	}
	orders := new(big.Int).MulRange(1, int64(n-2))
	for k, sum := range sums {
		count, rest := new(big.Int).QuoRem(sum, orders, new(big.Int))
		if rest.Sign() != 0 || !count.IsInt64() {
			return nil, nil, fmt.Errorf("profile %d: %v fixed cases of %v permutations, expected a multiple", k, sum, orders)
		}
		if count.Sign() > 0 {
			byProfile[k] = count.Int64()
		}
	}
	return byProfile, labelled, nil
}

// fixedCases adds up the cases that a permutation leaves as they are. Its cycle 0
// is the root, its cycle 1 the target.
type fixedCases struct {
	lengths []int
	weight  int64
	sums    map[key]*big.Int
	level   []int // of each cycle in N_c: its distance from the root; −1: outside N_c
}

// levels goes through the ways to put cycles from i on into N_c, for every c.
func (f *fixedCases) levels(i int) {
	if i == len(f.lengths) {
		f.distances(2)
		return
	}
	for _, level := range []int{0, -1} {
		f.level[i] = level
		f.levels(i + 1)
	}
}

// distances gives every cycle of N_c but the root its distance, and goes on where
// each of 1…c is taken.
func (f *fixedCases) distances(i int) {
	for i < len(f.level) && f.level[i] < 0 {
		i++
	}
	if i == len(f.level) {
		c, taken := 0, 0
		for j, d := range f.level {
			if j > 0 && d > 0 {
				c, taken = max(c, d), taken|1<<d
			}
		}
		if taken == 1<<(c+1)-2 {
			f.degrees(c)
		}
		return
	}
	for d := 1; d < len(f.level); d++ {
		f.level[i] = d
		f.distances(i + 1)
	}
	f.level[i] = 0
}

// degrees adds the digraphs with given levels, by profile: the product over the
// cycles of the ways to choose their in-degree from N_c.
func (f *fixedCases) degrees(c int) {
	free := 0 // orbits of pairs from outside N_c
	for from := range f.lengths {
		for to := range f.lengths {
			if f.level[from] < 0 {
				free += orbits(f.lengths, from, to)
			}
		}
	}
	ways := map[key]*big.Int{0: new(big.Int).Lsh(big.NewInt(f.weight), uint(free))}
	for to := range f.lengths {
		next := map[key]*big.Int{}
		for d, count := range f.into(to, c) {
			if count == 0 {
				continue
			}
			inside := 0
			if f.level[to] >= 0 {
				inside = 1
			}
			step := key(f.lengths[to]) << classShift(inside, d)
			if to == 1 {
				step |= key(d) << targetShift
			}
			for k, n := range ways {
				at := next[k+step]
				if at == nil {
					at = new(big.Int)
					next[k+step] = at
				}
				at.Add(at, new(big.Int).Mul(n, big.NewInt(count)))
			}
		}
		ways = next
	}
	for k, n := range ways {
		if f.sums[k] == nil {
			f.sums[k] = new(big.Int)
		}
		f.sums[k].Add(f.sums[k], n)
	}
}

// into counts by d the ways to choose the edges from N_c into a cycle. Into a cycle
// at distance e there is none from nearer than e−1 and one at least from there;
// the target is at distance c+1, and other vertices outside N_c there or farther
// away, without an edge from N_c.
func (f *fixedCases) into(to, c int) []int64 {
	at := f.level[to]
	all := func(least int) []int64 { // from cycles at that distance or farther
		ways := []int64{1}
		for from, d := range f.level {
			if d < least {
				continue
			}
			size, count := 1, orbits(f.lengths, from, to) // of an orbit, into one vertex
			if from != to {
				size = f.lengths[from] / count
			}
			for range count {
				next := make([]int64, len(ways)+size)
				for i, n := range ways {
					next[i] += n
					next[i+size] += n
				}
				ways = next
			}
		}
		return ways
	}
	switch {
	case to == 0:
		return all(0) // edges back to the root
	case at < 0:
		at = c + 1
	}
	out := all(at - 1)
	for d, n := range all(at) { // without an edge from distance at−1
		out[d] -= n
	}
	if f.level[to] < 0 && to != 1 {
		out[0]++
	}
	return out
}
