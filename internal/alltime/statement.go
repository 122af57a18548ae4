package alltime

import (
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A Start says where an unknown starts: anywhere from Low to High or, if Value
// is not nil, at an expression in unknowns with derivative 0 that start in
// intervals themselves. A start that a statement refers to is such an unknown.
//
// The zero Start is any number, for UniqueEquilibrium and Invariant only: these
// are about a set of states, so that an unknown with derivative 0 or 1 that has
// another start is a parameter or t there, and one with this start is neither.
type Start struct {
	Low, High *big.Rat
	Value     *ode.Expr
}

// isAny reports whether a start is any number.
func (s Start) isAny() bool { return s.Low == nil && s.High == nil && s.Value == nil }

// Point is the start at one number.
func Point(q *big.Rat) Start { return Start{Low: q, High: q} }

// Between is the start anywhere in an interval.
func Between(low, high *big.Rat) Start { return Start{Low: low, High: high} }

// At is the start at an expression in constant unknowns, or in none.
func At(x *ode.Expr) Start { return Start{Value: x} }

// A Problem is a flow with its starts.
type Problem struct {
	System    *ode.System
	Names     []string    // of the unknowns, for reasons; x0, x1, … if empty
	Start     []Start     // of each unknown
	Conserved []*ode.Expr // known to be constant along the flow, may be empty
	Effort    Effort
	Memory    *Memory // shared by decisions about the same theory, may be nil
}

// Effort bounds the work of one decision; the zero value works.
type Effort struct {
	Horizon *big.Rat // up to which solutions are followed, 1,000 if nil
	Cells   int      // into which a region is cut, 20,000 if 0
	Steps   int      // of a flowpipe, 4,000 if 0
	work    *meter   // that is left, of all decisions that serve one
}

// A Comparison is the sign of a relation.
type Comparison uint8

// The comparisons.
const (
	Less Comparison = iota
	LessEqual
	Greater
	GreaterEqual
	Equal
)

func (c Comparison) String() string {
	return [...]string{"<", "≤", ">", "≥", "="}[c]
}

// A Relation compares two expressions in the unknowns.
type Relation struct {
	Left       *ode.Expr
	Comparison Comparison
	Right      *ode.Expr
}

// A Kind says what a statement is about.
type Kind uint8

// The kinds of statements.
const (
	KindAlways Kind = iota
	KindLimit
	KindInfinite
	KindConverges
	KindIncreases
	KindDecreases
	KindUnique
	KindInvariant
)

// A Statement is about all solutions of a problem. It is made by the functions
// that follow.
type Statement struct {
	Kind      Kind
	Relations []Relation // of KindAlways and KindInvariant
	Until     *big.Rat   // of KindAlways, nil for all t ≥ 0
	X, Value  *ode.Expr
	Sign      int // of KindInfinite
	Box       []Start
}

// Always says that relations hold at all times t ≥ 0.
func Always(relations ...Relation) Statement { return Statement{Relations: relations} }

// AlwaysUntil says that relations hold for 0 ≤ t ≤ T, or at all times if T is nil.
func AlwaysUntil(until *big.Rat, relations ...Relation) Statement {
	return Statement{Relations: relations, Until: until}
}

// Limit says that x tends to a value, an expression in constant unknowns.
func Limit(x, value *ode.Expr) Statement { return Statement{Kind: KindLimit, X: x, Value: value} }

// Infinite says that x tends to +∞ (a positive sign) or −∞, in infinite time.
func Infinite(x *ode.Expr, sign int) Statement {
	return Statement{Kind: KindInfinite, X: x, Sign: sign}
}

// Converges says that x has a finite limit, which may depend on the start.
func Converges(x *ode.Expr) Statement { return Statement{Kind: KindConverges, X: x} }

// Increases says that s < t implies x(s) < x(t).
func Increases(x *ode.Expr) Statement { return Statement{Kind: KindIncreases, X: x} }

// Decreases says that s < t implies x(s) > x(t).
func Decreases(x *ode.Expr) Statement { return Statement{Kind: KindDecreases, X: x} }

// UniqueEquilibrium says that a box, with one entry for each unknown (those of
// constant unknowns and of t are not looked at), holds one and only one
// equilibrium, for each value of the parameters.
func UniqueEquilibrium(box []Start) Statement { return Statement{Kind: KindUnique, Box: box} }

// Invariant says that no solution leaves the set where all relations hold,
// wherever in it it starts, as long as it exists.
func Invariant(relations ...Relation) Statement {
	return Statement{Kind: KindInvariant, Relations: relations}
}

// A Verdict is what came out.
type Verdict uint8

// The verdicts; the zero value is Undecided.
const (
	Undecided Verdict = iota
	Proved
	Refuted
)

func (v Verdict) String() string { return [...]string{"undecided", "proved", "refuted"}[v] }

// A Decision is the answer to a statement.
type Decision struct {
	Verdict Verdict
	Reason  string   // the chain of the proof, or what would settle it
	Witness *Witness // of a refutation, if it is at one time
	Values  []Value  // that the proof found on its way
}

// A Witness is a solution that breaks a statement at a time.
type Witness struct {
	Start    []*ball.Ball // of all unknowns
	Time     *big.Rat
	State    []*ball.Ball // at the time; nil at the end of existence
	Relation int          // which one is broken, 0-based
	Margin   *ball.Ball   // of that relation, the side that must be larger less the other: < 0, or 0 where it is strict; nil where State is
}

// A Value is a number with a name, enclosed.
type Value struct {
	Name string
	Ball *ball.Ball
}
