package refute

import (
	"context"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/theory"
)

// planted is a theory whose claims hold at the values of the file, but not at all
// values that parameters and starts may have. The closed forms are
//
//	x' = x(1 − x):  monotone towards 1;  y' = k − y, y(0) = 0:  y = k(1 − e^{−t})
//	z' = (k − 1)z, z(0) = 1:  z = e^{(k−1)t};  u' = k, v' = k − 2
const planted = `
theory("planted")
k = param("k", 1, low=-5, high=50)
m = param("m", 1)
c = param("c", 1, low=1/50, high=2)
n = param("n", 1, integer=True, low=1, high=9)
x = state("x", start=between(1/10, 4))
flow(x, x*(1 - x))
y = state("y", start=0)
flow(y, k - y)
z = state("z", start=1)
flow(z, (k - 1)*z)
u = state("u", start=0)
flow(u, k)
v = state("v", start=0)
flow(v, k - 2)
a = state("a")
b = state("b")
flow(a, b)
flow(b, -m*a)
w = state("w")
flow(w, w*(c - w**2))
f = state("f", shape=n + 0 if False else 2)
flow(f, [-m*f[0], -f[1]])
s = state("s", start=1/2)
flow(s, -s)
claim("start", always(x < 3))
claim("always", always(y <= 1))
claim("until", always(y <= 10, until=1/2))
claim("limit", limit(y) == k**2)
claim("to infinity", limit(z + t) == inf)
claim("converges", converges(z))
claim("increases", increases(u))
claim("decreases", decreases(v))
claim("conserved", conserved(a**2 + b**2))
claim("identity", identity((a + b)**len(range(n)), a**len(range(n)) + b**len(range(n))))
claim("unique", unique_equilibrium({w: between(-1/2, 1/2)}))
claim("invariant", invariant(y <= 1))
claim("reduces", reduces(f, [s, s], s))
claim("when", when(k > 7, always(y < 12)))
claim("both", always(x*k < 12))
claim("true", always(x > 0))
claim("never", when(k > 50, always(x > 1)))
`

