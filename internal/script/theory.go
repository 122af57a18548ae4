package script

import (
	"math/big"

	"muflow/internal/alltime"
	"muflow/ode"
)

// A Theory is what a file states, for one data set and one choice of parameters.
// Its expressions are in its symbols: unknown i of an expression is Symbols[i].
type Theory struct {
	File, Name, Source string
	Symbols            []Symbol
	States             []State
	Claims             []Claim
	Oracles            []Oracle
	Observables        []Observable
	Trainings          []Training
}

// A Kind says what a symbol stands for.
type Kind uint8

// The kinds of symbols.
const (
	StateSymbol     Kind = iota
	ParameterSymbol      // constant along the flow
	StartSymbol          // the start of a state that is an interval, constant along the flow
	TimeSymbol           // t, of which there is one, symbol 0
)

// A Symbol is an unknown of the expressions of a theory. A parameter or a start
// is anything from Low to High.
type Symbol struct {
	Name        string
	Kind        Kind
	Low, High   *big.Rat // of a parameter and a start
	Least, Most *big.Rat // what a parameter may be set to, nil without limit
	Integer     bool
	Used        bool // its value shapes the theory, as in range(n)
	State       int  // of a state: which one
}

// A State is one unknown of the flow.
type State struct {
	Symbol int
	Start  *ode.Expr // in parameters and starts, nil if there is none
	Rate   *ode.Expr // its derivative in time, nil if there is none
}

// A Claim is a statement with a name and the verdict that its author expects.
type Claim struct {
	ID        string
	Statement *Statement
	Expect    string
	Line      int
}

// A Statement is what a claim says, by its word in the language.
type Statement struct {
	Kind      string
	Relations []alltime.Relation // of always and invariant, of the premise of when
	Until     *big.Rat           // of always, nil for all time
	X, Y      []*ode.Expr        // of identity, pairs; of the others, one
	Sign      int                // of a limit that is infinite
	Box       map[int][2]*big.Rat
	Reduction *Reduction
	Holds     bool // of when, a premise without symbols
	Then      *Statement
}

// A Reduction says that an ansatz for the states Full is kept by their flow, and
// that the states Reduced then flow as the theory says.
type Reduction struct {
	Full    []int       // states
	Ansatz  []*ode.Expr // for each, in the reduced states and parameters
	Reduced []int
}

// An Oracle is a closed form.
type Oracle struct {
	Name        string
	Left, Right *ode.Expr
	Line        int
}

// An Observable is a number to look at.
type Observable struct {
	Name string
	X    *ode.Expr
}

// A Training is gradient descent on a loss, w ← w − Rate·rate·∂loss, or with a
// batch on draws from its terms.
type Training struct {
	Loss   *ode.Expr
	Terms  []*ode.Expr // of a loss that is a mean
	States []int
	Rates  []*ode.Expr // for each state, as in gradient_flow, in parameters
	Rate   *big.Rat
	Batch  int
	Steps  int
	Beside []Beside
	Line   int
}

// A Beside is a formula of trained weights and the one along the stated flow that
// it is compared with.
type Beside struct{ Trained, Flow *ode.Expr }

// stateOf returns the state that an expression is.
func (t *Theory) stateOf(x *ode.Expr) (int, bool) {
	if x.Operation() != ode.OpState || t.Symbols[x.Index()].Kind != StateSymbol {
		return 0, false
	}
	return t.Symbols[x.Index()].State, true
}
