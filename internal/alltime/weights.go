package alltime

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

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
