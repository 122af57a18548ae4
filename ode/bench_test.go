package ode

import (
	"context"
	"fmt"
	"math/big"
	"testing"
)

var benchmarkProblems = []struct {
	name         string
	in           instance
	breadthFirst bool
	until        int64
}{
	{"A/coconut", instanceA, false, 1000},
	{"B/coconut", instanceB, false, 1000},
	{"A/bfs", instanceA, true, 1_000_000},
	{"B/bfs", instanceB, true, 1_000_000},
}

func BenchmarkIntegrate(b *testing.B) {
	for _, problem := range benchmarkProblems {
		for _, digits := range []int{50, 100, 300} {
			if testing.Short() && digits > 50 {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", problem.name, digits), func(b *testing.B) {
				system, start, _ := problem.in.rational(problem.breadthFirst)
				for b.Loop() {
					p, err := Integrate(context.Background(), system, start, big.NewRat(problem.until, 1), Settings{Digits: digits})
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(p.Steps()), "steps")
				}
			})
		}
	}
}

func BenchmarkEnclose(b *testing.B) {
	for _, problem := range benchmarkProblems {
		for _, digits := range []int{20, 50, 100, 300} {
			if testing.Short() && digits > 20 {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", problem.name, digits), func(b *testing.B) {
				system, start, mu := problem.in.rational(problem.breadthFirst)
				request := Request{Times: []*big.Rat{big.NewRat(problem.until, 1)}, Observables: []*Expr{mu}, Digits: digits}
				for b.Loop() {
					e, err := Enclose(context.Background(), system, start, request, FlowSettings{})
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(e.Flowpipe.Steps()), "steps")
				}
			})
		}
	}
}
