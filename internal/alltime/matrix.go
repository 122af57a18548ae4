package alltime

import (
	"math"
	"math/big"

	"gonum.org/v1/gonum/mat"
)

// A matrix is one of intervals.
type matrix [][]interval

func (a matrix) mul(b matrix) matrix {
	out := make(matrix, len(a))
	for i := range a {
		out[i] = make([]interval, len(b[0]))
		for k := range out[i] {
			sum := fromInteger(0)
			for j := range b {
				if !a[i][j].isZero() && !b[j][k].isZero() {
					sum = sum.add(a[i][j].mul(b[j][k]))
				}
			}
			out[i][k] = sum
		}
	}
	return out
}

func (a matrix) times(x []interval) []interval {
	out := make([]interval, len(a))
	for i := range a {
		out[i] = fromInteger(0)
		for j := range x {
			out[i] = out[i].add(a[i][j].mul(x[j]))
		}
	}
	return out
}

// logarithmicNorm bounds the logarithmic norm of every matrix in a, in the
// Euclidean norm: the largest eigenvalue of S = (A + Aᵀ)/2, by Gershgorin. It is
// also bounded after a rotation that makes S nearly diagonal: QᵀSQ ≤ μ implies
// S ≤ μ·(QQᵀ)^{−1}, whose eigenvalues are within 1/(1 ± e) times μ where those
// of QᵀQ are within 1 ± e.
func (a matrix) logarithmicNorm() *big.Float {
	s := a.symmetric()
	if s == nil {
		return infinite(1)
	}
	middle := mat.NewSymDense(len(a), nil)
	for i := range s {
		for j := range s {
			x, _ := s[i][j].middle().Float64()
			middle.SetSym(i, j, x)
		}
	}
	bound := s.gershgorin()
	var eigen mat.EigenSym
	if len(a) < 2 || !eigen.Factorize(middle, true) {
		return bound
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	q := exactly(&vectors)
	if q == nil {
		return bound
	}
	gram := q.transposed().mul(q)
	for i := range gram {
		gram[i][i] = gram[i][i].sub(fromInteger(1))
	}
	e := number(gram.gershgorin()).hull(number(gram.negated().gershgorin())).abs()
	if e = number(e.high); e.high.Cmp(new(big.Float).SetFloat64(0.5)) > 0 {
		return bound
	}
	turned := number(q.transposed().mul(s).mul(q).gershgorin())
	if turned.negative() {
		turned = turned.quo(fromInteger(1).add(e))
	} else {
		turned = turned.quo(fromInteger(1).sub(e))
	}
	if turned.high.Cmp(bound) < 0 {
		return turned.high
	}
	return bound
}

// symmetric is (A + Aᵀ)/2, nil if it is not bounded.
func (a matrix) symmetric() matrix {
	half := between(big.NewRat(1, 2), big.NewRat(1, 2))
	s := make(matrix, len(a))
	for i := range a {
		s[i] = make([]interval, len(a))
		for j := range a {
			switch {
			case i == j:
				s[i][j] = a[i][i]
			case j < i:
				s[i][j] = s[j][i]
			default:
				s[i][j] = a[i][j].add(a[j][i]).mul(half)
			}
			if s[i][j].undefined || !s[i][j].bounded() {
				return nil
			}
		}
	}
	return s
}

func (a matrix) negated() matrix {
	out := make(matrix, len(a))
	for i := range a {
		for _, x := range a[i] {
			out[i] = append(out[i], x.neg())
		}
	}
	return out
}

func (a matrix) transposed() matrix {
	out := make(matrix, len(a[0]))
	for i := range out {
		for j := range a {
			out[i] = append(out[i], a[j][i])
		}
	}
	return out
}

// gershgorin bounds the eigenvalues of symmetric matrices.
func (a matrix) gershgorin() *big.Float {
	var most *big.Float
	for i := range a {
		sum := a[i][i]
		for j := range a {
			if j != i {
				sum = sum.add(a[i][j].abs())
			}
		}
		if sum.undefined {
			return infinite(1)
		}
		if most == nil || sum.high.Cmp(most) > 0 {
			most = sum.high
		}
	}
	return most
}

// norm bounds the Euclidean norm of every vector in x.
func norm(x []interval) *big.Float {
	sum := fromInteger(0)
	for _, v := range x {
		sum = sum.add(v.power(2))
	}
	if sum.undefined || sum.high.IsInf() {
		return infinite(1)
	}
	root := upper().Sqrt(sum.high)
	return upper().Add(root, new(big.Float).SetMantExp(root, -80)) // Sqrt rounds to nearest
}

// leastNorm bounds the Euclidean norm of every vector in x from below.
func leastNorm(x []interval) *big.Float {
	sum := fromInteger(0)
	for _, v := range x {
		sum = sum.add(v.power(2))
	}
	if sum.undefined || sum.low.Sign() <= 0 {
		return new(big.Float)
	}
	root := lower().Sqrt(sum.low)
	return lower().Sub(root, new(big.Float).SetMantExp(root, -80))
}

// inverseOf encloses the inverse of a matrix W of exact numbers, from an
// approximate one: with W·Y = I − R and ρ = ‖R‖_∞ < 1,
//
//	W^{−1} = Y + Y·(R + R² + …),  |(R + R² + …)_ij| ≤ ρ/(1 − ρ)
func inverseOf(w *mat.Dense) (exact, inverse matrix, ok bool) {
	n, _ := w.Dims()
	var y mat.Dense
	if err := y.Inverse(w); err != nil {
		if _, bad := err.(mat.Condition); !bad || math.IsInf(float64(err.(mat.Condition)), 0) {
			return nil, nil, false
		}
	}
	exact, approximate := exactly(w), exactly(&y)
	if exact == nil || approximate == nil {
		return nil, nil, false
	}
	product := exact.mul(approximate)
	size := new(big.Float)
	for i := range product {
		row := fromInteger(0)
		for j := range product {
			r := product[i][j]
			if i == j {
				r = r.sub(fromInteger(1))
			}
			row = row.add(r.abs())
		}
		if row.high.Cmp(size) > 0 {
			size = row.high
		}
	}
	rho := number(size)
	left := fromInteger(1).sub(rho)
	if !left.positive() {
		return nil, nil, false
	}
	q := rho.quo(left).high
	spread := interval{low: new(big.Float).Neg(q), high: q}
	inverse = make(matrix, n)
	for i := range inverse {
		inverse[i] = make([]interval, n)
		for k := range inverse[i] {
			sum := approximate[i][k]
			for j := range n {
				sum = sum.add(approximate[i][j].mul(spread))
			}
			inverse[i][k] = sum
		}
	}
	return exact, inverse, true
}

// exactly takes over float64 numbers, nil where one is not finite.
func exactly(m *mat.Dense) matrix {
	rows, columns := m.Dims()
	out := make(matrix, rows)
	for i := range out {
		out[i] = make([]interval, columns)
		for j := range out[i] {
			x := m.At(i, j)
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil
			}
			out[i][j] = number(new(big.Float).SetPrec(bits).SetFloat64(x))
		}
	}
	return out
}
