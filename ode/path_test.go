package ode

import (
	"context"
	"errors"
	"math/big"
	"sync"
	"testing"
)

// A known problem has reference digits at some times. Where no program is
// named they come from PARI/GP 2.15.2 (a closed form at 90 digits); those of
// Lotka–Volterra from mpmath 1.2.1 (odefun at 80 digits, checked there by the
// conserved quantity x − log x + y − log y).
type knownProblem struct {
	name   string
	system *System
	start  []*Expr
	values []knownValue
}

type knownValue struct {
	t        *big.Rat
	unknowns []string
}

func knownProblems() []knownProblem {
	x, y := State(0), State(1)
	half := func(n int64) *Expr { return Rational(big.NewRat(n, 2)) }
	return []knownProblem{
		{"exponential", &System{1, []*Expr{x}}, []*Expr{Integer(1)}, []knownValue{
			{big.NewRat(1, 1), []string{"2.71828182845904523536028747135266249775724709369995957496696762772407663035"}},
			{big.NewRat(-20, -1), []string{"485165195.40979027796910683054154055868463898894484725435361080031597799614270974"}},
		}},
		{"decay", &System{1, []*Expr{x.Neg()}}, []*Expr{Integer(1)}, []knownValue{
			{big.NewRat(20, 1), []string{"2.06115362243855782796594038015582097637580727559910369297224466162916402378455935327991093E-9"}},
		}},
		{"logistic", &System{1, []*Expr{x.Mul(Integer(1).Sub(x))}}, []*Expr{Rational(big.NewRat(1, 3))}, []knownValue{
			{big.NewRat(5, 1), []string{"0.986703291042267992267639769755257699037535463310794737533711462577887074150854833925"}},
		}},
		{"square", &System{1, []*Expr{x.Mul(x)}}, []*Expr{Integer(1)}, []knownValue{ // 1/(1−t), exact
			{big.NewRat(9, 10), []string{"10"}},
			{big.NewRat(255, 256), []string{"256"}},
		}},
		{"straight line", &System{1, []*Expr{Integer(3)}}, []*Expr{Integer(0)}, []knownValue{ // 3t, exact
			{big.NewRat(1_000_000, 1), []string{"3000000"}},
		}},
		{"oscillator", &System{2, []*Expr{y, x.Neg()}}, []*Expr{Integer(1), Integer(0)}, []knownValue{
			{big.NewRat(100, 1), []string{"0.862318872287683934101938513950842535510084008535510829280162112692721088050926624103", "0.506365641109758793656557610459785432065032721290657323443392473594357913419476696499236"}},
		}},
		{"Lotka–Volterra", &System{2, []*Expr{x.Sub(x.Mul(y)), x.Mul(y).Sub(y)}}, []*Expr{half(1), half(3)}, []knownValue{
			{big.NewRat(1, 1), []string{"0.428333210789713192615268928105078660690145480920203728921485674316", "0.855939961427180212788837308360705142317763283797875914014197911823"}},
			{big.NewRat(5, 1), []string{"1.75734575078916887269604346363802077729270500305525598790749413584", "1.49881707971249056706395704956542443767008350862999743282409455856"}},
			{big.NewRat(10, 1), []string{"1.31417835814875730649071010809864754661552282437719201137158423648", "0.451470816114268662075707374215746928625493160036113035446139517983"}},
		}},
	}
}

// reducedFlows has μ(T) of the two instances to 60 digits: from the closed
// form at 370 digits, checked by quadrature in mpmath.
var reducedFlows = []struct {
	name         string
	in           instance
	breadthFirst bool
	until        int64
	mu           string
}{
	{"A Coconut", instanceA, false, 1000, "1.67182141902717029572253249536387763983444229437293594235057"},
	{"A Coconut-BFS", instanceA, true, 1000000, "15.1670797252460945873845468767530170915416302233193565931663"},
	{"B Coconut", instanceB, false, 1000, "1.77830400391418594709597279811150611906830724141304277251885"},
	{"B Coconut-BFS", instanceB, true, 1000000, "7.86424832019250405254285663647994524363238332998791152248088"},
}

