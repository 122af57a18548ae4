package checkpoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muflow/sim/learned"
)

// A part is what a tensor is in GPT-2.
type part struct {
	layer int    // from 0, −1 outside of the layers
	name  string // below the layer
}

func (p part) String() string {
	if p.layer < 0 {
		return p.name
	}
	return fmt.Sprintf("h.%d.%s", p.layer, p.name)
}

// prefixes are dropped, as often as they occur.
var prefixes = []string{"base_causallm.", "transformer."}

// partOf reads the name of a tensor.
func partOf(name string) (part, error) {
	short := name
	for again := true; again; {
		again = false
		for _, prefix := range prefixes {
			if rest, ok := strings.CutPrefix(short, prefix); ok {
				short, again = rest, true
			}
		}
	}
	unknown := func() (part, error) {
		return part{}, fmt.Errorf("tensor %.80q, expected only those of GPT-2", name)
	}
	if rest, ok := strings.CutPrefix(short, "h."); ok {
		number, rest, _ := strings.Cut(rest, ".")
		layer, err := strconv.Atoi(number)
		if err != nil || layer < 0 || strconv.Itoa(layer) != number || layer >= maxLayers || !slices.Contains(inLayer, rest) && !slices.Contains(buffers, rest) {
			return unknown()
		}
		return part{layer, rest}, nil
	}
	switch short {
	case "wte", "wpe", "lm_head", "embedding":
		short += ".weight"
	}
	if !slices.Contains(outside, short) && !slices.Contains(copies, short) {
		return unknown()
	}
	return part{-1, short}, nil
}

// The tensors of GPT-2 in the names of HuggingFace's transformers; matrices are
// of its Conv1D, (in, out).
var (
	outside = []string{"wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias"}
	inLayer = []string{"ln_1.weight", "ln_1.bias", "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight", "attn.c_proj.bias",
		"ln_2.weight", "ln_2.bias", "mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias"}
	// copies may be there if they equal wte: the readout, and what the published
	// code calls embedding.
	copies = []string{"lm_head.weight", "embedding.weight"}
	// buffers hold the causal mask and its fill, not weights.
	buffers = []string{"attn.bias", "attn.masked_bias"}
)

// A place is a tensor in its file.
type place struct {
	file   *file
	tensor *tensor
}

func (p place) String() string { return fmt.Sprintf("%s: tensor %q", p.file.name, p.tensor.name) }

