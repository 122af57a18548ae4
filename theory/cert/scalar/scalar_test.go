package scalar

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func poly(c ...int64) Polynomial {
	out := Polynomial{}
	for _, x := range c {
		out = append(out, big.NewInt(x))
	}
	return out
}

func over(c ...int64) Quotient { return Quotient{poly(c...), poly(1)} }

func pair(a, b string) Interval {
	x, _ := new(big.Rat).SetString(a)
	y, _ := new(big.Rat).SetString(b)
	return Interval{x, y}
}

func starts(a, b string) *Interval { i := pair(a, b); return &i }

// x is the unknown as a quotient.
func x() *Quotient { q := over(0, 1); return &q }

// logistic is x' = x(1 − x) from a tenth.
func logistic(claim string) Certificate {
	return Certificate{Flow: over(0, 1, -1), Start: starts("1/10", "1/10"), Claim: claim, Marks: []Interval{pair("0", "0"), pair("1", "1")}}
}

// root2 is x' = 2 − x² from 0 to 1, which tends to √2.
func root2(claim string) Certificate {
	return Certificate{Flow: over(2, 0, -1), Start: starts("0", "1"), Claim: claim, Marks: []Interval{pair("-3/2", "-4/3"), pair("4/3", "3/2")}}
}

func with(c Certificate, change func(*Certificate)) Certificate {
	change(&c)
	return c
}

// good are certificates of true statements, one or more for each claim.
func good() map[string]Certificate {
	one := big.NewRat(1, 1)
	return map[string]Certificate{
		"always": with(logistic("always"), func(c *Certificate) { c.Relations = []Relation{{Quotient: over(1, -1), Sign: Positive}} }),
		"touches": with(logistic("always"), func(c *Certificate) {
			c.Relations = []Relation{{Quotient: over(1, -4, 4), Sign: NonNegative, Square: poly(-1, 2)}}
		}),
		"zero": with(logistic("always"), func(c *Certificate) {
			c.Relations = []Relation{{Quotient: Quotient{Polynomial{}, poly(1)}, Sign: Zero}}
		}),
		"at root 2": with(root2("always"), func(c *Certificate) { c.Relations = []Relation{{Quotient: over(2, 0, -1), Sign: Positive}} }),
		"between starts": with(logistic("always"), func(c *Certificate) {
			c.Start = starts("0", "2")
			c.Relations = []Relation{{Quotient: over(2, -1), Sign: NonNegative}}
		}),
		"limit":           with(logistic("limit"), func(c *Certificate) { c.Of, c.Value = x(), one }),
		"limit by root":   with(root2("limit"), func(c *Certificate) { c.Of, c.Root = x(), &Root{poly(-2, 0, 1), pair("1", "2")} }),
		"limit of square": with(root2("limit"), func(c *Certificate) { q := over(0, 0, 1); c.Of, c.Value = &q, big.NewRat(2, 1) }),
		"limit of both": with(logistic("limit"), func(c *Certificate) {
			c.Start, c.Of, c.Value = starts("1/10", "3"), x(), one
		}),
		"infinite":            {Flow: over(1, 1), Start: starts("0", "0"), Claim: "infinite", Of: x(), Sign: 1, Marks: []Interval{pair("-1", "-1")}},
		"infinite below":      {Flow: over(1, 1), Start: starts("-2", "-2"), Claim: "infinite", Of: x(), Sign: -1, Marks: []Interval{pair("-1", "-1")}},
		"converges far":       {Flow: over(1, 1), Start: starts("0", "0"), Claim: "converges", Of: &Quotient{poly(1), poly(2, 1)}},
		"converges":           with(root2("converges"), func(c *Certificate) { c.Of = x() }),
		"increases":           with(logistic("increases"), func(c *Certificate) { c.Of = x() }),
		"decreases":           with(logistic("decreases"), func(c *Certificate) { c.Of = &Quotient{poly(1), poly(0, 1)} }),
		"increases and rests": with(logistic("increases"), func(c *Certificate) { q := over(0, 3, -6, 4); c.Of, c.Square = &q, poly(-1, 2) }),
		"unique_equilibrium":  {Flow: over(2, 0, -1), Claim: "unique_equilibrium", Box: starts("0", "2")},
		"invariant":           {Flow: over(0, 1, -1), Claim: "invariant", Relations: []Relation{{Quotient: over(0, 1), Sign: NonNegative}, {Quotient: over(2, -1), Sign: Positive}}, Marks: []Interval{pair("0", "0"), pair("2", "2")}},
		"invariant point":     {Flow: over(2, 0, -1), Claim: "invariant", Relations: []Relation{{Quotient: over(-2, 0, 1), Sign: Zero}}, Marks: []Interval{pair("-3/2", "-4/3"), pair("4/3", "3/2")}},
	}
}

