package prove

import (
	"math/big"
	"strconv"
)

// vanishesAtZero reports whether integers prove that the drift of a mixture is
// 0 at θ = 0. In e = e^{α/√K} the families of one K have the sum
//
//	(1/√K)·Σ_i w_i (A_i + B_i e)/(C_i + D_i e),
//	(A + B e)/(C + D e) = B/D + (A/D − BC/D²)/(C/D + e),
//
// with integers A, B, C, D of each unknown, and it is 0 for every e > 0 if the
// constants have the sum 0, and so have the numerators over each C/D. False
// proves nothing.
func (x *Mixture) vanishesAtZero() bool {
	sums := map[string]*big.Rat{}
	add := func(key string, weight int64, value *big.Rat) {
		if sums[key] == nil {
			sums[key] = new(big.Rat)
		}
		sums[key].Add(sums[key], value.Mul(value, new(big.Rat).SetInt64(weight)))
	}
	for i, f := range x.Families {
		var count [2]int64 // C and D
		for _, g := range f.Groups {
			if g.Bias < 0 || g.Bias > 1 {
				return false
			}
			count[g.Bias] += int64(g.Count)
		}
		label, fixed := f.Label()
		if !fixed || count[1] == 0 {
			return false
		}
		pole := big.NewRat(count[0], count[1])
		for j := range f.Dimension() {
			var top [2]int64 // A and B
			for _, g := range f.Groups {
				top[g.Bias] += int64(g.Count) * int64(label.Sum[j]-label.Count*g.Feature[j])
			}
			key := strconv.Itoa(f.Scale.K) + " " + strconv.Itoa(j)
			below := count[1] * int64(label.Count)
			constant, rest := big.NewRat(top[1], below), big.NewRat(top[0], below)
			rest.Sub(rest, new(big.Rat).Mul(constant, pole))
			add(key, x.Weights[i], constant)
			add(key+" "+pole.RatString(), x.Weights[i], rest)
		}
	}
	for _, sum := range sums {
		if sum.Sign() != 0 {
			return false
		}
	}
	return true
}