// TestPlanted: every claim is refuted, at a setting at which its closed form says
// that it is false and at no other.
func TestPlanted(t *testing.T) {
	file, err := script.Parse("planted.star", []byte(planted))
	if err != nil {
		t.Fatal(err)
	}
	for id, false_ := range map[string]func(k, m, c, n, x float64) bool{
		"start":       func(_, _, _, _, x float64) bool { return x >= 3 },
		"always":      func(k, _, _, _, _ float64) bool { return k > 1 },
		"until":       func(k, _, _, _, _ float64) bool { return k*(1-math.Exp(-0.5)) > 10 },
		"limit":       func(k, _, _, _, _ float64) bool { return k != k*k },
		"converges":   func(k, _, _, _, _ float64) bool { return k > 1 },
		"increases":   func(k, _, _, _, _ float64) bool { return k <= 0 },
		"decreases":   func(k, _, _, _, _ float64) bool { return k >= 2 },
		"conserved":   func(_, m, _, _, _ float64) bool { return m != 1 },
		"identity":    func(_, _, _, n, _ float64) bool { return n > 1 },
		"unique":      func(_, _, c, _, _ float64) bool { return 0 < c && c <= 0.25 },
		"invariant":   func(k, _, _, _, _ float64) bool { return k > 1 },
		"reduces":     func(_, m, _, _, _ float64) bool { return m != 1 },
		"when":        func(k, _, _, _, _ float64) bool { return k > 12 },
		"both":        func(k, _, _, _, x float64) bool { return k*max(x, 1) >= 12 },
		"to infinity": nil, "true": nil, "never": nil,
	} {
		o, err := Hunt(context.Background(), file, Options{Claim: id, Seed: 1})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if false_ == nil {
			want := theory.Consistent
			if id == "never" {
				want = theory.Undecided
			}
			if o.Verdict != want || o.Result != nil || (o.Tried > 0) == (id == "never") {
				t.Errorf("%s: %v at %v after %d settings: %s", id, o.Verdict, o.Set, o.Tried, o.Reason)
			}
			continue
		}
		if o.Verdict != theory.Refuted || len(o.Whole) > 0 && id == "start" {
			t.Errorf("%s: %v after %d settings, %s", id, o.Verdict, o.Tried, o.Reason)
			continue
		}
		at := func(name string, usual float64) float64 {
			if q, ok := o.Set[name]; ok {
				usual, _ = q.Float64()
			}
			return usual
		}
		if id == "conserved" || id == "reduces" { // about all m, as stated: the point is in the reason
			if _, rest, _ := strings.Cut(o.Reason, "m = "); len(o.Set) > 0 || rest == "" || strings.HasPrefix(rest, "1,") {
				t.Errorf("%s: %v, %s", id, o.Set, o.Reason)
			}
		} else if !false_(at("k", 1), at("m", 1), at("c", 1), at("n", 1), at("x.start", math.NaN())) {
			t.Errorf("%s: it holds at %v", id, o.Set)
		}
		bits := 0
		set := map[string]script.Setting{}
		for name, q := range o.Set {
			set[name] = script.Setting{Low: q, High: q}
			bits += bitsOf(q)
		}
		if len(o.Set) > 1+strings.Count(id, "both") || bits > 14 {
			t.Errorf("%s: %v, expected a simpler setting", id, o.Set)
		}
		th, err := file.Run(script.Options{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		report, err := check.Theory(context.Background(), th, check.Options{Claims: []string{id}})
		if err != nil || report.Claims[0].Verdict != theory.Refuted || !reflect.DeepEqual(report.Claims[0], *o.Result) {
			t.Errorf("%s at %v: %+v, %v", id, o.Set, report, err)
		}
	}
}

// TestShrinking: the simplest counterexamples of all, which are known.
func TestShrinking(t *testing.T) {
	file, err := script.Parse("planted.star", []byte(planted))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"always": "k=2", "limit": "k=0 -1", "increases": "k=0", "decreases": "k=2", "identity": "n=2", "invariant": "k=2", "start": "x.start=3"} {
		o, err := Hunt(context.Background(), file, Options{Claim: id, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		name, values, _ := strings.Cut(want, "=")
		if len(o.Set) != 1 || !strings.Contains(" "+values+" ", " "+o.Set[name].RatString()+" ") {
			t.Errorf("%s: %v, expected %s", id, o.Set, want)
		}
	}
}

// TestSameBytes: the outcome does not depend on the workers, and starts that are set
// to an interval are searched in it only.
func TestSameBytes(t *testing.T) {
	file, err := script.Parse("planted.star", []byte(planted))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"both", "true"} {
		var texts [2]string
		for i := range texts {
			o, err := Hunt(context.Background(), file, Options{Claim: id, Seed: 7, Jobs: 1 + 2*i, Cases: 40, Set: map[string]script.Setting{"y.start": {Low: big.NewRat(1, 3), High: big.NewRat(1, 2)}}})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal([]any{o.Set, o.Reason, o.Tried, o.Asked, o.Open, o.Searched, o.Stage, o.Shrinks, o.Result})
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(text)
		}
		if texts[0] != texts[1] {
			t.Errorf("%s\n%s", texts[0], texts[1])
		}
	}
}

// TestData: the element of the data that is the smallest counterexample.
func TestData(t *testing.T) {
	file, err := script.Parse("data.star", []byte("theory('d')\nx = state('x', start=1)\nflow(x, data['rate']*x)\nif data['rate'] < 5:\n  claim('slow', always(x <= 20*exp(t), until=2))\n"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := script.ReadData(strings.NewReader(`[{"rate": 7}, {"rate": 1}, {"rate": 0.5}, {"rate": 3, "name": "a longer one"}, {"rate": 2.25, "more": [1, 2, 3]}, {"rate": 4}]`), 1000)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Hunt(context.Background(), file, Options{Claim: "slow", Data: data})
	if err != nil || o.Verdict != theory.Refuted || o.Instance != 5 {
		t.Errorf("%+v, %v", o, err)
	}
	for claim, want := range map[string]string{"quick": `no such claim: "quick", expected one of`} {
		if _, err := Hunt(context.Background(), file, Options{Claim: claim, Data: data}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

// TestSimplest: fractions between two numbers, by hand.
func TestSimplest(t *testing.T) {
	for text, want := range map[string]string{"1/3 1/2": "1/2", "3/10 2/5": "1/3", "-7/5 -6/5": "-4/3", "-1 2": "0", "5/2 7/2": "3", "314/100 315/100": "22/7", "2 3": "2", "7/3 7/3": "7/3"} {
		a, b, _ := strings.Cut(text, " ")
		p, _ := new(big.Rat).SetString(a)
		q, _ := new(big.Rat).SetString(b)
		if got := simplest(p, q).RatString(); got != want {
			t.Errorf("between %s: %s, expected %s", text, got, want)
		}
	}
}