// bad are certificates that must be rejected: each states what is false, or
// proves it by what is false.
func bad() map[string]Certificate {
	two, half := big.NewRat(2, 1), big.NewRat(1, 2)
	always := func(q Quotient, sign string) Certificate {
		return with(logistic("always"), func(c *Certificate) { c.Relations = []Relation{{Quotient: q, Sign: sign}} })
	}
	escape := func(flow Quotient) Certificate {
		return Certificate{Flow: flow, Start: starts("1", "1"), Claim: "infinite", Of: x(), Sign: 1}
	}
	return map[string]Certificate{
		"reached at the start":            always(over(-1, 10), Positive),
		"crossed on the way":              always(over(1, -2), Positive),
		"an even zero, strictly":          always(over(1, -4, 4), Positive),
		"an even zero without its factor": always(over(1, -4, 4), NonNegative),
		"a factor that is none":           with(always(over(1, -4, 4), NonNegative), func(c *Certificate) { c.Relations[0].Square = poly(1, 2) }),
		"a factor that hides an odd zero": with(always(over(-1, 2), NonNegative), func(c *Certificate) { c.Relations[0].Square = poly(-1, 2) }),
		"the square of 0":                 with(always(over(1, -4, 4), NonNegative), func(c *Certificate) { c.Relations[0].Square = Polynomial{} }),
		"the other sign":                  always(over(-1, 1), Positive),
		"equal only in the limit":         always(over(-1, 1), Zero),
		"0 is positive":                   always(Quotient{Polynomial{}, poly(1)}, Positive),
		"a denominator that is 0":         always(Quotient{poly(1), poly(1, -4, 4)}, Positive),
		"an equilibrium below not marked": with(always(over(0, 1), NonNegative), func(c *Certificate) {
			c.Flow, c.Start, c.Marks = over(0, 1, -1), starts("-1", "1/2"), []Interval{pair("1", "1")}
		}),
		"a start on the wrong side":        with(always(over(0, 1), NonNegative), func(c *Certificate) { c.Start = starts("-1/10", "-1/10") }),
		"another limit":                    with(logistic("limit"), func(c *Certificate) { c.Of, c.Value = x(), half }),
		"the repelling one":                with(logistic("limit"), func(c *Certificate) { c.Of, c.Value = x(), new(big.Rat) }),
		"a start that rests elsewhere":     with(logistic("limit"), func(c *Certificate) { c.Start, c.Of, c.Value = starts("0", "1/2"), x(), big.NewRat(1, 1) }),
		"a start that is no number":        with(logistic("limit"), func(c *Certificate) { c.Start, c.Of, c.Value = &Interval{}, x(), big.NewRat(1, 1) }),
		"the other root":                   with(root2("limit"), func(c *Certificate) { c.Of, c.Root = x(), &Root{poly(-2, 0, 1), pair("-2", "-1")} }),
		"both roots":                       with(root2("limit"), func(c *Certificate) { c.Of, c.Root = x(), &Root{poly(-2, 0, 1), pair("-2", "2")} }),
		"√3":                               with(root2("limit"), func(c *Certificate) { c.Of, c.Root = x(), &Root{poly(-3, 0, 1), pair("1", "2")} }),
		"every number is a root":           with(root2("limit"), func(c *Certificate) { c.Of, c.Root = x(), &Root{Polynomial{}, pair("1", "2")} }),
		"a mark with no equilibrium":       with(root2("converges"), func(c *Certificate) { c.Of, c.Marks = x(), []Interval{pair("5/4", "4/3")} }),
		"a mark with two":                  with(root2("converges"), func(c *Certificate) { c.Of, c.Start, c.Marks = x(), starts("0", "0"), []Interval{pair("-3", "3")} }),
		"marks that overlap":               with(root2("converges"), func(c *Certificate) { c.Of, c.Marks = x(), []Interval{pair("-3/2", "7/5"), pair("4/3", "3/2")} }),
		"marks that descend":               with(root2("converges"), func(c *Certificate) { c.Of = x(); slices.Reverse(c.Marks) }),
		"a mark that is a point elsewhere": with(root2("converges"), func(c *Certificate) { c.Of, c.Marks = x(), []Interval{pair("-3/2", "-4/3"), pair("7/5", "7/5")} }),
		"an equilibrium that is a pole":    {Flow: Quotient{poly(0, 0, -1), poly(0, 1)}, Start: starts("1", "1"), Claim: "limit", Of: x(), Value: new(big.Rat), Marks: []Interval{pair("0", "0")}},
		"a pole on the way":                {Flow: Quotient{poly(2, -1), poly(1, -2, 1)}, Start: starts("0", "0"), Claim: "limit", Of: x(), Value: two, Marks: []Interval{pair("2", "2")}},
		"infinite in finite time":          escape(over(0, 0, 1)),
		"infinite, a rational blow-up":     escape(Quotient{poly(0, 0, 0, 0, 1), poly(1, 1)}),
		"infinite, but it converges":       escape(over(2, -1)),
		"infinite of the other sign":       with(escape(over(0, 1)), func(c *Certificate) { c.Sign = -1 }),
		"infinite of a bounded quotient":   with(escape(over(0, 1)), func(c *Certificate) { c.Of = &Quotient{poly(0, 1), poly(1, 1)} }),
		"infinite of an even power below":  {Flow: over(-1), Start: starts("0", "0"), Claim: "infinite", Of: &Quotient{poly(0, 0, 1), poly(1)}, Sign: -1},
		"converges, but it is unbounded":   with(escape(over(0, 1)), func(c *Certificate) { c.Claim, c.Sign = "converges", 0 }),
		"converges to a pole of X":         with(logistic("converges"), func(c *Certificate) { c.Of = &Quotient{poly(1), poly(1, -1)} }),
		"increases, but it falls":          with(logistic("increases"), func(c *Certificate) { c.Start, c.Of = starts("2", "2"), x() }),
		"increases, but it rests":          with(logistic("increases"), func(c *Certificate) { c.Start, c.Of = starts("1", "1"), x() }),
		"increases, and one start rests":   with(logistic("increases"), func(c *Certificate) { c.Start, c.Of = starts("0", "1/2"), x() }),
		"increases, a constant":            with(logistic("increases"), func(c *Certificate) { q := over(3); c.Of = &q }),
		"increases, and then falls":        with(logistic("increases"), func(c *Certificate) { q := over(0, 1, -1); c.Of = &q }),
		"decreases, the other way":         with(logistic("decreases"), func(c *Certificate) { c.Of = x() }),
		"two equilibria":                   {Flow: over(2, 0, -1), Claim: "unique_equilibrium", Box: starts("-2", "2")},
		"two equilibria, at the ends":      {Flow: over(0, 1, -1), Claim: "unique_equilibrium", Box: starts("0", "1")},
		"no equilibrium":                   {Flow: over(2, 0, -1), Claim: "unique_equilibrium", Box: starts("0", "1")},
		"one that is a pole":               {Flow: Quotient{poly(0, 0, 1), poly(0, 1)}, Claim: "unique_equilibrium", Box: starts("-1", "1")},
		"it leaves upward":                 {Flow: over(1), Claim: "invariant", Relations: []Relation{{Quotient: over(1, -1), Sign: Positive}}, Marks: []Interval{pair("1", "1")}},
		"it leaves a point":                {Flow: over(1), Claim: "invariant", Relations: []Relation{{Quotient: over(0, 1), Sign: Zero}}, Marks: []Interval{pair("0", "0")}},
		"it leaves over a gap":             {Flow: over(1), Claim: "invariant", Relations: []Relation{{Quotient: over(0, 0, 1), Sign: Positive}}, Marks: []Interval{pair("0", "0")}},
		"it leaves where a pole is":        {Flow: over(1), Claim: "invariant", Relations: []Relation{{Quotient: Quotient{poly(-1), poly(0, 1)}, Sign: Positive}}, Marks: []Interval{pair("0", "0")}},
		"a face that is not marked":        {Flow: over(1), Claim: "invariant", Relations: []Relation{{Quotient: over(1, -1), Sign: Positive}}},
		"an equilibrium near the face":     {Flow: over(14, -10), Claim: "invariant", Relations: []Relation{{Quotient: over(2, 0, -1), Sign: Positive}}, Marks: []Interval{pair("-3/2", "-4/3"), pair("4/3", "3/2")}},
	}
}

