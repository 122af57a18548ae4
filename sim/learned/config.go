// Package learned holds a transformer in which everything is learnt: two
// decoder layers, trained with continuous thoughts, each the final hidden
// state at the last position, which becomes the next input embedding.
//
//	X⁰ = E[tokens] + P[positions]                  or a thought + P[position]
//	X¹ = X⁰ + Attention(LN X⁰)·W_o,  X¹ += MLP(LN X¹)      layer 1
//	X² = the same from X¹                                  layer 2
//	h  = LN X²,  logits = h·Eᵀ
//
// Letters: B samples, N rows (positions of all samples of a chunk, without
// padding), T positions of one sample, H heads, d width, V tokens. A
// derivative of the loss is called d and the name of what it is taken by, and
// stands beside the forward rule that it belongs to. Only what the loss needs
// is computed: keys and values are kept across thoughts, and queries, MLP and
// readout of layer 2 are taken at the last position of the prompt and of each
// thought only. Training is in float32; float64 is for checks.
package learned

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"muflow/internal/portable"
	"muflow/sim/kernel"
)

// A Config is the shape of a model.
type Config struct {
	Vocabulary int     // V, tokens
	Readout    int     // the first so many tokens are read out
	Width      int     // d
	Heads      int     // H
	Layers     int     // 0 stands for 2
	Length     int     // most positions of a sample
	Absolute   bool    // learned embeddings of absolute positions
	Relative   [2]bool // a learned bias for each head and offset, in layer 1 and in the later ones
	Near       [2]Near // where these biases of layer 1 start high: of even heads and of odd ones
	Linear     [2]bool // attention by the scores themselves, without softmax, in these layers
	MLP        [2]bool // an MLP of width 4d after the attention, in these layers
	Uneven     float64 // ε: the scores of keys at position j of the later layers are multiplied by 1 + εη_j, normal numbers that no parameter sees
	Dropout    float64 // of X⁰, of the attention weights, and of what attention and MLP add; 0 for none
}

// A Near is a bias that makes a head of layer 1 look so many positions back at
// the start of a training.
type Near struct {
	Offset int
	Bias   float64
}

func (c Config) check() error {
	if c.Vocabulary < 1 || c.Readout < 1 || c.Readout > c.Vocabulary || c.Width < 1 || c.Heads < 1 || c.Width%c.Heads != 0 || c.Length < 1 {
		return fmt.Errorf("model of %d tokens (%d read out), width %d, %d heads, length %d: expected positive numbers, heads that divide the width", c.Vocabulary, c.Readout, c.Width, c.Heads, c.Length)
	}
	for _, n := range c.Near {
		if n.Offset < 0 || !finite(n.Bias) || n.Bias != 0 && !c.Relative[0] {
			return fmt.Errorf("bias %g at offset %d of layer 1, expected a finite one, with relative biases there", n.Bias, n.Offset)
		}
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		return fmt.Errorf("dropout of %g, expected at least 0 and less than 1", c.Dropout)
	}
	if !(c.Uneven >= 0 && c.Uneven <= 10) {
		return fmt.Errorf("unevenness of %g, expected 0 to 10", c.Uneven)
	}
	if c.Layers < 0 || c.Layers > 1<<10 {
		return fmt.Errorf("model of %d layers, expected 1 to %d", c.Layers, 1<<10)
	}
	if c.Vocabulary > 1<<20 || c.Width > 1<<14 || c.Length > 1<<16 {
		return fmt.Errorf("model of %d tokens, width %d, length %d: expected at most %d, %d, %d", c.Vocabulary, c.Width, c.Length, 1<<20, 1<<14, 1<<16)
	}
	return nil
}

// depth returns the number of layers.
func (c Config) depth() int {
	if c.Layers == 0 {
		return 2
	}
	return c.Layers
}

// in returns what a pair, of layer 1 and the later ones, says of a layer.
func in(pair [2]bool, layer int) bool { return pair[min(layer, 1)] }

// A Tensor is a named part of the parameters, Rows×Cols, row by row.
type Tensor struct {
	Name       string
	Rows, Cols int
	Offset     int
	Decay      bool // under weight decay: matrices but not gains, biases or embeddings of positions
}

// Size returns the number of parameters.
func (t Tensor) Size() int { return t.Rows * t.Cols }

// A layer is where the tensors of one layer are; −1 where there is none.
type layer struct {
	gain1, shift1          int // LN before the attention
	query, queryBias       int // d×d
	keyValue, keyValueBias int // d×2d
	output, outputBias     int // d×d
	relative               int // H×Length
	gain2, shift2          int // LN before the MLP
	up, upBias             int // d×4d
	down, downBias         int // 4d×d
}

// A layout is where every tensor is.
type layout struct {
	tensors         []Tensor
	size            int
	embed, position int
	layers          []layer
	gain, shift     int
	matrices        []int // of the layers: right factors of products
}

