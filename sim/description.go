package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// A Setting is one thing that the results of a training depend on.
type Setting struct {
	Name  string // words joined by _, a key in JSON
	Value any    // a number, a text, a switch, or a list of such, with a String method if JSON is not for people
}

// A Description lists what a training depends on, in an order for people; as JSON it
// is an object in this order.
type Description []Setting

// MarshalJSON writes the object.
func (s Description) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, x := range s {
		key, err := json.Marshal(x.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(x.Value)
		if err != nil {
			return nil, fmt.Errorf("setting %s: %w", x.Name, err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Text writes the value for people.
func (s Setting) Text() string {
	switch v := s.Value.(type) {
	case fmt.Stringer:
		return v.String()
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []string:
		return strings.Join(v, ", ")
	case []int:
		return strings.Trim(fmt.Sprint(v), "[]")
	}
	return fmt.Sprint(s.Value)
}

// A StageSetting is a stage of a curriculum.
type StageSetting struct {
	Thoughts int     `json:"thoughts"`         // before the trained step; −1 trains the answer
	Steps    int     `json:"steps"`            // at most, if there is a gate
	Epochs   int     `json:"epochs,omitempty"` // the same in passes over the training graphs
	Gate     float64 `json:"gate,omitempty"`   // ends at this accuracy on held-out graphs
}

func (s StageSetting) String() string {
	text := fmt.Sprintf("%d thoughts", s.Thoughts)
	switch s.Thoughts {
	case -1:
		text = "answer"
	case 1:
		text = "1 thought"
	}
	text += fmt.Sprintf(": %d steps", s.Steps)
	if s.Epochs > 0 {
		text += fmt.Sprintf(" (%d epochs)", s.Epochs)
	}
	if s.Gate > 0 {
		text += fmt.Sprintf(" or an accuracy of %g", s.Gate)
	}
	return text
}

// StageSettings are the stages of a curriculum.
type StageSettings []StageSetting

func (s StageSettings) String() string {
	texts, gated := make([]string, len(s)), false
	for i := range s {
		texts[i] = s[i].String()
		gated = gated || s[i].Gate > 0
	}
	if gated {
		texts = append(texts, "and there the steps that were not needed")
	}
	return strings.Join(texts, "; ")
}

// Settings returns all that the training depends on, but for the data that it
// was given.
func (s *PresetSession) Settings() Description {
	p, d := &s.preset, s.preset.Dials
	attention, value := "linear", "the identity"
	if d.Softmax > 0 {
		attention = fmt.Sprintf("softmax over the edges by %g, value gain %g", d.Softmax, d.ValueGain)
	}
	switch d.Value {
	case GainValue:
		value = "a trained gain"
	case MatrixValue:
		value = "a trained matrix"
	case CarryValue:
		value = "the identity, beside a trained weight of the carry-over"
	}
	thoughts := map[Thoughts]string{Superposition: "uniform superpositions of unit norm", Generated: "its own, without derivatives through them",
		GeneratedUnit: "its own, of unit norm, without derivatives through them", Through: "its own, of unit norm, with derivatives through them"}[p.Thoughts]
	out := Description{
		{"model", "the transformer of the theory (theory.md, section 1)"}, {"layers", 2}, {"score_matrix", p.Form.String()}, {"attention", attention},
		{"value_map", value}, {"readout_gain", p.Gain}, {"thoughts", thoughts}, {"symbols", s.model.Symbols()}, {"parameters", len(s.trainer.weights.Values())},
		{"names", "fresh in every sample, from all symbols"}, {"loss", s.loss.String()},
	}
	for _, dial := range []Setting{{"leak", d.Leak}, {"coherence", d.Coherence}, {"coherence_width", d.Width}, {"embedding_seed", d.EmbeddingSeed}, {"normalise", d.Normalise},
		{"uneven_scores", d.Uneven}, {"uneven_seed", d.UnevenSeed}, {"further_heads", d.Heads}, {"square", d.Square}, {"label_noise", d.Noise}} { // see Dials
		if !reflect.ValueOf(dial.Value).IsZero() {
			out = append(out, dial)
		}
	}
	if s.loss == Coconut {
		out = append(out, Setting{"label", p.Label})
	} else {
		out = append(out, Setting{"target_set", "N_{c+1}, all within c+1 hops"})
	}
	answer, start := "not trained", "goes on from the stage before"
	var stages StageSettings
	from := 0
	for i, end := range s.ends {
		stage := StageSetting{Thoughts: i, Steps: end - from}
		if from = end; p.Restart && i == len(s.ends)-1 {
			stage.Thoughts = -1
		}
		stages = append(stages, stage)
	}
	if p.Restart {
		answer, start = "a stage of its own, from the superposition after all steps of the instance", "from 0 in every stage"
	}
	graphs, held := "given", "those that are trained on"
	if s.own {
		graphs = fmt.Sprintf("graph.Generate with %d vertices, %d edges, %d hops", p.Vertices, p.Edges, p.Hops)
		held = fmt.Sprint(len(s.held), " further ones")
	}
	return append(out, Description{
		{"answer", answer}, {"schedule", stages}, {"steps", s.Total()}, {"weights_start", "0, a trained value map at the identity"}, {"stages_start", start},
		{"optimiser", "plain gradient descent"}, {"rate", p.LearningRate}, {"warm_up", 0}, {"weight_decay", 0}, {"dropout", 0}, {"batch", p.Batch},
		{"graphs", graphs}, {"training_graphs", s.trained}, {"measured_on", held}, {"points_every", p.Every}, {"seed", s.seed}, {"precision", "float64"},
	}...)
}
