package ode

import (
	"context"
	"fmt"
	"math/big"
	"testing"
)

func BenchmarkIntegrate(b *testing.B) {
	for _, problem := range []struct {
		name         string
		in           instance
		breadthFirst bool
		until        int64
	}{
		{"A/coconut", instanceA, false, 1000},
		{"B/coconut", instanceB, false, 1000},
		{"A/bfs", instanceA, true, 1_000_000},
		{"B/bfs", instanceB, true, 1_000_000},
	} {
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
