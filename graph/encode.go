package graph

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// Encode writes instances as a JSON array in the project's own form, one
// instance a line.
func Encode(w io.Writer, instances []Instance) error {
	return encode(w, instances, func(in *Instance) any { return FormOf(in) })
}

func encode(w io.Writer, instances []Instance, form func(in *Instance) any) error {
	buffered := bufio.NewWriter(w)
	open := "["
	for i := range instances {
		line, err := json.Marshal(form(&instances[i]))
		if err != nil {
			return err
		}
		buffered.WriteString(open)
		buffered.Write(line)
		open = ",\n "
	}
	buffered.WriteString("]\n")
	return buffered.Flush()
}

// A Form is the project's own form of an instance, for JSON.
type Form struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
	Root     int      `json:"root"`
	Target   int      `json:"target"`
	Other    int      `json:"other"`
	Path     []int    `json:"path"`
}

// FormOf returns the form of an instance.
func FormOf(in *Instance) Form {
	return Form{in.Graph.Order(), in.Graph.Edges(), in.Root, in.Target, in.Other, in.Path}
}

// A publishedForm has the keys of ProsQA's files.
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

// EncodePublished writes instances as a JSON array in the form of ProsQA's
// files. Vertices without edges into them are persons, the others kinds.
func EncodePublished(w io.Writer, instances []Instance) error {
	return encode(w, instances, func(in *Instance) any {
		g := in.Graph
		out := publishedForm{Edges: g.Edges(), Root: in.Root, Target: in.Target, Other: in.Other, Levels: map[string][]int{}}
		for v := range g.Order() {
			out.Symbols = append(out.Symbols, symbol(v, len(g.In(v)) == 0))
		}
		says := func(u, v int) string {
			every := "Every "
			if len(g.In(u)) == 0 {
				every = ""
			}
			return every + out.Symbols[u] + " is a " + out.Symbols[v] + "."
		}
		for _, e := range g.Edges() {
			out.Question += says(e[0], e[1]) + " "
		}
		subject := out.Symbols[in.Root]
		out.Question += "Is " + subject + " a " + out.Symbols[min(in.Target, in.Other)] + " or " + out.Symbols[max(in.Target, in.Other)] + "?"
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
	})
}

// symbol names a vertex: each differently, with a consonant first.
func symbol(v int, person bool) string {
	syllables := []string{"bo", "do", "fa", "ge", "jo", "ka", "le", "mu", "ni", "pa", "ro", "su", "ti", "ve", "wa", "ze"}
	name := ""
	for {
		name += syllables[v%len(syllables)]
		if v /= len(syllables); v == 0 {
			break
		}
	}
	if person {
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return name + "pus"
}
