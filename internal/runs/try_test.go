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

func TestTry(t *testing.T) {
	instances, _ := graph.Builtin()
	symbols := 0
	for i := range instances { symbols = max(symbols, instances[i].Graph.Order()) }
	for _, q := range []struct{ file string; full bool; stage int }{{"/tmp/curves/tf32000-2.json", true, 2},{"/tmp/curves/tf32000-2.json", true, 1},{"/tmp/curves/td16000-2.json", false, 2},{"/tmp/curves/tf32000-3.json", true, 2},{"/tmp/curves/tf32000-3.json", true, 1},{"/tmp/curves/td16000-3.json", false, 2},{"/tmp/curves/tf32000-4.json", true, 2},{"/tmp/curves/tf32000-4.json", true, 1},{"/tmp/curves/td16000-4.json", false, 2},{"/tmp/curves/tf32000-5.json", true, 2},{"/tmp/curves/tf32000-5.json", true, 1},{"/tmp/curves/td16000-5.json", false, 2},{"/tmp/curves/tf32000-6.json", true, 2},{"/tmp/curves/tf32000-6.json", true, 1},{"/tmp/curves/td16000-6.json", false, 2}} {
		l := NewLog(Reading{})
		f, _ := os.Open(q.file)
		if err := l.Read(f, q.file); err != nil { t.Fatal(err) }
		if err := l.Finish(); err != nil { t.Fatal(err) }
		l.SplitStages(l.Runs[0])
		for _, rate := range []float64{0.5} {
		c := l.CurveOf(l.Runs[q.stage-1], rate)
		var steps []graph.Step
		for _, s := range graph.StepsOf(instances, q.stage-1) { steps = append(steps, s) }
		m, err := NewModel(steps, symbols, theory.Coconut, big.NewRat(1, 1), q.full)
		if err != nil { t.Fatal(err) }
		nodes, err := m.follow(context.Background(), c.Times, Descent{rate, 32})
		if err != nil { t.Fatal(err) }
		inn := innovations(nodes, c.Times, c.Y)
		chi, sg, sr := 0., 0., 0.
		for k, x := range inn {
			if x.variance <= 0 { continue }
			chi += x.rest*x.rest/x.variance
			sg += x.scale*x.scale/x.variance; sr += x.scale*x.rest/x.variance
			if false { fmt.Printf("  step %v y %.5f flow %.5f bias %.5f rest %.2g sd %.2g\n", c.Steps[k], c.Y[k], nodes[k].theta[0], nodes[k].bias[0], x.rest, math.Sqrt(x.variance)) }
		}
		fmt.Printf("%s stage %d rate %v: members %d chi2 %.1f of %d, log scale %.5f ± %.5f\n", q.file, q.stage, rate, len(m.members), chi, len(inn)-1, sr/sg, 1/math.Sqrt(sg))
		}
	}
}
