package prove

import (
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// A softmaxFamily evaluates the means and covariances of a family at
// u = αθ, in which ξ_v = (1/√K)(α b_v + ⟨u, φ_v⟩) is well scaled.
type softmaxFamily struct {
	family    *theory.Family
	precision uint
	inverse   *ball.Ball   // 1/√K
	bias      []*ball.Ball // e^{σ b} for each group
}

func newSoftmaxFamily(f *theory.Family, precision uint) *softmaxFamily {
	s := &softmaxFamily{family: f, precision: precision}
	s.inverse = reduced.Sigma(big.NewRat(1, 1), f.Scale.K, precision)
	exponential := reduced.Sigma(f.Scale.Alpha, f.Scale.K, precision)
	exponential.Exp(exponential)
	for _, g := range f.Groups {
		s.bias = append(s.bias, ball.New(precision).PowInt(exponential, int64(g.Bias)))
	}
	return s
}

// moments are the means of the feature over S and V and its covariance over V
// and S, all under the softmax, in units of the feature.
type moments struct {
	meanTarget, mean             []*ball.Ball
	covarianceTarget, covariance [][]*ball.Ball
}

// at returns the moments at u. With wide u they enclose the values at every
// point of u.
func (s *softmaxFamily) at(u []*ball.Ball) *moments {
	m := len(u)
	base := make([]*ball.Ball, m)
	for i := range u {
		base[i] = ball.New(s.precision)
		base[i].Mul(u[i], s.inverse)
		base[i].Exp(base[i])
	}
	powers := make([]map[int]*ball.Ball, m)
	for i := range powers {
		powers[i] = map[int]*ball.Ball{}
	}
	power := func(i, exponent int) *ball.Ball {
		p, ok := powers[i][exponent]
		if !ok {
			p = ball.New(s.precision).PowInt(base[i], int64(exponent))
			powers[i][exponent] = p
		}
		return p
	}
	all, target := newSums(m, s.precision), newSums(m, s.precision)
	weight := ball.New(s.precision)
	for j, g := range s.family.Groups {
		weight.Set(s.bias[j])
		for i, exponent := range g.Feature {
			weight.Mul(weight, power(i, exponent))
		}
		all.add(weight, g.Feature, g.Count)
		target.add(weight, g.Feature, g.Targets)
	}
	out := &moments{}
	out.mean, out.covariance = all.moments()
	if d := s.family.Drawn; d != nil {
		out.meanTarget, out.covarianceTarget = target.first, target.second // 0, to be set
		for i, sum := range d.Sum {
			out.meanTarget[i].SetRat(big.NewRat(int64(sum), int64(d.Count)))
		}
		return out
	}
	out.meanTarget, out.covarianceTarget = target.moments()
	return out
}

// sums accumulate Σ w, Σ w φ and Σ w φφᵀ.
type sums struct {
	precision uint
	zeroth    *ball.Ball
	first     []*ball.Ball
	second    [][]*ball.Ball
}

func newSums(m int, precision uint) *sums {
	s := &sums{precision: precision, zeroth: ball.New(precision)}
	for range m {
		s.first = append(s.first, ball.New(precision))
		row := make([]*ball.Ball, m)
		for j := range row {
			row[j] = ball.New(precision)
		}
		s.second = append(s.second, row)
	}
	return s
}

func (s *sums) add(weight *ball.Ball, feature []int, count int) {
	if count == 0 {
		return
	}
	term := ball.New(s.precision)
	total := ball.New(s.precision).MulInt64(weight, int64(count))
	s.zeroth.Add(s.zeroth, total)
	for i, x := range feature {
		s.first[i].Add(s.first[i], term.MulInt64(total, int64(x)))
		for j, y := range feature[:i+1] {
			s.second[i][j].Add(s.second[i][j], term.MulInt64(total, int64(x)*int64(y)))
		}
	}
}

func (s *sums) moments() (mean []*ball.Ball, covariance [][]*ball.Ball) {
	mean = make([]*ball.Ball, len(s.first))
	covariance = make([][]*ball.Ball, len(s.first))
	for i := range s.first {
		mean[i] = ball.New(s.precision).Quo(s.first[i], s.zeroth)
		covariance[i] = make([]*ball.Ball, len(s.first))
	}
	term := ball.New(s.precision)
	for i := range s.first {
		for j := range i + 1 {
			c := ball.New(s.precision).Quo(s.second[i][j], s.zeroth)
			c.Sub(c, term.Mul(mean[i], mean[j]))
			covariance[i][j], covariance[j][i] = c, c
		}
	}
	return mean, covariance
}
