package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
)

// angleVectors: mpmath 1.3.0, 120 digits, printed to 100.
var angleVectors = []struct{ function, x, y, value string }{
	{"log1p", "1/3", "0", "0.2876820724517809274392190059938274315035097108977610565066656853492929507207804643381108991791052863"},
	{"expm1", "1/3", "0", "0.3956124250860895286281253196025868375979065151994069826175167060317390156459518469697888172958302241"},
	{"log1p", "-1/3", "0", "-0.4054651081081643819780131154643491365719904234624941976140143241441006712489142512677524278173134012"},
	{"expm1", "-1/3", "0", "-0.2834686894262107495743959030746203325468879401785208428591297928726959227650976208912089110848250538"},
	{"log1p", "1/1000000000000000000000000000000", "0", "0.0000000000000000000000000000009999999999999999999999999999995000000000000000000000000000003333333333333333333333333333330833333333"},
	{"expm1", "1/1000000000000000000000000000000", "0", "0.000000000000000000000000000001000000000000000000000000000000500000000000000000000000000000166666666666666666666666666666708333333"},
	{"log1p", "-99999/100000", "0", "-11.51292546497022842008995727342182103800550744314386488016663950483786304838676240117998602544799149"},
	{"expm1", "-99999/100000", "0", "-0.6321168800157519306092946798736195839622147235655576259947119347108990618938712233573347556922048912"},
	{"log1p", "12345/7", "0", "7.475663123209244103252971038688938443005983569158655910434110446339459278584291034053309026598915231"},
	{"expm1", "12345/7", "0", "8.115959493307849250977986949274401774074576502553342904151883315671906950971093991450533787943761975e+765"},
	{"log1p", "-1/1000000007", "0", "-0.0000000009999999935000000423333330570833351395333215011667443248090131614021735138984340134816960600395019459"},
	{"expm1", "-1/1000000007", "0", "-0.0000000009999999925000000561666662466250031371749765981237854756266784485469254311773443784860772250003754292"},
	{"arg", "1", "1", "0.785398163397448309615660845819875721049292349843776455243736148076954101571552249657008706335529267"},
	{"arg", "1", "-3", "-1.24904577239825442582991707728109012307782940412989671905466923679715196573729395495760899032041716"},
	{"arg", "-2", "1", "2.677945044588987122248387151818288482168632345088985557164011503587618542120467293327434541357229175"},
	{"arg", "-2", "-1/1000000000000", "-3.141592653589293238462643383279502884238836066041772487641611252724483072952875665294702608080212306"},
	{"arg", "1", "1/10000000000000000000000000", "0.00000000000000000000000009999999999999999999999999999999999999999999999999966666666666666666666666666666666666666666666666667"},
	{"arg", "1/7", "100000", "1.570794898223468048774567561415043483113243025852382072406559782494540676943506783768859617366955129"},
	{"arg", "-1/3", "22/7", "1.676461908894752389330057556516851069659270705102699664410148856273554737168300030909925569656964744"},
	{"arg", "5", "-4", "-0.6747409422235526630565209736098136150740062548407124231209217049693088958310535358917798169020412939"},
}

func TestAnglesAgainstReference(t *testing.T) {
	checks := 0
	rat := func(text string) *big.Rat {
		q, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		return q
	}
	for _, v := range angleVectors {
		for _, p := range []uint{53, 64, 128, 200, 300, 1000} {
			x, y, z := New(p+40).SetRat(rat(v.x)), New(p+40).SetRat(rat(v.y)), New(p)
			switch v.function {
			case "log1p":
				z.Log1p(x)
			case "expm1":
				z.Expm1(x)
			case "arg":
				z.Arg(x, y)
			}
			value := rat(v.value)
			slack := new(big.Rat).Mul(new(big.Rat).Abs(value), rat("1e-99"))
			low, high := endpoint(z, -1), endpoint(z, 1)
			if low.Cmp(new(big.Rat).Add(value, slack)) > 0 || high.Cmp(new(big.Rat).Sub(value, slack)) < 0 {
				t.Errorf("%s(%s, %s) at %d bits: %v ± %v, want %.60s", v.function, v.x, v.y, p, z.Mid(), z.Radius(), v.value)
			}
			if bits := z.RelativeAccuracyBits(); bits < int(p)-5 {
				t.Errorf("%s(%s, %s): accurate to %d of %d bits", v.function, v.x, v.y, bits, p)
			}
			checks++
		}
	}
	if checks != 6*20 {
		t.Fatalf("%d checks", checks)
	}
}

