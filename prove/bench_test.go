package prove

import (
	"context"
	"fmt"
	"math/big"
	"testing"

	"muflow/theory"
)

// benchmarkFlow runs one method on the instances, flows and digits of the C
// programs on MPFR and Arb that it is compared with.
func benchmarkFlow(b *testing.B, method FlowMethod) {
	for _, name := range []string{"A", "B"} {
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			until := big.NewRat(1000, 1)
			if loss == theory.CoconutBFS {
				until = big.NewRat(1_000_000, 1)
			}
			for _, digits := range []int{16, 50, 100, 300} {
				if method != ElementaryMethod && digits > 50 && testing.Short() {
					continue
				}
				b.Run(fmt.Sprintf("%s/%v/%d", name, loss, digits), func(b *testing.B) {
					request := FlowRequest{Loss: loss, Alpha: one, Times: []*big.Rat{until}, Digits: digits, Method: method}
					for b.Loop() {
						if _, err := FlowOf(context.Background(), referenceProfiles[name], request); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

func BenchmarkElementary(b *testing.B) { benchmarkFlow(b, ElementaryMethod) }
func BenchmarkFlowpipe(b *testing.B)   { benchmarkFlow(b, FlowpipeMethod) }
func BenchmarkTaylor(b *testing.B)     { benchmarkFlow(b, TaylorMethod) }

func BenchmarkEquilibrium(b *testing.B) {
	for _, name := range []string{"A", "B"} {
		for _, digits := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", name, digits), func(b *testing.B) {
				for b.Loop() {
					if _, err := EquilibriumOf(context.Background(), referenceProfiles[name], one, digits); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