// collect finds the tensors of all shards.
func collect(files []*file) (map[part]place, error) {
	found := map[part]place{}
	for _, f := range files {
		for i := range f.tensors {
			t := &f.tensors[i]
			p, err := partOf(t.name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
			if before, ok := found[p]; ok {
				return nil, fmt.Errorf("%s: tensor %q a second time, it is in %s as %q", f.name, t.name, before.file.name, before.tensor.name)
			}
			found[p] = place{f, t}
		}
	}
	return found, nil
}

// shapeOf reads the configuration off the shapes and holds every tensor
// against it.
func shapeOf(found map[part]place, name string) (c learned.Config, err error) {
	matrix := func(which part) (rows, columns int, err error) {
		p, ok := found[which]
		if !ok {
			return 0, 0, fmt.Errorf("%s: tensor %v is missing", name, which)
		}
		if s := p.tensor.shape; len(s) == 2 && s[0] > 0 && s[1] > 0 && s[0] <= 1<<20 && s[1] <= 1<<14 {
			return int(s[0]), int(s[1]), nil
		}
		return 0, 0, fmt.Errorf("%v of shape %v, expected a matrix", p, p.tensor.shape)
	}
	if c.Vocabulary, c.Width, err = matrix(part{-1, "wte.weight"}); err != nil {
		return c, err
	}
	var width int
	if c.Length, width, err = matrix(part{-1, "wpe.weight"}); err != nil {
		return c, err
	}
	if width != c.Width {
		return c, fmt.Errorf("%v of shape %v, expected a width of %d as that of wte", found[part{-1, "wpe.weight"}], []int{c.Length, width}, c.Width)
	}
	for p := range found {
		c.Layers = max(c.Layers, p.layer+1)
	}
	if c.Layers == 0 {
		return c, fmt.Errorf("%s: tensor h.0.ln_1.weight is missing", name)
	}
	c.Readout, c.Absolute, c.MLP = c.Vocabulary, true, [2]bool{true, true}
	return c, checkShapes(found, c, name)
}

// shapesOf returns the shape of every tensor by its name below the layer.
func shapesOf(c learned.Config) map[string][]int64 {
	d := int64(c.Width)
	return map[string][]int64{
		"wte.weight": {int64(c.Vocabulary), d}, "wpe.weight": {int64(c.Length), d}, "ln_f.weight": {d}, "ln_f.bias": {d},
		"lm_head.weight": {int64(c.Vocabulary), d}, "embedding.weight": {int64(c.Vocabulary), d},
		"ln_1.weight": {d}, "ln_1.bias": {d}, "ln_2.weight": {d}, "ln_2.bias": {d},
		"attn.c_attn.weight": {d, 3 * d}, "attn.c_attn.bias": {3 * d}, "attn.c_proj.weight": {d, d}, "attn.c_proj.bias": {d},
		"mlp.c_fc.weight": {d, 4 * d}, "mlp.c_fc.bias": {4 * d}, "mlp.c_proj.weight": {4 * d, d}, "mlp.c_proj.bias": {d},
	}
}

func checkShapes(found map[part]place, c learned.Config, name string) error {
	shapes := shapesOf(c)
	check := func(p part, required bool) error {
		at, ok := found[p]
		switch {
		case !ok && required:
			return fmt.Errorf("%s: tensor %v is missing", name, p)
		case !ok:
			return nil
		}
		if want := shapes[p.name]; !slices.Equal(at.tensor.shape, want) {
			hint := ""
			if len(want) == 2 && len(at.tensor.shape) == 2 && want[0] == at.tensor.shape[1] && want[1] == at.tensor.shape[0] {
				hint = " (in, out), as Conv1D has it"
			}
			return fmt.Errorf("%v of shape %v, expected %v%s", at, at.tensor.shape, want, hint)
		}
		if decoders[at.tensor.kind] == nil {
			return fmt.Errorf("%v of %s, expected F16, BF16 or F32", at, at.tensor.kind)
		}
		return nil
	}
	for _, part := range parts(c.Layers) {
		if err := check(part, true); err != nil {
			return err
		}
	}
	for _, copied := range copies {
		if err := check(part{-1, copied}, false); err != nil {
			return err
		}
	}
	return nil
}

// parts lists the tensors of a model with so many layers.
func parts(layers int) []part {
	all := make([]part, 0, len(outside)+layers*len(inLayer))
	for _, name := range outside {
		all = append(all, part{-1, name})
	}
	for layer := range layers {
		for _, name := range inLayer {
			all = append(all, part{layer, name})
		}
	}
	return all
}

// plainly names the parameters of a layer that are one tensor there as here.
var plainly = map[string]string{"ln_1.weight": "norm1.gain", "ln_1.bias": "norm1.shift", "ln_2.weight": "norm2.gain", "ln_2.bias": "norm2.shift",
	"attn.c_proj.weight": "output", "attn.c_proj.bias": "output.bias", "mlp.c_fc.weight": "up", "mlp.c_fc.bias": "up.bias", "mlp.c_proj.weight": "down", "mlp.c_proj.bias": "down.bias"}

// parameters returns the parameters whose rows side by side are those of a
// tensor of GPT-2.
func parameters(m *learned.Model[float32], p part) [][]float32 {
	in := func(name string) []float32 { return m.Tensor(fmt.Sprintf("layer%d.%s", p.layer+1, name)) }
	switch p.name {
	case "wte.weight":
		return [][]float32{m.Tensor("embedding")}
	case "wpe.weight":
		return [][]float32{m.Tensor("positions")}
	case "ln_f.weight":
		return [][]float32{m.Tensor("norm.gain")}
	case "ln_f.bias":
		return [][]float32{m.Tensor("norm.shift")}
	case "attn.c_attn.weight":
		return [][]float32{in("query"), in("keyvalue")}
	case "attn.c_attn.bias":
		return [][]float32{in("query.bias"), in("keyvalue.bias")}
	}
	return [][]float32{in(plainly[p.name])}
}

// fillModel copies the weights, and holds the readout against the embedding.
func fillModel(m *learned.Model[float32], found map[part]place) error {
	d := m.Width
	buffer := make([]byte, chunk)
	read := func(p part, to ...[]float32) error { // rows go to the targets in turn, as wide as they are for one row
		at := found[p]
		rows := 1
		if len(at.tensor.shape) == 2 {
			rows = int(at.tensor.shape[0])
		}
		row, target, column := 0, 0, 0
		width := func() int { return len(to[target]) / rows }
		return at.file.each(at.tensor, buffer, func(_ int, x float32) {
			to[target][row*width()+column] = x
			if column++; column == width() {
				column = 0
				if target++; target == len(to) {
					target = 0
					row++
				}
			}
		})
	}
	for _, p := range parts(m.Layers) {
		if err := read(p, parameters(m, p)...); err != nil {
			return err
		}
	}
	embedding := m.Tensor("embedding")
	for _, name := range copies {
		at, ok := found[part{-1, name}]
		if !ok {
			continue
		}
		different := -1
		if err := at.file.each(at.tensor, buffer, func(i int, x float32) {
			if x != embedding[i] && different < 0 {
				different = i
			}
		}); err != nil {
			return err
		}
		if different >= 0 {
			return fmt.Errorf("%v differs from wte in row %d, expected a tied readout", at, different/d)
		}
	}
	return nil
}
