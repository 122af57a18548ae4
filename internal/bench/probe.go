package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"muflow/graph"
	"muflow/internal/checkpoint"
	"muflow/sim/kernel"
	"muflow/sim/learned"
)

// probedGraphs is how many graphs a checkpoint is probed on. They have equally
// many edges and steps, so that PyTorch needs no padding.
const probedGraphs = 16

// A network is a checkpoint of the published size with drawn weights, and the
// graphs that it is probed on.
type network struct {
	folder string
	model  *learned.Model[float32] // as it was read from the file, nil before
	texts  []checkpoint.Text
	seen   noted // positions of all graphs, thoughts and answers too
}

func (n *network) checkpoint() string { return filepath.Join(n.folder, "model.safetensors") }
func (n *network) graphs() string     { return filepath.Join(n.folder, "graphs.json") }

// tasks probe the checkpoint by a kernel beside PyTorch: the same weights and
// tokens, forward with thoughts fed back. Ours reads all that verify probe
// shows of an instance, the peer the gaps and the answer.
func (n *network) tasks(peers Peers, k *kernel.Kernel) []Task {
	var tasks []Task
	name, environment := besides(k)
	for _, workers := range threadCounts() {
		task := &Task{Name: fmt.Sprintf("probe, published size, %d graphs, %s, threads: %d", probedGraphs, k.Name(), workers), Goal: 1, Rounds: 3, Unit: "tokens", Noted: &n.seen,
			Peer: peers.Torch(name, "bench_probe.py", "ms/pass", 1e-3, workers, environment, n.checkpoint(), n.graphs())}
		var readings []checkpoint.Reading
		task.Ours = func(ctx context.Context) (float64, error) {
			if err := n.prepare(); err != nil {
				return 0, err
			}
			s, err := checkpoint.NewSurveyor(n.model, learned.ProsQA, n.texts, k, workers, 1, nil)
			if err != nil {
				return 0, err
			}
			pass := func(ctx context.Context) (err error) {
				readings, err = s.Readings(ctx)
				return err
			}
			if err := pass(ctx); err != nil { // not counted
				return 0, err
			}
			return medianOf(ctx, 600*time.Millisecond, 3, pass)
		}
		task.Agree = func(printed string) error { return sameReadings(readings, printed) }
		tasks = append(tasks, *task)
	}
	return tasks
}

// prepare writes the checkpoint and the graphs, once, and reads the model back.
func (n *network) prepare() error {
	if n.model != nil {
		return nil
	}
	config := learned.Paper.Config
	config.Vocabulary, config.Readout, config.Dropout = learned.ProsQA.Vocabulary, learned.ProsQA.Vocabulary, 0
	drawn, err := learned.NewModel[float32](config)
	if err != nil {
		return err
	}
	drawn.Draw(rand.New(rand.NewPCG(1, 1)), 1, 1)
	file, err := os.Create(n.checkpoint())
	if err != nil {
		return err
	}
	if err := errors.Join(checkpoint.Save(file, drawn, 0), file.Close()); err != nil {
		return err
	}
	sources, err := checkpoint.Find([]string{n.checkpoint()})
	if err != nil {
		return err
	}
	read, err := sources[0].Read(0)
	if err != nil {
		return err
	}
	instances, err := alike(probedGraphs)
	if err != nil {
		return err
	}
	if n.texts, _, err = checkpoint.Write(instances, learned.ProsQA, learned.OrderedNames, false, 1); err != nil {
		return err
	}
	n.model = read.Model
	return n.writeGraphs()
}

// alike returns generated instances with equally many edges and steps.
func alike(count int) ([]graph.Instance, error) {
	suite, err := graph.Suite(1, 2000, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		return nil, err
	}
	groups := map[[2]int][]graph.Instance{}
	for _, in := range suite {
		key := [2]int{in.Graph.Size(), in.Steps()}
		if groups[key] = append(groups[key], in); len(groups[key]) == count {
			return groups[key], nil
		}
	}
	return nil, fmt.Errorf("no %d of %d instances are alike", count, len(suite))
}

// writeGraphs writes what the peer reads.
func (n *network) writeGraphs() error {
	type one struct {
		Prompt   []int32 `json:"prompt"`
		Suffix   []int32 `json:"suffix"`
		Distance []int   `json:"distance"` // of the source of each edge from the root, −1 if it is not reachable
		Target   int     `json:"target"`   // tokens of the candidates
		Other    int     `json:"other"`
	}
	layout := learned.ProsQA
	task := struct {
		Thoughts int   `json:"thoughts"`
		Bars     []int `json:"bars"` // places of the separators
		Graphs   []one `json:"graphs"`
	}{Thoughts: n.texts[0].Steps()}
	for j := range n.texts[0].Graph.Size() {
		task.Bars = append(task.Bars, layout.EdgeAt(j)+2)
	}
	n.seen.work = 0
	for _, x := range n.texts {
		away := x.Graph.Distances(x.Root)
		g := one{Prompt: layout.Prompt(nil, x.Instance, x.Writing), Suffix: layout.Suffix(nil, x.Instance, x.Writing), Target: x.Label[x.Target], Other: x.Label[x.Other]}
		for _, edge := range x.Order {
			g.Distance = append(g.Distance, away[x.Graph.Edges()[edge][0]])
		}
		n.seen.work += float64(len(g.Prompt) + task.Thoughts + len(g.Suffix))
		task.Graphs = append(task.Graphs, g)
	}
	text, err := json.Marshal(task)
	if err != nil {
		return err
	}
	return os.WriteFile(n.graphs(), text, 0o600)
}

// sameReadings compares every gap, to a thousandth of the largest, and which of the
// candidates has the larger logit.
func sameReadings(ours []checkpoint.Reading, printed string) error {
	var theirs struct {
		Gaps [][]float64
		Ends [][2]float64
	}
	if err := json.Unmarshal([]byte(lastLine(printed)), &theirs); err != nil {
		return err
	}
	if len(theirs.Gaps) != len(ours) || len(theirs.Ends) != len(ours) {
		return fmt.Errorf("%d graphs and %d", len(ours), len(theirs.Gaps))
	}
	largest := 0.0
	for _, gaps := range theirs.Gaps {
		for _, gap := range gaps {
			largest = max(largest, math.Abs(gap))
		}
	}
	for i, r := range ours {
		if len(theirs.Gaps[i]) != len(r.Thoughts) {
			return fmt.Errorf("graph %d: %d thoughts and %d", i, len(r.Thoughts), len(theirs.Gaps[i]))
		}
		for c, t := range r.Thoughts {
			if gap, ok := t.Gap.Value(); !ok || !(math.Abs(gap-theirs.Gaps[i][c]) <= 1e-3*largest) {
				return fmt.Errorf("graph %d after %d thoughts: gaps %g and %g", i, c, gap, theirs.Gaps[i][c])
			}
		}
		ends := theirs.Ends[i]
		if near := math.Abs(ends[0]-ends[1]) < 1e-3*math.Abs(ends[0]); !near && (r.Pair == 1) != (ends[0] > ends[1]) {
			return fmt.Errorf("graph %d: another answer", i)
		}
	}
	return nil
}