// TestAnglesOfBoxes: for random points of random boxes the value at the point,
// at a higher precision, meets the value of the box.
func TestAnglesOfBoxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	checks, rounds := 0, 500
	if *long.Tests {
		rounds = 1500
	}
	for range rounds {
		p := precisions[rng.IntN(4)]
		x, xs := randomBall(rng, p)
		y, ys := randomBall(rng, p)
		small := New(p).MulPow2(x, -rng.IntN(80))
		scaled := new(big.Rat)
		for i := range xs {
			px, py := New(2*p).SetRat(xs[i]), New(2*p).SetRat(ys[i])
			box := New(p).Arg(x, y)
			if point := New(2*p).Arg(px, py); point.IsFinite() && box.IsFinite() {
				if !box.Overlaps(point) {
					t.Fatalf("arg at %d bits: %v, %v", p, xs[i], ys[i])
				}
				checks++
			}
			for name, f := range map[string]func(z, x *Ball) *Ball{"log1p": (*Ball).Log1p, "expm1": (*Ball).Expm1} {
				m, _ := New(p).Midpoint(small).Mid().Rat(scaled)
				if new(big.Rat).Abs(m).Cmp(big.NewRat(1000, 1)) > 0 {
					continue
				}
				box, point := f(New(p), small), f(New(2*p), New(2*p).SetRat(m))
				if point.IsFinite() && box.IsFinite() {
					if !box.Overlaps(point) {
						t.Fatalf("%s at %d bits: %v", name, p, m)
					}
					checks++
				}
			}
		}
	}
	if checks < 10*rounds/3 {
		t.Fatalf("%d checks", checks)
	}
}

// TestAnglesAddUp: arg(z·w) = arg z + arg w, with exact products.
func TestAnglesAddUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	checks := 0
	for range 600 {
		p := precisions[rng.IntN(len(precisions))]
		parts := make([]*big.Rat, 4)
		for i := range parts {
			parts[i] = big.NewRat(rng.Int64N(2001)-1000, 1+rng.Int64N(50))
		}
		product := func(i, j int) *big.Rat { return new(big.Rat).Mul(parts[i], parts[j]) }
		re, im := product(0, 2), product(0, 3)
		re.Sub(re, product(1, 3))
		im.Add(im, product(1, 2))
		arg := func(x, y *big.Rat) *Ball { return New(p).Arg(New(p).SetRat(x), New(p).SetRat(y)) }
		a, b, c := arg(parts[0], parts[1]), arg(parts[2], parts[3]), arg(re, im)
		if !a.IsFinite() || !b.IsFinite() || !c.IsFinite() {
			continue
		}
		turn := New(p).Sub(New(p).Add(a, b), c)
		turn.Quo(turn, New(p).MulPow2(Pi(p), 1))
		whole := false
		for n := int64(-1); n <= 1; n++ {
			whole = whole || turn.Contains(big.NewRat(n, 1))
		}
		if !whole || New(64).Abs(turn).Upper().Cmp(big.NewFloat(1.5)) > 0 {
			t.Fatalf("%v: %v turns", parts, turn.Mid())
		}
		checks++
	}
	if checks < 500 {
		t.Fatalf("%d checks", checks)
	}
}

func TestAngleDomains(t *testing.T) {
	number := func(q float64) *Ball { return New(64).SetFloat64(q) }
	wide := New(64).SetInterval(big.NewFloat(-1), big.NewFloat(1))
	for name, z := range map[string]*Ball{
		"log1p(-1)":        New(64).Log1p(number(-1)),
		"log1p(-2)":        New(64).Log1p(number(-2)),
		"log1p([-1, 1])":   New(64).Log1p(wide),
		"arg(0, 0)":        New(64).Arg(number(0), number(0)),
		"arg(-1, 0)":       New(64).Arg(number(-1), number(0)),
		"arg(-1, [-1, 1])": New(64).Arg(number(-1), wide),
		"arg([-1, 1], 0)":  New(64).Arg(wide, number(0)),
		"arg(∞, 1)":        New(64).Arg(New(64).Indeterminate(), number(1)),
		"expm1(∞)":         New(64).Expm1(New(64).Indeterminate()),
		"log1p(∞)":         New(64).Log1p(New(64).Indeterminate()),
	} {
		if z.IsFinite() {
			t.Errorf("%s is finite", name)
		}
	}
	for name, z := range map[string]*Ball{"log1p(0)": New(64).Log1p(number(0)), "expm1(0)": New(64).Expm1(number(0)), "arg(3, 0)": New(64).Arg(number(3), number(0))} {
		if !z.IsZero() {
			t.Errorf("%s is not the exact 0", name)
		}
	}
}