func TestGood(t *testing.T) {
	for name, c := range good() {
		text, err := Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := Check(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		} else if !strings.Contains(s.Statement, "x' = ") {
			t.Errorf("%s: %q", name, s.Statement)
		}
	}
}

func TestBad(t *testing.T) {
	if len(bad()) < 50 {
		t.Fatalf("%d false certificates", len(bad()))
	}
	for name, c := range bad() {
		text, err := Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := Check(text); err == nil {
			t.Errorf("%s: accepted: %s", name, s.Statement)
		}
	}
}

// TestText: one statement has one text, and what a claim has no use for is refused.
func TestText(t *testing.T) {
	text, _ := Encode(good()["limit"])
	for _, change := range [][2]string{
		{`"1/10"`, `"2/20"`}, {`"1/10"`, `"0.1"`}, {`"1/10"`, `"1e-1"`}, {`"1/10"`, `"+1/10"`}, {`[0,1,-1]`, `[0,1,-1,0]`}, {`[0,1,-1]`, `[null,1,-1]`},
		{`"claim":"limit"`, `"claim":"Limit"`}, {`"claim":"limit"`, `"claim":"limits"`}, {`"claim"`, `"Claim"`}, {`{"format"`, ` {"format"`}, {"}\n", "}"}, {"}\n", "}\n\n"},
		{`"value":"1"`, `"value":"1","sign":1`}, {`"value":"1"`, `"value":"1","square":[1]`}, {`"value":"1"`, `"value":"1","root":{"of":[-1,1],"in":["0","2"]}`}, {`,"value":"1"`, ``},
		{`"value":"1"`, `"value":"1","box":["0","1"]`}, {`"value":"1"`, `"value":"1","value":"2"`}, {`"value":"1"`, `"value":"1","name":"x"`}, {`"numerator":[0,1,-1]`, `"numerator":null`},
		{`"denominator":[1]`, `"denominator":[]`}, {`"denominator":[1]`, `"denominator":[0]`}, {`"value":"1"`, `"value":"1` + strings.Repeat("0", MaxDigits) + `"`},
		{`[0,1,-1]`, `[` + strings.Repeat("0,", MaxDegree+1) + `1]`}, {`"value":"1"`, `"value":1`}, {`muflow/scalar/1`, `muflow/scalar/2`}, {`"value":"1"`, `"value":"0x1"`}, {`"value":"1"`, `"value":"1_0"`}, {`"value":"1"`, `"value":"1/0"`},
	} {
		if other := strings.Replace(string(text), change[0], change[1], 1); other == string(text) {
			t.Errorf("%s is not in %s", change[0], text)
		} else if _, err := Check([]byte(other)); err == nil {
			t.Errorf("accepted: %s", other)
		}
	}
}

