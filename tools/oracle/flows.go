//go:build oracle

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"

	"muflow/prove"
	"muflow/theory"
)

// randomProfile draws a profile with n_out ≥ 1 and an edge from the set.
func randomProfile(rng *rand.Rand) (*theory.Profile, error) {
	classes := []theory.Class{{Degree: 0, Count: 1 + rng.IntN(20)}, {InSet: true, Degree: rng.IntN(2), Count: 1 + rng.IntN(4)}}
	most := 1 + rng.IntN(5)
	for d := 1; d <= most; d++ {
		if rng.IntN(4) > 0 || d == most {
			classes = append(classes, theory.Class{InSet: rng.IntN(2) == 0, Degree: d, Count: 1 + rng.IntN(6)})
		}
	}
	n, k := 0, 0
	for _, c := range classes {
		n += c.Count
		if c.InSet {
			k += c.Count
		}
	}
	target := classes[2+rng.IntN(len(classes)-2)].Degree
	return theory.NewProfile(n, k, target, classes)
}

// writeFlows encloses count flows and writes what Arb is to check. It returns
// how many stand still, and were left out.
func writeFlows(w io.Writer, seed uint64, count int) (still int, err error) {
	rng := rand.New(rand.NewPCG(seed, 23365))
	for range count {
		p, err := randomProfile(rng)
		if err != nil {
			return still, err
		}
		loss := []theory.Loss{theory.Coconut, theory.CoconutBFS}[rng.IntN(2)]
		alpha := strconv.FormatFloat(math.Exp2(float64(rng.IntN(5)-2)), 'f', -1, 64)
		until := strconv.FormatFloat(math.Round(math.Exp(7*rng.Float64()-3)*1e6)/1e6, 'f', -1, 64)
		gain, _ := new(big.Rat).SetString(alpha)
		time, _ := new(big.Rat).SetString(until)
		if time.Sign() == 0 {
			continue
		}
		digits := 5 + rng.IntN(36)
		flow, err := prove.FlowOf(context.Background(), p, prove.FlowRequest{Loss: loss, Alpha: gain, Times: []*big.Rat{time}, Digits: digits})
		if err != nil {
			return still, err
		}
		mu := flow.Mu[0]
		if mu.Evidence != prove.Enclosure {
			return still, fmt.Errorf("a flow without a proof: %v", mu)
		}
		if mu.Lo == mu.Hi {
			still++
			continue
		}
		fmt.Fprintf(w, "%v %d %d %d %s %s %s %s %d", loss, p.N, p.K, p.TargetDegree, alpha, until, mu.Lo, mu.Hi, len(p.Classes))
		for _, c := range p.Classes {
			in := 0
			if c.InSet {
				in = 1
			}
			fmt.Fprintf(w, " %d %d %d", in, c.Degree, c.Count)
		}
		fmt.Fprintln(w)
	}
	return still, nil
}
