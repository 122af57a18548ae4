package ode

import (
	"math/big"
	"testing"
)

// The remainder of a series of models bounds |F_{m+1}|·|s|^{m+1} where its parts
// leave the range of float64 on the way: exact values by big.Float.
func TestRemaindersThatUnderflow(t *testing.T) {
	checks := 0
	for _, degree := range []int{1, 2, 4, 7} {
		for _, size := range []int{-300, -270, -150, -20, 0, 30} {
			for _, next := range []int{-1070, -900, -200, 0, 200, 499} {
				m := newModels(newBasis(1, 1))
				x, z := m.fresh(0), m.fresh(0)
				x.c[1] = pow2(size)
				taylor := make([]interval, degree+1)
				m.series(z, x, taylor, pow2(next))
				want := new(big.Float).SetMantExp(big.NewFloat(1), next+(degree+1)*size) // scale is 1
				if m.failure() != nil {
					continue
				}
				checks++
				if big.NewFloat(z.rest).Cmp(want) < 0 {
					t.Errorf("degree %d, size 2^%d, next 2^%d: remainder %g is less than %.6g", degree, size, next, z.rest, want)
				}
			}
		}
	}
	if checks < 100 {
		t.Errorf("only %d checks", checks)
	}
}