// TestSimulated holds what is accepted to solutions by the method of Runge and
// Kutta in float64, which shares nothing with the checker: random flows, starts,
// relations and marks that are taken from a grid, so that true and false ones occur.
func TestSimulated(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 9))
	accepted := map[string]int{}
	for range 4000 {
		zeros := rng.Perm(7)[:1+rng.IntN(3)]
		slices.Sort(zeros)
		flow, marks := poly(int64(1-2*rng.IntN(2))), []Interval(nil)
		for _, z := range zeros {
			flow = flow.times(poly(int64(-z), 1))
			marks = append(marks, pair(fmt.Sprint(z), fmt.Sprint(z)))
		}
		a := big.NewRat(int64(rng.IntN(15)-1), 2)
		b := new(big.Rat).Add(a, big.NewRat(int64(rng.IntN(3)), 2))
		c := Certificate{Flow: Quotient{flow, poly(1, 0, 1)}, Start: &Interval{a, b}, Marks: marks}
		q := Quotient{poly(int64(rng.IntN(15)-7), int64(rng.IntN(7)-3), int64(1-rng.IntN(3))).trimmed(), poly(1)}
		c.Claim = Claims[rng.IntN(6)]
		switch c.Claim {
		case "always":
			c.Relations = []Relation{{Quotient: q, Sign: []string{Positive, NonNegative}[rng.IntN(2)]}}
		case "limit":
			c.Of, c.Value = &q, big.NewRat(int64(rng.IntN(9)-4), 1)
		case "infinite":
			c.Of, c.Sign = &q, 1-2*rng.IntN(2)
		default:
			c.Of = &q
		}
		text, err := Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(text); err != nil {
			continue
		}
		accepted[c.Claim]++
		for _, start := range []*big.Rat{a, b, between(a, b)} {
			x0, _ := start.Float64()
			if fault := simulate(c, q, x0); fault != "" {
				t.Fatalf("%s from %g: %s", text, x0, fault)
			}
		}
	}
	for _, claim := range Claims[:6] {
		if accepted[claim] < 5 {
			t.Errorf("%s: %d accepted", claim, accepted[claim])
		}
	}
}

