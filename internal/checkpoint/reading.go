package checkpoint

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"

	"muflow/graph"
	"muflow/internal/portable"
	"muflow/sim/learned"
)

// Classes are means of attention logits before the softmax, summed over the
// heads, by the class of the edge (learned.ClassOf).
type Classes struct {
	New  Mean `json:"new"`
	Old  Mean `json:"old"`
	Rest Mean `json:"rest"`
}

func (x *Classes) of(class int) *Mean { return []*Mean{&x.New, &x.Old, &x.Rest}[class] }

// gap is frontier minus unreached.
func (x *Classes) gap() Mean { return x.New.Minus(x.Rest) }

// A Layer is what the last position attends to in one layer. The logits are
// those at the separators; a mass is the attention on the three tokens of the
// edges of a class, mean over the heads.
type Layer struct {
	Classes
	Gap       Mean    `json:"gap"`        // frontier minus unreached
	GapAll    Mean    `json:"gap_all"`    // frontier minus all others, as in Figure 3 of the paper
	GapOld    Mean    `json:"gap_old"`    // older minus unreached
	GapSource Mean    `json:"gap_source"` // Gap at the source tokens
	GapTarget Mean    `json:"gap_target"` // Gap at the target tokens
	Source    Classes `json:"source"`
	Target    Classes `json:"target"`
	Head      []Mean  `json:"head"`     // Gap by head
	HeadAll   []Mean  `json:"head_all"` // GapAll by head
	Spread    Mean    `json:"spread"`   // standard deviation of the logit, of a sample, within the frontier, of at least two edges
	Mass      Mean    `json:"mass"`
	MassOld   Mean    `json:"mass_old"`
	MassRest  Mean    `json:"mass_rest"`
	Z         Mean    `json:"z"`       // log of the attention of a frontier edge over that of another
	Entropy   Mean    `json:"entropy"` // of the attention over that of equal weights, mean over the heads
}

// A Thought is what is read after c thoughts, of one instance or the means over
// several. The largest logit is among all tokens.
type Thought struct {
	C           int          `json:"c"`
	Instances   int          `json:"instances"`
	Layer                    // layer 2
	Hop         Mean         `json:"hop"`          // the largest logit is at distance c+1
	Within      Mean         `json:"within"`       // within c+1
	Shortest    Mean         `json:"shortest"`     // at distance c+1 on a shortest path to the target
	PHop        Mean         `json:"p_hop"`        // probability of these sets
	PWithin     Mean         `json:"p_within"`     //
	PShortest   Mean         `json:"p_shortest"`   //
	PReached    Mean         `json:"p_reached"`    // of N_c
	Unevenness  Mean         `json:"unevenness"`   // divergence of equal weights on distance c+1 from the softmax there; nats
	Norm        Mean         `json:"norm"`         // of the thought that is made here
	ThoughtNew  Mean         `json:"thought_new"`  // inner product of the thought that was fed last with the embeddings of the frontier
	ThoughtOld  Mean         `json:"thought_old"`  // nearer
	ThoughtRest Mean         `json:"thought_rest"` // elsewhere
	Layers      []OtherLayer `json:"layers"`       // not nil
}

// An OtherLayer is a layer beside layer 2.
type OtherLayer struct {
	Number int `json:"layer"` // from 1
	Layer
}

// add adds the means that there are of another thought.
func (t *Thought) add(other *Thought) {
	t.Instances += other.Instances
	if t.Head == nil {
		*t = other.shaped(t.C, t.Instances)
	}
	addMeans(reflect.ValueOf(t).Elem(), reflect.ValueOf(other).Elem())
}

// shaped is a thought with as many heads and layers and nothing in it.
func (t *Thought) shaped(c, instances int) Thought {
	heads := len(t.Head)
	empty := func() Layer { return Layer{Head: make([]Mean, heads), HeadAll: make([]Mean, heads)} }
	out := Thought{C: c, Instances: instances, Layer: empty(), Layers: []OtherLayer{}}
	for _, l := range t.Layers {
		out.Layers = append(out.Layers, OtherLayer{l.Number, empty()})
	}
	return out
}

var meanType = reflect.TypeFor[Mean]()

// addMeans adds every Mean of a value to the one in its place.
func addMeans(to, from reflect.Value) {
	switch {
	case to.Type() == meanType:
		to.Addr().Interface().(*Mean).AddMean(from.Interface().(Mean))
	case to.Kind() == reflect.Struct:
		for i := range to.NumField() {
			addMeans(to.Field(i), from.Field(i))
		}
	case to.Kind() == reflect.Slice:
		for i := range to.Len() {
			addMeans(to.Index(i), from.Index(i))
		}
	}
}

// Line is the reading as a line of JSON: of every number a list by the number of
// thoughts, those of the other layers as layer1.gap.
func (r *Reading) Line(name string, step int) ([]byte, error) {
	columns := map[string]any{"run": fmt.Sprintf("instance-%d", r.Instance), "checkpoint": name, "step": step, "instance": r.Instance, "steps": r.Steps, "answer": r.Answer, "answer_pair": r.Pair}
	for _, t := range r.Thoughts {
		text, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		var numbers map[string]any
		if err := json.Unmarshal(text, &numbers); err != nil {
			return nil, err
		}
		for _, l := range numbers["layers"].([]any) {
			layer := l.(map[string]any)
			for key, x := range layer {
				if key != "layer" {
					numbers[fmt.Sprintf("layer%v.%s", layer["layer"], key)] = x
				}
			}
		}
		for _, key := range []string{"c", "instances", "layers"} {
			delete(numbers, key)
		}
		for key, x := range numbers {
			list, _ := columns[key].([]any)
			columns[key] = append(list, x)
		}
	}
	return json.Marshal(columns)
}

