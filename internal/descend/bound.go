package descend

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/check"
	"muflow/ode"
	"muflow/ode/ball"
)

// A bounder follows a bound of the distance between gradient descent and the flow
// of the loss, in the norm ‖x‖ = ‖R^{−1/2}x‖_2 that belongs to w' = F(w) = −R∇L(w).
//
// With h the rate, φ the flow, e_k = w_k − φ(t_k) and w_{k+1} = w_k + hF(w_k) + ρ_k,
// where ρ_k is what rounding leaves,
//
//	e_{k+1} = (I + hA)e_k − τ_k + ρ_k,   A = ∫_0^1 F'(φ(t_k) + s·e_k) ds
//	τ_k = φ(t_{k+1}) − φ(t_k) − hF(φ(t_k)),   ‖τ_k‖ ≤ (h²/2)·max ‖F'F‖ along the flow
//
// R^{−1/2}AR^{1/2} is symmetric, minus an average of Hessians of the loss; with its
// eigenvalues in [−Λ, λ],
//
//	‖I + hA‖ ≤ q = max(1 + hλ, hΛ − 1, 0),   ‖e_{k+1}‖ ≤ q·‖e_k‖ + ‖τ_k‖ + ‖ρ_k‖
//
// λ and Λ are enclosed over a box that holds flow and weights during a block of
// steps, and with them every segment from φ(t_k) to w_k. ρ_k is enclosed from the
// float64 weights themselves: so that they are those of gradient descent on the
// loss, up to rounding, is seen and not assumed. All is rounded outward, so that
// the bound is a proof.
type bounder struct {
	t         *task
	pipe      *check.Pipe
	scale     []ode.Range   // √R_i
	residual  *ode.Function // (w' − w − hF(w))_i/√R_i in (w, w')
	curvature *ode.Function // (F'F)_i/√R_i
	jacobian  *ode.Function
	low, high float64 // of h
	error     float64 // bound of ‖e_k‖ at the steps done
	done      int
	length    int     // of the next block
	largest   float64 // residual relative to the weights
	trouble   error   // why the bound ends
	troubled  int     // after which step
	blocks    []block
}

// A block is steps from after first to last with a bound q of ‖I + hA‖.
type block struct {
	last   int
	growth float64
}

func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }
func up(x float64) float64   { return math.Nextafter(x, math.Inf(1)) }

// size is the largest absolute value in a range.
func size(x ode.Range) float64 { return max(-x.Low, x.High) }

// length bounds the Euclidean norm of every vector in x.
func length(x []ode.Range) float64 {
	sum := 0.0
	for _, v := range x {
		if m := size(v); m > 0 {
			sum = up(sum + up(float64(m*m)))
		}
	}
	if sum == 0 {
		return 0
	}
	return up(math.Sqrt(sum))
}

// enclosing is the range of a ball.
func enclosing(x *ball.Ball) ode.Range {
	low, below := x.Lower().Float64()
	high, above := x.Upper().Float64()
	if below == big.Above {
		low = down(low)
	}
	if above == big.Below {
		high = up(high)
	}
	return ode.Range{Low: low, High: high}
}

func enclosings(list []*ball.Ball) []ode.Range {
	out := make([]ode.Range, len(list))
	for i, x := range list {
		out[i] = enclosing(x)
	}
	return out
}

// maxDerivatives bounds the work of deriving the second derivatives of a loss.
const maxDerivatives = 10_000_000

// newBounder prepares the bound before the first step.
func newBounder(t *task, pipe *check.Pipe, w []float64) *bounder {
	n := len(t.names)
	b := &bounder{t: t, pipe: pipe, scale: enclosings(t.scale), length: max(1, t.training.Steps/min(256, max(32, 2048/n)))}
	h, _ := t.training.Rate.Float64()
	b.low, b.high = down(h), up(h)
	if pipe.Flowpipe == nil {
		b.stop(0, fmt.Errorf("no flowpipe of the loss: %w", pipe.Err))
		return b
	}
	nodes := 0
	for _, x := range t.flow.RightHandSide {
		x.Visit(func(*ode.Expr) { nodes++ })
	}
	if n*nodes > maxDerivatives {
		b.stop(0, fmt.Errorf("the second derivatives of the loss of %d weights are too long", n))
		return b
	}
	if err := b.functions(n); err != nil {
		b.stop(0, err)
		return b
	}
	start, err := pipe.At(new(big.Rat))
	if err != nil {
		b.stop(0, err)
		return b
	}
	off := make([]ode.Range, n)
	for i, x := range start {
		gap := ball.New(constantBits).SetFloat64(w[i])
		off[i] = enclosing(gap.Quo(gap.Sub(gap, x), t.scale[i]))
	}
	b.error = length(off)
	return b
}