// function is a quotient in float64.
func function(q Quotient) func(x float64) float64 {
	parts := [2][]float64{}
	for k, p := range []Polynomial{q.Numerator, q.Denominator} {
		for _, c := range p {
			y, _ := new(big.Float).SetInt(c).Float64()
			parts[k] = append(parts[k], y)
		}
	}
	at := func(p []float64, x float64) (sum float64) {
		for i := len(p) - 1; i >= 0; i-- {
			sum = float64(sum*x) + p[i]
		}
		return sum
	}
	return func(x float64) float64 { return at(parts[0], x) / at(parts[1], x) }
}

// simulate follows one solution to t = 200 and says what the claim gets wrong.
func simulate(c Certificate, q Quotient, x float64) string {
	f, g := function(c.Flow), function(q)
	const h, steps, tiny = 0.05, 4000, 1e-6
	for range steps {
		before := g(x)
		k1 := f(x)
		k2 := f(x + float64(h/2*k1))
		k3 := f(x + float64(h/2*k2))
		k4 := f(x + float64(h*k3))
		x += float64(h / 6 * (k1 + float64(2*k2) + float64(2*k3) + k4))
		switch {
		case c.Claim == "always" && g(x) < -tiny:
			return fmt.Sprintf("it is %g at x = %g", g(x), x)
		case c.Claim == "increases" && g(x) < before-tiny, c.Claim == "decreases" && g(x) > before+tiny:
			return fmt.Sprintf("from %g to %g", before, g(x))
		}
	}
	switch {
	case c.Claim == "limit":
		if v, _ := c.Value.Float64(); math.Abs(g(x)-v) > 0.2 {
			return fmt.Sprintf("it is %g at the end", g(x))
		}
	case c.Claim == "infinite" && !(g(x)*float64(c.Sign) > 1), c.Claim == "converges" && !(math.Abs(g(x)) < 1e3):
		return fmt.Sprintf("it is %g at the end", g(x))
	}
	return ""
}

// TestTime: the worst text that the limits admit takes seconds at most.
func TestTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	large := func() Polynomial {
		out := Polynomial{}
		for range MaxDegree + 1 {
			digits := []byte{'1'}
			for range MaxDigits - 1 {
				digits = append(digits, byte('0'+rng.IntN(10)))
			}
			n, _ := new(big.Int).SetString(string(digits), 10)
			if rng.IntN(2) == 0 {
				n.Neg(n)
			}
			out = append(out, n)
		}
		return out
	}
	c := Certificate{Flow: Quotient{large(), poly(1)}, Start: starts("0", "0"), Claim: "always"}
	for len(c.Relations) < 5 {
		c.Relations = append(c.Relations, Relation{Quotient: Quotient{large(), poly(1)}, Sign: Positive})
	}
	k := &checker{chains: map[string][]Polynomial{}}
	begin := time.Now()
	k.chain(c.Flow.Numerator)
	one := time.Since(begin)
	text, _ := Encode(c)
	begin = time.Now()
	_, err := Check(text)
	t.Logf("one chain %v, %d bytes %v: %v", one, len(text), time.Since(begin), err)
	if one > 2*time.Second {
		t.Errorf("one chain takes %v", one)
	}
}

func FuzzCheck(f *testing.F) {
	for _, all := range []map[string]Certificate{good(), bad()} {
		for _, c := range all {
			text, _ := Encode(c)
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Check(data)
		if err != nil {
			return
		}
		text, err := Encode(s.Certificate)
		if err != nil || string(text) != string(data) || s.Statement == "" || !json.Valid(data) {
			t.Fatalf("%q is accepted as %q", data, text)
		}
	})
}