// An item is an instance as it is written.
type item struct {
	*graph.Instance
	writing  *learned.Writing
	distance []int
}

// read reads sample i of a run after c thoughts.
func (s *Surveyor) read(run *learned.Run, i, c int, x *item) *Thought {
	m := s.model
	out := &Thought{C: c, Instances: 1, Layers: []OtherLayer{}}
	for layer := range m.Layers {
		l := s.readLayer(run, layer, i, c, x)
		if layer == s.layer() {
			out.Layer = l
		} else {
			out.Layers = append(out.Layers, OtherLayer{layer + 1, l})
		}
	}
	s.readReadout(out, run.Logits(c, i), x)
	out.Norm.Add(norm(run.Hidden(c, i)))
	if c > 0 {
		thought := run.Hidden(c-1, i)
		for v, d := range x.distance {
			inner := dot(thought, m.Embedding(x.writing.Label[v]))
			[]*Mean{&out.ThoughtNew, &out.ThoughtOld, &out.ThoughtRest}[learned.ClassOf(d, c)].Add(inner)
		}
	}
	return out
}

// readReadout reads the logits of the tokens.
func (s *Surveyor) readReadout(out *Thought, logits []float32, x *item) {
	soft := softmax(logits)
	best := learned.Largest(logits)
	next := map[int]bool{} // the labels of the law `shortest`
	if step, err := graph.ShortestLaw.Step(x.Instance, out.C); err == nil {
		for _, v := range step.Labels() {
			next[v] = true
		}
	}
	var hop, within, shortest, pHop, pWithin, pShortest, pReached float64
	var at []float64 // probabilities at distance c+1
	for v, d := range x.distance {
		p, is := soft[x.writing.Label[v]], learned.Indicator(best == x.writing.Label[v])
		if d == out.C+1 {
			pHop += p
			hop += is
			at = append(at, max(p, math.SmallestNonzeroFloat64))
		}
		if d >= 0 && d <= out.C+1 {
			pWithin += p
			within += is
		}
		if d >= 0 && d <= out.C {
			pReached += p
		}
		if next[v] {
			pShortest += p
			shortest += is
		}
	}
	out.Hop.Add(hop)
	out.Within.Add(within)
	out.PHop.Add(pHop)
	out.PWithin.Add(pWithin)
	out.PReached.Add(pReached)
	if len(next) > 0 {
		out.Shortest.Add(shortest)
		out.PShortest.Add(pShortest)
	}
	if x, ok := learned.Unevenness(at); ok && pHop > 0 {
		out.Unevenness.Add(x)
	}
}

// readLayer reads the attention of the last position.
func (s *Surveyor) readLayer(run *learned.Run, layer, i, c int, x *item) Layer {
	heads := s.model.Heads
	out := Layer{Head: make([]Mean, heads), HeadAll: make([]Mean, heads)}
	attention := run.Attention(layer, c, i)
	byHead, othersByHead := make([]Classes, heads), make([]Mean, heads)
	var mass, edges [learned.Classes]float64
	var all Mean // of the classes but the frontier
	var within []float64
	for j, edge := range x.writing.Order {
		class := learned.ClassOf(x.distance[x.Graph.Edges()[edge][0]], c)
		at := s.layout.EdgeAt(j)
		tokens := 3
		if s.layout.Open && j == len(x.writing.Order)-1 {
			tokens = 2
		}
		edges[class]++
		for token := range tokens {
			sum := 0.0
			for h := range heads {
				z := run.Score(layer, h, c, i, at+token)
				sum += z
				if token == 2 {
					byHead[h].of(class).Add(z)
					if class != learned.Frontier {
						othersByHead[h].Add(z)
					}
				}
				mass[class] += float64(float64(attention[h][at+token]) / float64(heads))
			}
			[]*Classes{&out.Source, &out.Target, &out.Classes}[token].of(class).Add(sum)
			if token == 2 && class == learned.Frontier {
				within = append(within, sum)
			} else if token == 2 {
				all.Add(sum)
			}
		}
	}
	out.Gap, out.GapAll, out.GapOld = out.gap(), out.New.Minus(all), out.Old.Minus(out.Rest)
	out.GapSource, out.GapTarget = out.Source.gap(), out.Target.gap()
	for h := range heads {
		out.Head[h], out.HeadAll[h] = byHead[h].gap(), byHead[h].New.Minus(othersByHead[h])
	}
	out.Mass.Add(mass[learned.Frontier])
	out.MassOld.Add(mass[learned.Older])
	out.MassRest.Add(mass[learned.Rest])
	if others := edges[learned.Older] + edges[learned.Rest]; edges[learned.Frontier] > 0 && others > 0 {
		const least = math.SmallestNonzeroFloat32
		out.Z.Add(portable.Log(max(mass[learned.Frontier], least)/edges[learned.Frontier]) - portable.Log(max(mass[learned.Older]+mass[learned.Rest], least)/others))
	}
	if x, ok := learned.Deviation(within); ok {
		out.Spread.Add(x)
	}
	for _, weights := range attention {
		if len(weights) > 1 {
			out.Entropy.Add(entropy(weights) / portable.Log(float64(len(weights))))
		}
	}
	return out
}
