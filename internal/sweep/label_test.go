package sweep

import (
	"context"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// A sweep with labels drawn from shortest paths: stochastic gradient descent is
// consistent with the flow towards the mean of the labels, on steps where that is
// not the flow towards the demonstrated vertex, and the limit is that of the
// population under the law. Coconut-BFS has no label and the same records.
func TestSweepUnderALaw(t *testing.T) {
	ctx := context.Background()
	instances, err := graph.Suite(5, 40, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	var several []graph.Instance // with several labels of different in-degrees at c = 1
	for i, s := range graph.ShortestLaw.StepsOf(instances, 1) {
		degrees, own := s.Degrees(), s.Degrees()[s.Target()]
		for _, v := range s.Labels() {
			if degrees[v] != own {
				several = append(several, instances[i])
				break
			}
		}
	}
	if len(several) < 3 {
		t.Fatalf("%d instances", len(several))
	}
	several = several[:min(len(several), 6)]
	of := func(label graph.Law) *Sweep {
		s, err := New(Config{Version: "test", Losses: []string{"coconut", "bfs"}, Alphas: []string{"1"}, Label: label, Seeds: []uint64{3}, Steps: []int{1},
			Training: Training{Rate: "1/2", Batch: 32, Steps: 400}, Digits: 12}, []Dataset{{"a", several}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	records := map[graph.Law][]*Record{}
	for _, label := range graph.Laws {
		s := of(label)
		for _, c := range s.Cells() {
			r, err := s.Compute(ctx, c)
			if err != nil || r.Failed != "" {
				t.Fatal(r, err)
			}
			records[label] = append(records[label], r)
		}
		decided, trained := records[label][0].Decided, records[label][1].Trained
		p, err := prove.SharedPopulation(ctx, several, prove.Sharing{Steps: []int{1}, Label: label, Alpha: big.NewRat(1, 1)}, 12)
		if err != nil || decided.Population.Limit != p.Limit || p.Limit == theory.FiniteLimit && *decided.Mu != prove.Enclose(p.Theta[0], 12) {
			t.Errorf("%v: %+v, %v", label, decided.Population, err)
		}
		if trained.Verdict != theory.Consistent {
			t.Errorf("%v: %v %s, differs by %g", label, trained.Verdict, trained.Reason, trained.Difference)
		}
	}
	end := func(r *Record) float64 { return r.Trained.Series[len(r.Trained.Series)-1].Theory }
	band := *records[graph.ShortestLaw][1].Trained.Band
	if gap := end(records[graph.ShortestLaw][1]) - end(records[graph.PathLaw][1]); max(gap, -gap) < band {
		t.Errorf("the flows under both laws are %g apart, the band is %g", gap, band)
	}
	for i := 2; i < 4; i++ {
		a, b := records[graph.PathLaw][i], records[graph.ShortestLaw][i]
		if i == 3 && end(a) != end(b) || i == 2 && a.Decided.Instances != b.Decided.Instances {
			t.Errorf("Coconut-BFS depends on the law: %+v, %+v", a, b)
		}
	}
}
