package prove

import (
	"context"
	"math"
	"math/cmplx"
	"testing"

	"muflow/theory"
)

// The closed form, evaluated in float64 where the flow is, gives back the time.
func TestClosedForm(t *testing.T) {
	checks := 0
	for name, p := range referenceProfiles {
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			for _, start := range []string{"0", "-1/2", "2"} {
				form, err := ClosedFormOf(context.Background(), p, loss, one, mustRat(start), 20)
				if err != nil {
					t.Fatalf("%s %v from %s: %v", name, loss, start, err)
				}
				if form.Stationary {
					continue
				}
				mu := flowFrom(t, p, loss, start, "40", 18, ElementaryMethod).Mu[0]
				value := func(x *Number) float64 {
					if x == nil {
						return 0
					}
					f, _ := mustRat(x.Lo).Float64()
					return f
				}
				first, _ := mustRat(start).Float64()
				z := math.Exp((value(&mu) - first) / math.Sqrt(float64(p.K)))
				sum := complex(0, 0)
				for k, c := range form.Polynomial {
					sum += complex((z-1)*value(&c)*math.Pow(z, float64(k)), 0)
				}
				for l, c := range form.Origin {
					if l == 0 {
						sum += complex(value(&c)*math.Log(z), 0)
					} else {
						sum += complex(value(&c)*(1-math.Pow(z, -float64(l)))/float64(l), 0)
					}
				}
				for _, r := range form.Roots {
					at, part := complex(value(r.Re), value(r.Im)), complex(0, 0)
					for l, c := range r.Principal {
						rho := complex(value(c[0]), value(c[1]))
						if l == 0 {
							part += rho * cmplx.Log((complex(z, 0)-at)/(1-at))
						} else {
							part += rho * (cmplx.Pow(1-at, complex(-float64(l), 0)) - cmplx.Pow(complex(z, 0)-at, complex(-float64(l), 0))) / complex(float64(l), 0)
						}
					}
					if r.Im != nil {
						part = complex(2*real(part), 0)
					}
					sum += part
				}
				kappa, _ := form.Rational.Kappa.Float64()
				if want := 40 * kappa; math.Abs(real(sum)-want) > 1e-8*want || math.Abs(imag(sum)) > 1e-9 {
					t.Errorf("%s %v from %s: κt = %v, want %v", name, loss, start, sum, want)
				}
				checks++
			}
		}
	}
	if checks < 30 {
		t.Errorf("%d checks", checks)
	}
}
