package graph

import (
	"bufio"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A publishedForm has the keys of ProsQA's files, in their order.
type publishedForm struct {
	Question string           `json:"question"`
	Answer   string           `json:"answer"`
	Steps    []string         `json:"steps"`
	Symbols  []string         `json:"idx_to_symbol"`
	Edges    [][2]int         `json:"edges"`
	Root     int              `json:"root"`
	Target   int              `json:"target"`
	Other    int              `json:"neg_target"`
	Levels   map[string][]int `json:"neighbor_k"` // vertices on shortest paths from root to target, by distance
}

// The names of ProsQA's validation file.
var (
	publishedKinds = strings.Fields("bompus boompus brimpus chorpus dumpus felpus fompus gerpus gorpus grimpus gwompus hilpus impus jelpus jompus kerpus lempus lorpus numpus " +
		"quimpus rempus rompus rorpus scrompus shumpus sterpus storpus terpus timpus tumpus vumpus worpus wumpus yerpus yimpus yumpus zhorpus zumpus")
	publishedPersons = strings.Fields("Alex Bob Carol Davis Eva Fae Gabriel Jack Max Oliver Polly Rex Sally Sam Stella Tom Wren")
)

// NewPublishedEncoder returns an Encoder of the form of ProsQA's files, as their
// loader takes them. Vertices without edges into them are persons, the others
// kinds; names, the order of the sentences and that of the two candidates are
// drawn: those of instance i depend on the seed and i only.
func NewPublishedEncoder(w io.Writer, seed uint64) *Encoder {
	return &Encoder{to: bufio.NewWriter(w), form: func(place int, in *Instance) any {
		return publishedFormOf(in, rand.New(rand.NewPCG(seed, ^uint64(place)))) // not that of Draw
	}}
}

func publishedFormOf(in *Instance, rng *rand.Rand) publishedForm {
	g := in.Graph
	out := publishedForm{Steps: []string{}, Edges: g.Edges(), Root: in.Root, Target: in.Target, Other: in.Other, Levels: map[string][]int{}}
	kinds, persons := drawNames(rng, publishedKinds), drawNames(rng, publishedPersons)
	for v := range g.Order() {
		name := kinds
		if len(g.In(v)) == 0 {
			name = persons
		}
		out.Symbols = append(out.Symbols, name())
	}
	says := func(u, v int) string {
		every := "Every "
		if len(g.In(u)) == 0 {
			every = ""
		}
		return every + out.Symbols[u] + " is a " + out.Symbols[v] + "."
	}
	for _, i := range rng.Perm(len(out.Edges)) {
		out.Question += says(out.Edges[i][0], out.Edges[i][1]) + " "
	}
	candidates := []string{out.Symbols[in.Target], out.Symbols[in.Other]}
	if rng.IntN(2) == 1 {
		slices.Reverse(candidates)
	}
	subject := out.Symbols[in.Root]
	out.Question += "Is " + subject + " a " + strings.Join(candidates, " or ") + "?"
	out.Answer = subject + " is a " + out.Symbols[in.Target] + "."
	for i, v := range in.Path[1:] {
		out.Steps = append(out.Steps, says(in.Path[i], v))
	}
	leads := g.leading(in.Root, in.Target)
	for v, d := range g.Distances(in.Root) {
		if leads[v] {
			level := strconv.Itoa(d)
			out.Levels[level] = append(out.Levels[level], v)
		}
	}
	return out
}

// drawNames returns names in a random order, each once; when all are used, again
// with a syllable and a hyphen before them, two syllables, and so on.
func drawNames(rng *rand.Rand, names []string) func() string {
	order, next := rng.Perm(len(names)), 0
	return func() string {
		name := names[order[next%len(names)]]
		if round := next / len(names); round > 0 {
			before, capital := syllables(round)+"-", name[0] <= 'Z'
			if name = before + strings.ToLower(name); capital {
				name = strings.ToUpper(name[:1]) + name[1:]
			}
		}
		next++
		return name
	}
}

// syllables writes a number > 0, each differently.
func syllables(n int) string {
	digits := []string{"ba", "de", "fi", "go", "ka", "le", "mi", "no", "pa", "ra"}
	out := ""
	for ; n > 0; n /= 10 {
		out = digits[n%10] + out
	}
	return out
}
