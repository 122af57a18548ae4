package graph

import (
	"bufio"
	"encoding/json"
	"io"
)

// Encode writes instances as a JSON array in the project's own form, one
// instance a line.
func Encode(w io.Writer, instances []Instance) error {
	buffered := bufio.NewWriter(w)
	for i := range instances {
		in := &instances[i]
		line, err := json.Marshal(FormOf(in))
		if err != nil {
			return err
		}
		open := ",\n "
		if i == 0 {
			open = "["
		}
		buffered.WriteString(open)
		buffered.Write(line)
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
