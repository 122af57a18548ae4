package proptest

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// A destination is where a trained softmax model was last seen.
type destination struct {
	logit float64 // z = μ/√K
	last  float64 // the last change of z
	rate  float64 // of the learning
}

// ending is the logit at which a training is over.
const ending = 20

// trainToTheEnd trains the softmax model on one step of one instance by exact
// averages over all relabellings, with a learning rate that grows while the
// logit moves little and shrinks when it turns round.
func trainToTheEnd(ctx context.Context, in *graph.Instance, c int, gain float64, steps int) (destination, error) {
	task, err := sim.NewTask(in, c, sim.Coconut)
	if err != nil {
		return destination{}, err
	}
	model, err := sim.NewModel(in.Graph.Order(), 1, sim.Dials{Softmax: 1, ValueGain: gain})
	if err != nil {
		return destination{}, err
	}
	w, err := model.Start(sim.Diagonal)
	if err != nil {
		return destination{}, err
	}
	k := 0.0
	for _, reached := range in.Reached(c) {
		if reached {
			k++
		}
	}
	d := destination{rate: 1}
	for range steps {
		trainer, err := sim.NewTrainer(model, []*sim.Task{task}, w, sim.Settings{LearningRate: d.rate, Workers: 1})
		if err != nil {
			return destination{}, err
		}
		if _, err := trainer.Step(ctx); err != nil {
			return destination{}, err
		}
		w = trainer.Weights()
		z := w.Probe().Diagonal.Mean / math.Sqrt(k)
		moved := z - d.logit
		switch {
		case moved*d.last < 0:
			d.rate /= 4
		case math.Abs(moved) < 0.05:
			d.rate *= 1.3
		case math.Abs(moved) > 0.3:
			d.rate /= 2
		}
		d.logit, d.last = z, moved
		if math.Abs(z) > ending { // near the end of float64: the slope is e^{−|z|}
			break
		}
	}
	return d, nil
}

// With a fixed value gain the model, trained instance by instance, goes where
// the criterion of theory.md section 7a says: beyond ±20, or to the equilibrium
// within a hundredth.
func TestTrainedAttentionArrives(t *testing.T) {
	file := "../../shared/data/prosqa_valid.json.gz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the published validation split is not beside the project")
	}
	instances, err := graph.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	stride, seen := 60, map[string]int{}
	if *long.Tests {
		stride = 12
	}
	for i, s := range graph.StepsOf(instances, -1) {
		if i%stride == 0 && s.C > 0 {
			a := theory.AttentionOf(s)
			for _, gain := range []int64{1, 12, 30} {
				limit, err := prove.DecideAttention(t.Context(), a, theory.Coconut, big.NewRat(1, 1), big.NewRat(gain, 1))
				if err != nil {
					t.Fatal(err)
				}
				d, err := trainToTheEnd(context.Background(), s.Instance, s.C, float64(gain), 1000)
				if err != nil {
					t.Fatal(err)
				}
				bad := ""
				switch limit.Limit {
				case theory.PlusInfinity:
					if d.logit < ending || d.last <= 0 {
						bad = "upward"
					}
				case theory.MinusInfinity:
					if d.logit > -ending || d.last >= 0 {
						bad = "downward"
					}
				case theory.FiniteLimit:
					if goal, _ := limit.Logit.Mid().Float64(); math.Abs(d.logit-goal) > 0.01*max(1, math.Abs(goal)) {
						bad = fmt.Sprintf("to %g", goal)
					}
				}
				if bad != "" {
					t.Errorf("instance %d, step %d, gain %d: the criterion says %s, trained to %+v", i, s.C, gain, bad, d)
				}
				seen[limit.Limit.String()]++
			}
		}
	}
	t.Logf("arrived: %v", seen)
	if *long.Tests && (seen["plus-infinity"] < 20 || seen["finite"] < 10 || seen["minus-infinity"] < 1) {
		t.Errorf("too few of some kind: %v", seen)
	}
}