func (c Config) layout() *layout {
	l := &layout{}
	add := func(name string, rows, cols int, decay bool) int {
		l.tensors = append(l.tensors, Tensor{name, rows, cols, l.size, decay})
		l.size += rows * cols
		return len(l.tensors) - 1
	}
	d := c.Width
	l.embed = add("embedding", c.Vocabulary, d, true)
	l.position = -1
	if c.Absolute {
		l.position = add("positions", c.Length, d, false)
	}
	l.layers = make([]layer, c.depth())
	for i := range l.layers {
		p := &l.layers[i]
		name := func(part string) string { return fmt.Sprintf("layer%d.%s", i+1, part) }
		p.gain1, p.shift1 = add(name("norm1.gain"), 1, d, false), add(name("norm1.shift"), 1, d, false)
		p.query, p.queryBias = add(name("query"), d, d, true), add(name("query.bias"), 1, d, false)
		p.keyValue, p.keyValueBias = add(name("keyvalue"), d, 2*d, true), add(name("keyvalue.bias"), 1, 2*d, false)
		p.output, p.outputBias = add(name("output"), d, d, true), add(name("output.bias"), 1, d, false)
		p.relative, p.gain2, p.shift2, p.up, p.upBias, p.down, p.downBias = -1, -1, -1, -1, -1, -1, -1
		if in(c.Relative, i) {
			p.relative = add(name("relative"), c.Heads, c.Length, false)
		}
		if in(c.MLP, i) {
			p.gain2, p.shift2 = add(name("norm2.gain"), 1, d, false), add(name("norm2.shift"), 1, d, false)
			p.up, p.upBias = add(name("up"), d, 4*d, true), add(name("up.bias"), 1, 4*d, false)
			p.down, p.downBias = add(name("down"), 4*d, d, true), add(name("down.bias"), 1, d, false)
		}
	}
	for i := range l.layers {
		p := &l.layers[i]
		if l.matrices = append(l.matrices, p.query, p.keyValue, p.output); p.up >= 0 {
			l.matrices = append(l.matrices, p.up, p.down)
		}
	}
	l.gain, l.shift = add("norm.gain", 1, d, false), add("norm.shift", 1, d, false)
	return l
}

// A Model is a shape with its parameters.
type Model[F kernel.Float] struct {
	Config
	*layout
	Theta   []F // all parameters, in the order of the tensors
	factors []F // 1 + εη_j, nil if ε = 0
}

// NewModel returns a model with all gains of the norms 1 and all other
// parameters 0.
func NewModel[F kernel.Float](c Config) (*Model[F], error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	m := &Model[F]{Config: c, layout: c.layout()}
	m.Theta = kernel.Resize[F](nil, m.size)
	if c.Uneven > 0 {
		rng := rand.New(rand.NewPCG(0, 0)) // the same for every seed of a training
		for range c.Length {
			m.factors = append(m.factors, F(1+float64(c.Uneven*portable.Normal(rng))))
		}
	}
	for i := range m.layers {
		fill(m.tensor(m.Theta, m.layers[i].gain1), 1)
		fill(m.tensor(m.Theta, m.layers[i].gain2), 1)
	}
	fill(m.tensor(m.Theta, m.gain), 1)
	return m, nil
}

// Draw fills matrices and embeddings with normal numbers of the deviation
// scale/√d (embeddings of positions with that times positions, down and output
// matrices with that over √(2·layers)), and sets the relative biases of layer 1 that Near names.
//
// GPT-2 has 0.02 everywhere but for the matrices that end in the residual
// stream, which have 0.02/√(2·layers), and so for positions (_init_weights in
// modeling_gpt2.py of transformers 4.46.2).
func (m *Model[F]) Draw(rng *rand.Rand, scale, positions float64) {
	deviation := scale / math.Sqrt(float64(m.Width))
	isLast := func(i int) bool { // of what a layer adds to the residual stream
		return slices.ContainsFunc(m.layers, func(l layer) bool { return i == l.output || i == l.down })
	}
	for i, t := range m.tensors {
		x, s := m.tensor(m.Theta, i), 0.0
		switch {
		case i == m.position:
			s = deviation * positions
		case isLast(i):
			s = deviation / math.Sqrt(float64(2*m.depth()))
		case t.Decay:
			s = deviation
		}
		for j := range x {
			if s > 0 {
				x[j] = F(s * portable.Normal(rng))
			}
		}
	}
	if bias := m.tensor(m.Theta, m.layers[0].relative); bias != nil {
		for h := range m.Heads {
			if near := m.Near[h%2]; near.Offset < m.Length {
				bias[h*m.Length+near.Offset] = F(near.Bias)
			}
		}
	}
}

// tensor returns the part of a vector of parameters, nil for −1.
func (m *Model[F]) tensor(x []F, i int) []F {
	if i < 0 {
		return nil
	}
	t := m.tensors[i]
	return x[t.Offset : t.Offset+t.Size()]
}

// clearRest clears what is no matrix of the layers.
func (m *Model[F]) clearRest(gradient []F) {
	for i := range m.tensors {
		if !slices.Contains(m.matrices, i) {
			clear(m.tensor(gradient, i))
		}
	}
}

func fill[F kernel.Float](x []F, v F) {
	for i := range x {
		x[i] = v
	}
}

// scoreScale is 1/√(width of a head).
func (c Config) scoreScale() float64 { return 1 / math.Sqrt(float64(c.Width/c.Heads)) }

// nonFinite names the first tensor in which a number is not finite, or returns "".
func (m *Model[F]) nonFinite(x []F) string {
	for i, t := range m.tensors {
		for _, v := range m.tensor(x, i) {
			if !finite(float64(v)) {
				return t.Name
			}
		}
	}
	return ""
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