// functions makes what is evaluated over boxes.
func (b *bounder) functions(n int) (err error) {
	var residual, curvature, jacobian []*ode.Expr
	h := ode.Rational(b.t.training.Rate)
	for i, f := range b.t.flow.RightHandSide {
		root := b.t.rates[i].Sqrt()
		moved := ode.State(n + i).Sub(ode.State(i))
		residual = append(residual, moved.Sub(h.Mul(f)).Quo(root))
		along := ode.Integer(0)
		for k, g := range b.t.flow.RightHandSide {
			slope := f.Derivative(k)
			jacobian = append(jacobian, slope)
			along = along.Add(slope.Mul(g))
		}
		curvature = append(curvature, along.Quo(root))
	}
	if b.residual, err = ode.NewFunction(residual, 2*n); err != nil {
		return err
	}
	if b.curvature, err = ode.NewFunction(curvature, n); err != nil {
		return err
	}
	b.jacobian, err = ode.NewFunction(jacobian, n)
	return err
}

// stop ends the bound after a step.
func (b *bounder) stop(step int, why error) {
	if b.trouble == nil {
		b.trouble, b.troubled, b.error = why, step, math.Inf(1)
	}
}

// rounding bounds ‖ρ_k‖ of one step.
func (b *bounder) rounding(before, after []float64) (float64, error) {
	box := make([]ode.Range, 0, 2*len(before))
	for _, list := range [][]float64{before, after} {
		for _, x := range list {
			box = append(box, ode.Range{Low: x, High: x})
		}
	}
	left, err := b.residual.Over(box)
	if err != nil {
		return 0, err
	}
	rho, whole := length(left), 0.0
	for i, x := range after {
		whole = max(whole, math.Abs(x)/b.scale[i].Low, math.Abs(before[i])/b.scale[i].Low)
	}
	if whole > 0 {
		b.largest = max(b.largest, rho/whole)
	}
	return rho, nil
}

// over goes on over steps with the given rounding bounds, and the weights before
// the first of them and after each, in blocks.
func (b *bounder) over(ctx context.Context, roundings []float64, weights [][]float64) error {
	for len(roundings) > 0 && b.trouble == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		count := min(b.length, len(roundings))
		for {
			err := b.block(roundings[:count], weights[:count+1])
			if err == nil {
				break
			}
			if count == 1 {
				b.stop(b.done, err)
				return nil
			}
			count = (count + 1) / 2
		}
		roundings, weights = roundings[count:], weights[count:]
	}
	return nil
}

var errGrowth = errors.New("the bound grows without end")

// block goes on over one block.
func (b *bounder) block(roundings []float64, weights [][]float64) error {
	from, to := b.t.time(b.done), b.t.time(b.done+len(roundings))
	if to.Cmp(b.pipe.Until()) > 0 {
		return fmt.Errorf("the flowpipe of the loss ends at t = %.6g: %w", float(b.pipe.Until()), b.pipe.Err)
	}
	boxes, err := b.pipe.Over(from, to)
	if err != nil {
		return err
	}
	box := enclosings(boxes)
	second, err := b.curvature.Over(box)
	if err != nil {
		return err
	}
	defect := up(up(up(b.high*b.high)/2) * length(second))
	for _, w := range weights {
		for i, x := range w {
			box[i] = ode.Range{Low: min(box[i].Low, x), High: max(box[i].High, x)}
		}
	}
	growth, err := b.growth(box)
	if err != nil {
		return err
	}
	e := b.error
	for _, rho := range roundings {
		e = up(up(growth*e) + up(defect+rho))
	}
	if !(e < math.MaxFloat64) {
		return errGrowth
	}
	b.error, b.done = e, b.done+len(roundings)
	b.blocks = append(b.blocks, block{b.done, growth})
	return nil
}

// growth bounds ‖I + hA‖ over a box.
func (b *bounder) growth(box []ode.Range) (float64, error) {
	n := len(box)
	values, err := b.jacobian.Over(box)
	if err != nil {
		return 0, err
	}
	a, negative := make([][]ode.Range, n), make([][]ode.Range, n)
	for i := range a {
		a[i] = values[i*n : (i+1)*n]
		for _, x := range a[i] {
			negative[i] = append(negative[i], ode.Range{Low: -x.High, High: -x.Low})
		}
	}
	fastest, slowest := ode.LogarithmicNorm(a, b.t.scale), ode.LogarithmicNorm(negative, b.t.scale)
	h := b.high
	if fastest < 0 {
		h = b.low
	}
	return max(up(1+up(h*fastest)), up(up(b.high*slowest)-1), 0), nil
}

func float(q *big.Rat) float64 {
	x, _ := q.Float64()
	return x
}
