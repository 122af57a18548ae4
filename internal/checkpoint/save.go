package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"muflow/sim/learned"
)

// Savable reports whether a model is of the make of GPT-2: embeddings of absolute
// positions, softmax attention, and an MLP in every layer.
func Savable(m *learned.Model[float32]) bool {
	c := m.Config
	return c.Absolute && c.Relative == [2]bool{} && c.Linear == [2]bool{} && c.MLP == [2]bool{true, true}
}

// Save writes a model of the make of GPT-2 as safetensors in float32, with the
// names of HuggingFace's transformers, tied readout, and the number of heads and
// of steps in the metadata: what Read reads, and
// GPT2LMHeadModel.load_state_dict(safetensors.torch.load_file(…), strict=False).
func Save(w io.Writer, m *learned.Model[float32], step int) error {
	if !Savable(m) {
		return errors.New("a model of another make than GPT-2")
	}
	c, layers := m.Config, cmp.Or(m.Layers, 2)
	all, shapes := parts(layers), shapesOf(c)
	var head bytes.Buffer
	fmt.Fprintf(&head, `{"__metadata__":{"n_head":"%d","n_layer":"%d","step":"%d"}`, c.Heads, layers, step)
	end := int64(0)
	for _, p := range all {
		from := end
		for _, x := range parameters(m, p) {
			end += 4 * int64(len(x))
		}
		shape, err := json.Marshal(shapes[p.name])
		if err != nil {
			return err
		}
		fmt.Fprintf(&head, `,"transformer.%v":{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, p, shape, from, end)
	}
	head.WriteByte('}')
	for head.Len()%8 != 0 {
		head.WriteByte(' ')
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(head.Len()))); err != nil {
		return err
	}
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for _, p := range all {
		if err := writeRows(w, parameters(m, p), shapes[p.name]); err != nil {
			return err
		}
	}
	return nil
}

// writeRows writes the rows of some matrices side by side.
func writeRows(w io.Writer, from [][]float32, shape []int64) error {
	rows := 1
	if len(shape) == 2 {
		rows = int(shape[0])
	}
	var line []byte
	for row := range rows {
		line = line[:0]
		for _, x := range from {
			width := len(x) / rows
			for _, v := range x[row*width:][:width] {
				line = binary.LittleEndian.AppendUint32(line, math.Float32bits(v))
			}
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}
