package learned

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
)

// The words of a description are true of the samples: their layout, from how many
// tokens the names are, and whether the answer is trained.
func TestDescriptionIsOfTheSamples(t *testing.T) {
	for _, p := range Presets {
		p.Pool, p.HeldOut, p.Config.Width, p.Config.Length, p.Batch = 60, 20, 8, 0, 32
		for i := range p.Stages {
			p.Stages[i].Gate = 0
		}
		s, err := NewSession(p, sim.Coconut, 3, 1, kernel.Best(), nil)
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]any{}
		for _, x := range s.Settings() {
			settings[x.Name] = x.Value
		}
		// The layout of an instance of two edges.
		l := s.Layout()
		in := graph.Instance{Root: 0, Target: 2, Other: 3, Path: []int{0, 1, 2}}
		if in.Graph, err = graph.New(4, [][2]int{{0, 1}, {1, 2}}); err != nil {
			t.Fatal(err)
		}
		w := Writing{Label: []int{0, 1, 2, 3}, Order: []int{0, 1}}
		special := map[int32]string{l.Separator: "|", l.Question: "[Q]", l.Root: "[R]", l.Answer: "[A]", l.Start: "<eos>"}
		var words []string
		after, vertices := "", "st"
		for _, token := range slices.Concat(l.Prompt(nil, &in, &w), []int32{-9}, l.Suffix(nil, &in, &w)) {
			switch word, ok := special[token]; {
			case token == -9:
				words[len(words)-1] += ","
				words = append(words, "thoughts,")
			case ok:
				words = append(words, word)
				vertices = map[string]string{"|": "st", "[Q]": "ab", "[R]": "r", "<eos>": "st"}[word]
				after = word
			default:
				if vertices == "" {
					t.Fatalf("%s: a vertex after %s", p.Name, after)
				}
				words = append(words, vertices[:1])
				vertices = vertices[1:]
			}
		}
		want := strings.Join(words, " ")
		if p.Format.Pair {
			want = strings.ReplaceAll(want, "s t |", "(s t)")
		}
		got := strings.NewReplacer("… | ", "", "… ", "", ", an edge a position", "").Replace(settings["layout"].(string))
		if got != want {
			t.Errorf("%s: layout %q, of the samples %q", p.Name, got, want)
		}
		// The samples of 40 batches of every stage.
		names, answered := map[int]bool{}, false
		for stage := range p.Stages {
			s.stage = stage
			for step := range 40 {
				samples := make([]Sample, 8)
				if w := new(Writing); p.Published {
					s.shuffle(step + 1)
					s.drawPublished(0, 0, 0, samples, w)
				} else {
					s.draw(step, 0, 0, samples, w)
				}
				for i := range samples {
					answered = answered || len(samples[i].Suffix) > 0
					for _, v := range samples[i].Targets {
						names[int(v)] = true
					}
				}
			}
		}
		if answer := settings["answer"].(string); answered == (answer == "not trained") {
			t.Errorf("%s: answered %v, %q", p.Name, answered, answer)
		}
		if text := settings["names_are"].(string); !p.Format.Published && text != fmt.Sprintf("fresh in every sample, from %d tokens of vertices", len(names)) {
			t.Errorf("%s: %d names, %q", p.Name, len(names), text)
		}
	}
}