func TestPathsReachKnownValues(t *testing.T) {
	checks := 0
	for _, p := range knownProblems() {
		until := p.values[len(p.values)-1].t
		path, err := Integrate(context.Background(), p.system, p.start, until, Settings{Digits: 50})
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if path.status != Reached || path.Until().Cmp(until) != 0 {
			t.Errorf("%s: %v at %v", p.name, path.status, path.Until())
		}
		for _, v := range p.values {
			got, err := path.At(v.t)
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			for i, text := range v.unknowns {
				if d := distance(got[i], parse(text, 300)); d > 1e-48 {
					t.Errorf("%s: x%d at %v is %.60g, off by %.3g", p.name, i, v.t, got[i], d)
				}
				checks++
			}
		}
	}
	if checks != 15 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestReducedFlowsInBothForms(t *testing.T) {
	checks := 0
	for _, f := range reducedFlows {
		want := parse(f.mu, 300)
		for _, form := range []func(bool) (*System, []*Expr, *Expr){f.in.rational, f.in.exponential} {
			system, start, mu := form(f.breadthFirst)
			solution, err := Solve(context.Background(), system, start, Request{
				Times: []*big.Rat{big.NewRat(f.until, 1), big.NewRat(1, 3)}, Observables: []*Expr{mu}, Digits: 50})
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			got := solution.Values[0][0]
			if got.Low.Cmp(want) > 0 || got.High.Cmp(want) < 0 || !got.Reaches(50) {
				t.Errorf("%s: %.60g to %.60g, want %.60g", f.name, got.Low, got.High, want)
			}
			checks++
		}
	}
	if checks != 8 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestHigherAccuracyAgrees(t *testing.T) {
	system, start, mu := instanceA.rational(false)
	until := []*big.Rat{big.NewRat(200, 1)}
	for _, digits := range []int{1, 7, 30, 120} {
		s, err := Solve(context.Background(), system, start, Request{Times: until, Observables: []*Expr{mu}, Digits: digits})
		if err != nil {
			t.Fatal(err)
		}
		fine, err := Solve(context.Background(), system, start, Request{Times: until, Observables: []*Expr{mu}, Digits: digits + 30})
		if err != nil {
			t.Fatal(err)
		}
		a, b := s.Values[0][0], fine.Values[0][0]
		if !a.Reaches(digits) || a.Low.Cmp(b.Low) > 0 || a.High.Cmp(b.High) < 0 {
			t.Errorf("%d digits: [%v, %v] and [%v, %v]", digits, a.Low, a.High, b.Low, b.High)
		}
	}
}

func TestBlowUpIsAnError(t *testing.T) {
	x := State(0)
	for _, c := range []struct {
		f    *Expr
		end  float64 // of the maximal solution from 1
		want Status
	}{
		{x.Mul(x), 1, StepUnderflow},
		{x.Exp(), 0.36787944117144233, StepUnderflow},
		{x.Power(-1).Neg(), 0.5, StepUnderflow},
		{x.Sub(Integer(1)).Log(), 0, NonFinite},
		{Integer(1).Quo(x.Sub(Integer(1))), 0, NonFinite},
	} {
		path, err := Integrate(context.Background(), &System{1, []*Expr{c.f}}, []*Expr{Integer(1)}, big.NewRat(2, 1), Settings{})
		var stop *StopError
		if !errors.As(err, &stop) || stop.Status != c.want || path == nil || path.status != c.want {
			t.Errorf("%v: %v", c.f, err)
			continue
		}
		end, _ := path.Until().Float64()
		if end > c.end || end < c.end-1e-10 {
			t.Errorf("%v: valid until %v, the solution ends at %v", c.f, end, c.end)
		}
		if _, err := path.At(big.NewRat(3, 2)); err == nil {
			t.Errorf("%v: a value beyond the end of the path", c.f)
		}
	}
}

// countdown is a context that ends after so many looks at it.
type countdown struct {
	context.Context
	mutex sync.Mutex
	left  int
}

func (c *countdown) Err() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancellationKeepsTheValidPrefix(t *testing.T) {
	p := knownProblems()[5] // the oscillator
	whole, err := Integrate(context.Background(), p.system, p.start, big.NewRat(100, 1), Settings{Digits: 30})
	if err != nil {
		t.Fatal(err)
	}
	part, err := Integrate(&countdown{Context: context.Background(), left: 5}, p.system, p.start, big.NewRat(100, 1), Settings{Digits: 30})
	var stop *StopError
	if !errors.As(err, &stop) || !errors.Is(err, context.Canceled) || part.status != Cancelled || part.Steps() != 5 {
		t.Fatalf("%v", err)
	}
	if stop.Time.Cmp(part.Until()) != 0 || part.Until().Cmp(whole.segments[5].from) != 0 {
		t.Errorf("prefix until %v", part.Until())
	}
	a, _ := part.At(part.Until())
	b, _ := whole.At(part.Until())
	if a[0].Cmp(b[0]) != 0 {
		t.Errorf("%v in the prefix, %v in the whole", a[0], b[0])
	}
	short, err := Integrate(context.Background(), p.system, p.start, big.NewRat(100, 1), Settings{Digits: 30, Budget: 7})
	if !errors.As(err, &stop) || stop.Status != BudgetExhausted || short.Steps() != 7 {
		t.Errorf("budget: %v", err)
	}
}

func TestBadRequestsAreErrors(t *testing.T) {
	x, ctx := State(0), context.Background()
	system, start, one := &System{1, []*Expr{x}}, []*Expr{Integer(1)}, big.NewRat(1, 1)
	checks := 0
	for _, s := range []Settings{{Digits: -1}, {Digits: 1 << 30}, {Order: 1}, {Precision: 3}, {Budget: -1}} {
		if _, err := Integrate(ctx, system, start, one, s); err == nil {
			t.Errorf("%+v is accepted", s)
		}
		checks++
	}
	for _, c := range []struct {
		start []*Expr
		until *big.Rat
	}{{nil, one}, {[]*Expr{x}, one}, {[]*Expr{Integer(-1).Log()}, one}, {start, nil}, {start, big.NewRat(-1, 1)}} {
		if _, err := Integrate(ctx, system, c.start, c.until, Settings{}); err == nil {
			t.Errorf("%v until %v is accepted", c.start, c.until)
		}
		checks++
	}
	for _, r := range []Request{{}, {Times: []*big.Rat{nil}}, {Times: []*big.Rat{big.NewRat(-1, 1)}}, {Times: []*big.Rat{one}, Digits: -3},
		{Times: []*big.Rat{one}, Observables: []*Expr{nil}}, {Times: []*big.Rat{one}, Observables: []*Expr{x.Neg().Log()}}} {
		if _, err := Solve(ctx, system, start, r); err == nil {
			t.Errorf("%+v is accepted", r)
		}
		checks++
	}
	if checks != 16 {
		t.Fatalf("%d checks ran", checks)
	}
}

// TestCancelledDigitsAreNotClaimed asks for a difference of nearly equal
// numbers, where the runs agree to fewer digits than they work with.
func TestCancelledDigitsAreNotClaimed(t *testing.T) {
	x := State(0)
	system, start := &System{1, []*Expr{x}}, []*Expr{Integer(1)}
	tiny := big.NewRat(1, 1)
	tiny.Quo(tiny, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(60), nil)))
	request := Request{Times: []*big.Rat{tiny}, Observables: []*Expr{x.Sub(Integer(1))}, Digits: 20}
	s, err := Solve(context.Background(), system, start, request)
	if err != nil {
		t.Fatal(err)
	}
	// e^ε − 1 = ε + ε²/2 + …
	if v := s.Values[0][0]; !v.Reaches(20) || distance(v.Value, parse("1e-60", 300)) > 1e-20 || s.Path.Precision() < 260 {
		t.Errorf("%v at %d bits", v.Value, s.Path.Precision())
	}
	request.Observables = []*Expr{x.Sub(x.Log().Exp())} // zero, but never computed as such with certainty
	request.Times = []*big.Rat{big.NewRat(1, 3)}
	var stop *StopError
	if _, err := Solve(context.Background(), system, start, request); !errors.As(err, &stop) || stop.Status != BudgetExhausted {
		t.Errorf("digits of a zero: %v", err)
	}
	// Where nothing moves, an exact zero is known.
	request.Observables = []*Expr{x.Log()}
	request.Times = []*big.Rat{new(big.Rat), big.NewRat(5, 1)}
	s, err = Solve(context.Background(), &System{1, []*Expr{x.Sub(Integer(1))}}, start, request)
	if err != nil || s.Values[0][0].High.Sign() != 0 || s.Values[1][0].Low.Sign() != 0 {
		t.Errorf("a stationary solution: %v", err)
	}
}

