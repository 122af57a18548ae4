package proptest

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/prove"
	"muflow/theory"
)

// planeLoss is the loss at X = gw/M_c, Y = g(1−w)/(M−M_c), vertex by vertex.
func planeLoss(a *theory.Attention, alpha, x, y float64) float64 {
	logit := func(g theory.AttentionGroup) float64 {
		l := x*float64(g.Degree) + y*float64(g.Total-g.Degree)
		if g.InSet {
			l += 1 / math.Sqrt(float64(a.K))
		}
		return alpha * l
	}
	sum, target := 0.0, logit(a.Groups[a.Target])
	for _, g := range a.Groups {
		sum += float64(g.Count) * math.Exp(logit(g)-target)
	}
	return math.Log(sum)
}

// The end that is proved for a sign of the gain has the least loss among all
// (z, g) with that sign: no other has a smaller one, and it comes near its own.
func TestPairEndIsTheLeastLoss(t *testing.T) {
	ends := map[prove.PairEnd]int{}
	suite := newSuite(t, 300)
	suite.forAll("least", func(a *theory.Attention, readout float64) error {
		alpha := new(big.Rat).SetFloat64(readout)
		if !a.Moves() {
			return nil
		}
		field, err := compare.NewAttentionField(a, readout)
		if err != nil {
			return err
		}
		for _, sign := range []int{1, -1} {
			limit, err := prove.DecidePair(t.Context(), a, alpha, sign)
			if err != nil {
				return err
			}
			ends[limit.End]++
			g := 0.0
			if limit.Gain != nil {
				g, _ = limit.Gain.Mid().Float64()
			}
			gx, gy := float64(sign)/float64(a.Leaving), float64(sign)/float64(a.Edges-a.Leaving)
			goal, within := math.Inf(1), 1e-9 // the loss at the end, or far on the way
			switch limit.End {
			case prove.PairFinite:
				z, _ := limit.Logit.Mid().Float64()
				goal = field.Loss(z, g)
			case prove.PairLeaving:
				goal = planeLoss(a, readout, g/float64(a.Leaving), 0)
			case prove.PairOthers:
				goal = planeLoss(a, readout, 0, g/float64(a.Edges-a.Leaving))
			case prove.PairTurning:
				goal = planeLoss(a, readout, 0, 0)
			case prove.PairGrowing:
				// Far out along w; vertices that stay level with p want a shift to the side.
				within = 1e-3
				for _, w := range []*big.Rat{limit.Margin.Least, limit.Margin.Greatest} {
					x, _ := w.Float64()
					const far, wide, parts = 1e5, 60, 3000
					for i := -parts; i <= parts; i++ {
						shift := wide * float64(i) / parts
						for _, way := range [][2]float64{{far*x + shift, far * (1 - x)}, {far * x, far*(1-x) + shift}} {
							if way[0] >= 0 && way[1] >= 0 {
								goal = min(goal, planeLoss(a, readout, way[0]*gx, way[1]*gy))
							}
						}
					}
				}
			default:
				continue
			}
			for z := -12.0; z <= 12; z += 0.75 {
				for _, size := range []float64{0.01, 0.1, 0.3, 1, 2, 4, 7, 12, 20, 35, 70} {
					if loss := field.Loss(z, float64(sign)*size); loss < goal-within {
						return fmt.Errorf("sign %d: %v with loss %g, but %g at z = %g, g = %g", sign, limit.End, goal, loss, z, size)
					}
				}
			}
		}
		return nil
	}, attentions(), logUniform(0.2, 5))
	suite.run()
	for _, e := range prove.PairEnds[1:] {
		if ends[e] < suite.checks/60 {
			t.Errorf("%d ends %v: %v", ends[e], e, ends)
		}
	}
}

