package runs

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

func TestTry2(t *testing.T) {
	instances, _ := graph.Builtin()
	symbols := 0
	for i := range instances {
		symbols = max(symbols, instances[i].Graph.Order())
	}
	var steps []graph.Step
	for _, s := range graph.StepsOf(instances, 1) {
		steps = append(steps, s)
	}
	m, _ := NewModel(steps, symbols, theory.Coconut, big.NewRat(1, 1), true)
	var nodes []node
	bins := make([]float64, 8)
	lag, tot := 0., 0.
	for _, f := range []string{"", "-2", "-3", "-4", "-5", "-6"} {
		l := NewLog(Reading{})
		r, _ := os.Open("/tmp/curves/tf32000" + f + ".json")
		if err := l.Read(r, "x"); err != nil {
			t.Fatal(err)
		}
		l.Finish()
		l.SplitStages(l.Runs[0])
		c := l.CurveOf(l.Runs[1], 0.5)
		if nodes == nil {
			nodes, _ = m.follow(context.Background(), c.Times, Descent{0.5, 32})
			fmt.Println(nodes[100].theta, nodes[100].bias, nodes[100].noise)
			e := m.spread.at(nodes[100].theta[:])
			_, _, cov := m.moments(nodes[100].theta[:])
			fmt.Printf("cov %v more %v growth %v decay %v q_inf %v\n", cov, e.more, e.growth, e.decay, 0.5/32*e.growth/2/e.decay)
		}
		inn := innovations(nodes, c.Times, c.Y)
		line := ""
		for k, x := range inn {
			if x.variance > 0 {
				z := x.rest / math.Sqrt(x.variance)
				bins[k*8/len(inn)] += z * z / 6 / float64(len(inn)) * 8
				if k > 0 && inn[k-1].variance > 0 {
					lag += z * inn[k-1].rest / math.Sqrt(inn[k-1].variance)
					tot++
				}
			}
		}
		fmt.Println(f, line)
	}
	fmt.Printf("%.2f lag %.3f ± %.3f\n", bins, lag/tot, 1/math.Sqrt(tot))
}
