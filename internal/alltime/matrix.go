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
			if s[i][j] = a[i][i]; i != j {
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

// weights finds a W in whose norm ‖W·x‖ the flow of a matrix with eigenvalues
// on the left contracts, at best at the rate of its slowest one: from the
// eigenvectors, or where these are close to dependent from the equation of
// Lyapunov, (J + θ)ᵀP + P(J + θ) = −I with P = WᵀW. Approximate; what comes of
// it is verified. It also returns the largest real part of an eigenvalue.
func weights(j *mat.Dense) (w *mat.Dense, slowest float64, ok bool) {
	n, _ := j.Dims()
	var eigen mat.Eigen
	if !eigen.Factorize(j, mat.EigenRight) {
		return nil, 0, false
	}
	slowest = math.Inf(-1)
	for _, v := range eigen.Values(nil) {
		slowest = math.Max(slowest, real(v))
	}
	if !(slowest < 0) {
		return nil, slowest, false
	}
	w = mat.NewDense(n, n, nil)
	if symmetric(j) { // the Euclidean norm, exactly
		for i := range n {
			w.Set(i, i, 1)
		}
		return w, slowest, true
	}
	v := eigenvectors(&eigen, n)
	if mat.Cond(v, 2) < 1e5 && w.Inverse(v) == nil {
		return rotated(w, j), slowest, true
	}
	return lyapunov(j, slowest), slowest, true
}

// symmetric reports whether a matrix is symmetric but for rounding.
func symmetric(j *mat.Dense) bool {
	n, _ := j.Dims()
	for i := range n {
		for k := range i {
			if math.Abs(j.At(i, k)-j.At(k, i)) > 1e-13*(math.Abs(j.At(i, k))+math.Abs(j.At(k, i))) {
				return false
			}
		}
	}
	return true
}

// eigenvectors returns real columns: the real and the imaginary part of each
// pair of complex eigenvectors; the slowest come first.
func eigenvectors(eigen *mat.Eigen, n int) *mat.Dense {
	var vectors mat.CDense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	order := make([]int, 0, n)
	for i, v := range values {
		if imag(v) >= 0 {
			order = append(order, i)
		}
	}
	for i := range order {
		for k := i; k > 0 && real(values[order[k]]) > real(values[order[k-1]]); k-- {
			order[k], order[k-1] = order[k-1], order[k]
		}
	}
	out := mat.NewDense(n, n, nil)
	column := 0
	put := func(part func(complex128) float64, at int) {
		size := 0.0
		for i := range n {
			size = math.Hypot(size, cabs(vectors.At(i, at)))
		}
		for i := range n {
			out.Set(i, column, part(vectors.At(i, at))/size)
		}
		column++
	}
	for _, at := range order {
		put(func(z complex128) float64 { return real(z) }, at)
		if imag(values[at]) > 0 && column < n {
			put(func(z complex128) float64 { return imag(z) }, at)
		}
	}
	return out
}

func cabs(z complex128) float64 { return math.Hypot(real(z), imag(z)) }

// rotated turns the coordinates W·x so that the symmetric part of the matrix is
// nearly diagonal in them, as Gershgorin wants it; a rotation keeps the norm.
func rotated(w, j *mat.Dense) *mat.Dense {
	n, _ := w.Dims()
	var v, a, b mat.Dense
	if v.Inverse(w) != nil {
		return w
	}
	a.Mul(w, j)
	b.Mul(&a, &v)
	off := 0.0
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for k := i; k < n; k++ {
			s.SetSym(i, k, (b.At(i, k)+b.At(k, i))/2)
			if i != k {
				off = math.Max(off, math.Abs(s.At(i, k)))
			}
		}
	}
	if off < 1e-9 {
		return w
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		return w
	}
	var q, out mat.Dense
	eigen.VectorsTo(&q)
	out.Mul(q.T(), w)
	return &out
}

func lyapunov(j *mat.Dense, slowest float64) *mat.Dense {
	n, _ := j.Dims()
	theta := float64(-0.9 * slowest)
	shifted := mat.DenseCopyOf(j)
	for i := range n {
		shifted.Set(i, i, shifted.At(i, i)+theta)
	}
	// Σ_k s_ki p_kl + p_ik s_kl = −δ_il
	system, right := mat.NewDense(n*n, n*n, nil), mat.NewVecDense(n*n, nil)
	for i := range n {
		for l := range n {
			row := i*n + l
			for k := range n {
				system.Set(row, k*n+l, system.At(row, k*n+l)+shifted.At(k, i))
				system.Set(row, i*n+k, system.At(row, i*n+k)+shifted.At(k, l))
			}
			if i == l {
				right.SetVec(row, -1)
			}
		}
	}
	identity := mat.NewDense(n, n, nil)
	for i := range n {
		identity.Set(i, i, 1)
	}
	var p mat.VecDense
	if p.SolveVec(system, right) != nil {
		return identity
	}
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for l := i; l < n; l++ {
			sym.SetSym(i, l, (p.AtVec(i*n+l)+p.AtVec(l*n+i))/2)
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(sym) {
		return identity
	}
	var u mat.TriDense
	cholesky.UTo(&u)
	return rotated(mat.DenseCopyOf(&u), j)
}