// A slope that is exactly 0 at the origin is decided by integers.
func TestPairTieAtTheOrigin(t *testing.T) {
	a := &theory.Attention{N: 6, K: 1, Groups: []theory.AttentionGroup{
		{InSet: false, Degree: 0, Total: 0, Count: 1}, {InSet: false, Degree: 1, Total: 1, Count: 1}, {InSet: false, Degree: 1, Total: 2, Count: 1},
		{InSet: false, Degree: 1, Total: 4, Count: 1}, {InSet: false, Degree: 2, Total: 5, Count: 1}, {InSet: true, Degree: 1, Total: 2, Count: 1}}, Target: 2}
	for _, g := range a.Groups {
		a.Edges, a.Leaving = a.Edges+g.Total*g.Count, a.Leaving+g.Degree*g.Count
	}
	limit, err := prove.DecidePair(context.Background(), a, big.NewRat(1, 1), 1)
	if err != nil || limit.End != prove.PairTurning {
		t.Errorf("%+v, %v: expected the origin, as d_p = E[d] there and D_p − d_p < E[D − d]", limit, err)
	}
	best := planeLoss(a, 1, 0, 0)
	for x := 0.0; x < 3; x += 0.1 {
		for y := 0.0; y < 3; y += 0.1 {
			if loss := planeLoss(a, 1, x, y); loss < best-1e-12 {
				t.Fatalf("loss %g at (%g, %g), %g at the origin", loss, x, y, best)
			}
		}
	}
}

// A least value that is exactly on an edge of the quadrant, or at its corner,
// where no enclosure says on which side: (d_v, D_v − d_v) is mirrored at the edge.
func TestPairTieOnAnEdge(t *testing.T) {
	for _, c := range []struct {
		groups []theory.AttentionGroup // Total without Degree, before the fixed one, which comes to 1, 1
		target int
		end    prove.PairEnd
	}{
		{[]theory.AttentionGroup{{Count: 2}, {Total: 2, Count: 2}, {InSet: true, Degree: 2, Total: 1, Count: 1}}, 3, prove.PairLeaving},
		{[]theory.AttentionGroup{{InSet: true, Degree: 4, Total: 3, Count: 2}, {InSet: true, Degree: 2, Total: 3, Count: 2}, {InSet: true, Degree: 2, Total: 2, Count: 1}}, 2, prove.PairTurning},
	} {
		a := attentionOf(c.groups, c.target)
		for _, sign := range []int{1, -1} {
			if limit, err := prove.DecidePair(t.Context(), a, big.NewRat(1, 1), sign); err != nil || sign == 1 && limit.End != c.end {
				t.Errorf("%+v, sign %d: %+v, %v, expected %v", a, sign, limit, err, c.end)
			}
		}
	}
}

// With a trained value gain the model, trained instance by instance from z = 0,
// g = 1/2, goes where the loss is least on the side of g that it takes, and it
// takes that of D_p − E[D] at the start.
func TestTrainedPairsArrive(t *testing.T) {
	stride := 24
	if testing.Short() {
		stride = 80
	}
	file := "../../shared/data/prosqa_valid.json.gz"
	var published []graph.Instance
	if _, err := os.Stat(file); err == nil {
		if published, err = graph.Load(file); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Log("the published validation split is not beside the project: twice as many built-in instances instead")
		stride /= 2
	}
	every := func(all []graph.Instance) (some []graph.Instance) {
		for i := 0; i < len(all); i += stride {
			some = append(some, all[i])
		}
		return some
	}
	builtin, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	sets := [][]graph.Instance{every(builtin), every(published)}
	steps, nearing, ends := 0, 0, map[prove.PairEnd]int{}
	for _, set := range sets {
		for c := range 4 {
			counts, err := compare.TrainPairs(context.Background(), set, c, 0.5, 3000, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range counts {
				steps += k.Instances
				nearing += k.Nearing
				ends[k.End] += k.Instances
				if k.AsSlope != k.Instances {
					t.Logf("step %d: %+v", c, k)
				}
				if k.Arrived+k.Nearing != k.Instances || k.Side < 0 && k.Proved > 0 {
					t.Errorf("step %d: %+v", c, k)
				}
			}
		}
	}
	t.Logf("%d steps, %d still on the way: %v", steps, nearing, ends)
	if steps < 10*len(sets) || 4*nearing > steps {
		t.Errorf("%d steps, %d of them still on the way", steps, nearing)
	}
}