func TestEventsOnPaths(t *testing.T) {
	x, y, ctx := State(0), State(1), context.Background()
	checks := 0
	for _, c := range []struct {
		system *System
		start  []*Expr
		g      *Expr
		level  *big.Rat
		want   string // PARI/GP 2.15.2: log(7), Pi/2, asin(1/3), log(2)
	}{
		{&System{1, []*Expr{x}}, []*Expr{Integer(1)}, x, big.NewRat(7, 1), "1.94591014905531330510535274344317972963708472200286"},
		{&System{2, []*Expr{y, x.Neg()}}, []*Expr{Integer(1), Integer(0)}, x, new(big.Rat), "1.57079632679489661923132169163975144209858469968755"},
		{&System{2, []*Expr{y, x.Neg()}}, []*Expr{Integer(1), Integer(0)}, y, big.NewRat(-1, 3), "0.339836909454121937096392513391764066388244690332459"},
		{&System{1, []*Expr{x.Neg()}}, []*Expr{Integer(1)}, x.Power(2), big.NewRat(1, 4), "0.693147180559945309417232121458176568075500134360255"},
		{&System{1, []*Expr{x.Neg()}}, []*Expr{Integer(1)}, x, big.NewRat(1, 1), "0"},
	} {
		path, err := Integrate(ctx, c.system, c.start, big.NewRat(3, 1), Settings{Digits: 45})
		if err != nil {
			t.Fatal(err)
		}
		got, err := path.Event(ctx, c.g, c.level)
		if err != nil {
			t.Fatalf("%v = %v: %v", c.g, c.level, err)
		}
		if d := distance(got, parse(c.want, 200)); d > 1e-44 {
			t.Errorf("%v = %v at %.50g, off by %.3g", c.g, c.level, got, d)
		}
		if _, err := path.Event(ctx, c.g, big.NewRat(100, 1)); !errors.Is(err, ErrNoEvent) {
			t.Errorf("%v = 100: %v", c.g, err)
		}
		checks++
	}
	if checks != 5 {
		t.Fatalf("%d checks ran", checks)
	}
}
