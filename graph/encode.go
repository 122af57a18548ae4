package graph

import (
	"bufio"
	"encoding/json"
	"io"
)

// Encode writes instances as a JSON array in the project's own form, one
// instance a line.
func Encode(w io.Writer, instances []Instance) error {
	e := NewEncoder(w)
	for i := range instances {
		if err := e.Encode(&instances[i]); err != nil {
			return err
		}
	}
	return e.Close()
}

// An Encoder writes instances as a JSON array, one after the other and one a line.
// What is written may be held back until Close. Errors are those of the writer.
type Encoder struct {
	to    *bufio.Writer
	form  func(place int, in *Instance) any
	count int
}

// NewEncoder returns an Encoder of the project's own form.
func NewEncoder(w io.Writer) *Encoder {
	return &Encoder{to: bufio.NewWriter(w), form: func(_ int, in *Instance) any { return FormOf(in) }}
}

// Encode writes an instance.
func (e *Encoder) Encode(in *Instance) error {
	line, err := json.Marshal(e.form(e.count, in))
	if err != nil {
		return err
	}
	before := ",\n "
	if e.count == 0 {
		before = "["
	}
	e.count++
	e.to.WriteString(before)
	_, err = e.to.Write(line)
	return err
}

// Close ends the array, and leaves the writer open.
func (e *Encoder) Close() error {
	if e.count == 0 {
		e.to.WriteString("[")
	}
	e.to.WriteString("]\n")
	return e.to.Flush()
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
