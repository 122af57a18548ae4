package theory

import (
	"errors"
	"math/big"
)

// A programme is the linear programme behind Separate, in exact rationals:
//
//	minimise Σ_v w_v  subject to  Σ_v (1 + e_v − w_v) x_v = 0,  0 ≤ w_v ≤ 1,  e_v ≥ 0
//
// by the simplex method for bounded variables with Bland's rule, which cannot
// cycle (R. G. Bland, Math. Oper. Res. 2, 1977). Its multipliers θ satisfy, at
// the optimum, ⟨θ,x_v⟩ ≥ 0 for all v, ⟨θ,x_v⟩ ≥ 1 where w_v = 1, and
// ⟨θ,x_v⟩ = 0 with 1 + e_v − w_v ≥ 1 elsewhere.
type programme struct {
	vectors [][]*big.Rat
	columns int          // N, how many vectors
	rows    [][]*big.Rat // B⁻¹[x_1 … x_N | I] with the column of w_v in place v; that of e_v is its negative
	basis   []int        // the variable of each row: w_v is v, e_v is N+v, then one for each equation, fixed at 0
	value   []*big.Rat   // its value
	upper   []bool       // variables outside the basis at their upper bound
	basic   []bool
}

func newProgramme(vectors [][]*big.Rat, dimension int) *programme {
	n := len(vectors)
	p := &programme{vectors: vectors, columns: n, upper: make([]bool, 2*n+dimension), basic: make([]bool, 2*n+dimension)}
	for i := range dimension {
		row := zeros(n + dimension)
		for v, x := range vectors {
			row[v].Set(x[i])
		}
		row[n+i].SetInt64(1)
		p.rows = append(p.rows, row)
		p.basis = append(p.basis, 2*n+i)
		p.value = append(p.value, new(big.Rat))
		p.basic[2*n+i] = true
	}
	for v := range n {
		p.upper[v] = true // start at w = 1, e = 0
	}
	return p
}

// entry returns the coefficient of a variable in a row.
func (p *programme) entry(row, variable int) *big.Rat {
	switch n := p.columns; {
	case variable < n:
		return p.rows[row][variable]
	case variable < 2*n:
		return new(big.Rat).Neg(p.rows[row][variable-n])
	default:
		return p.rows[row][variable-n]
	}
}

// direction returns the multipliers θ = c_B B⁻¹.
func (p *programme) direction() []*big.Rat {
	theta := zeros(len(p.rows))
	for r, variable := range p.basis {
		if variable < p.columns { // cost 1
			for i := range theta {
				theta[i].Add(theta[i], p.rows[r][p.columns+i])
			}
		}
	}
	return theta
}

// maxPivots bounds the work; Bland's rule ends without it.
const maxPivots = 1_000_000

var (
	errPivots    = errors.New("the linear programme took more than a million steps")
	errUnbounded = errors.New("the linear programme has no least value, although it is bounded below by 0")
)

// solve returns θ, and 1 + e_v − w_v for each vector.
func (p *programme) solve() (theta, multipliers []*big.Rat, err error) {
	for range maxPivots {
		theta = p.direction()
		entering, sign := p.entering(theta)
		if entering < 0 {
			return theta, p.multipliers(), nil
		}
		if err := p.move(entering, sign); err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, errPivots
}

// entering returns the first variable whose move away from its bound lowers
// the cost, and the sign of that move; −1 at the optimum.
func (p *programme) entering(theta []*big.Rat) (variable, sign int) {
	one := big.NewRat(1, 1)
	products := make([]*big.Rat, p.columns)
	for v, x := range p.vectors {
		products[v] = dot(theta, x)
		if p.basic[v] {
			continue
		}
		switch c := products[v].Cmp(one); {
		case !p.upper[v] && c > 0:
			return v, 1
		case p.upper[v] && c < 0:
			return v, -1
		}
	}
	for v, d := range products {
		if !p.basic[p.columns+v] && d.Sign() < 0 {
			return p.columns + v, 1
		}
	}
	return -1, 0
}

// move changes a variable until it, or one of the basis, reaches a bound.
func (p *programme) move(entering, sign int) error {
	leaving, leavingRow, toUpper := -1, -1, false
	var length *big.Rat
	if entering < p.columns { // its own other bound
		leaving, length = entering, big.NewRat(1, 1)
	}
	consider := func(row, variable int, distance, speed *big.Rat, up bool) {
		t := new(big.Rat).Quo(distance, speed)
		if length != nil {
			if c := t.Cmp(length); c > 0 || c == 0 && variable > leaving {
				return
			}
		}
		leaving, leavingRow, toUpper, length = variable, row, up, t
	}
	step := big.NewRat(int64(sign), 1)
	speeds := make([]*big.Rat, len(p.rows)) // by which a basic variable decreases
	for r, variable := range p.basis {
		speeds[r] = new(big.Rat).Mul(step, p.entry(r, entering))
		switch s := speeds[r].Sign(); {
		case s > 0:
			consider(r, variable, p.value[r], speeds[r], false)
		case s < 0 && variable >= 2*p.columns:
			consider(r, variable, new(big.Rat), speeds[r], true)
		case s < 0 && variable < p.columns:
			room := new(big.Rat).Sub(big.NewRat(1, 1), p.value[r])
			consider(r, variable, room, new(big.Rat).Neg(speeds[r]), true)
		}
	}
	if length == nil {
		return errUnbounded
	}
	term := new(big.Rat)
	for r := range p.rows {
		p.value[r].Sub(p.value[r], term.Mul(speeds[r], length))
	}
	if leavingRow < 0 {
		p.upper[entering] = sign > 0
		return nil
	}
	start := big.NewRat(int64(indicator(p.upper[entering])), 1)
	moved := term.Mul(step, length)
	p.basic[leaving], p.basic[entering] = false, true
	p.upper[leaving], p.upper[entering] = toUpper && leaving < p.columns, false
	p.basis[leavingRow] = entering
	p.value[leavingRow] = start.Add(start, moved)
	eliminate(p.rows, leavingRow, entering%p.columns)
	if entering >= p.columns { // the column of e_v is that of w_v negated
		for _, x := range p.rows[leavingRow] {
			x.Neg(x)
		}
	}
	return nil
}

func (p *programme) multipliers() []*big.Rat {
	out := zeros(p.columns)
	for v := range out {
		out[v].SetInt64(int64(indicator(p.basic[v] || !p.upper[v])))
	}
	for r, variable := range p.basis {
		switch {
		case variable < p.columns:
			out[variable].Sub(big.NewRat(1, 1), p.value[r])
		case variable < 2*p.columns:
			out[variable-p.columns].Add(out[variable-p.columns], p.value[r])
		}
	}
	return out
}
