package hunt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/strict"
)

// form is how an instance of a case is written: the project's own form of an
// instance with the case beside it, which readers of instances ignore.
type form struct {
	graph.Form
	Statement  *Statement          `json:"statement"`
	Step       int                 `json:"step"`
	Parameters map[string]*big.Rat `json:"parameters"`
	Reason     string              `json:"reason"`
	Slack      *[2]string          `json:"slack,omitempty"` // enclosure of right − left (left − right for > and >=)
}

// EncodeWitness writes the case of an outcome as a file of instances that
// every command reads, with the statement and its parameters beside them.
func EncodeWitness(o *Outcome) ([]byte, error) {
	if o.Witness == nil {
		return nil, fmt.Errorf("statement %s has no witness", o.Statement.ID)
	}
	var slack *[2]string
	if x := o.Judgement.Slack; x != nil && x.IsFinite() {
		low, high := x.Decimal(12)
		slack = &[2]string{low, high}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	open := "["
	for i := range o.Witness.Instances {
		out.WriteString(open)
		open = ","
		if err := encoder.Encode(form{graph.FormOf(&o.Witness.Instances[i]), o.Statement, o.Witness.Step, o.Witness.Parameters, o.Judgement.Reason, slack}); err != nil {
			return nil, err
		}
	}
	out.WriteString("]\n")
	return out.Bytes(), nil
}

// DecodeWitness reads what EncodeWitness writes. The name stands for the input
// in errors.
func DecodeWitness(text []byte, name string) (*Statement, *Case, error) {
	instances, err := graph.Decode(bytes.NewReader(text), name)
	if err != nil {
		return nil, nil, err
	}
	fail := func(err error) (*Statement, *Case, error) {
		return nil, nil, &graph.InputError{File: name, Instance: 0, Err: err}
	}
	var elements []struct {
		Statement  json.RawMessage   `json:"statement"`
		Step       *int              `json:"step"`
		Parameters map[string]string `json:"parameters"`
	}
	if err := strict.Unmarshal(text, &elements); err != nil || len(elements) == 0 || elements[0].Step == nil || *elements[0].Step < 0 {
		return fail(fmt.Errorf("expected a witness: objects with a statement, a step ≥ 0 and parameters as fractions in quotes (%v)", err))
	}
	first := elements[0]
	list, err := DecodeStatements(slices.Concat([]byte("["), first.Statement, []byte("]")))
	if err != nil {
		return fail(err)
	}
	if len(list) != 1 {
		return fail(errors.New("statement: missing, expected that of a witness"))
	}
	c := &Case{Instances: instances, Step: *first.Step}
	if c.Parameters, err = decodeParameters(first.Parameters); err != nil {
		return fail(err)
	}
	if want := map[bool]int{true: 2, false: 1}[list[0].Pair]; len(instances) != want {
		return fail(fmt.Errorf("%d instances, expected %d for this statement", len(instances), want))
	}
	for i := range instances {
		if c.Step >= instances[i].Steps() {
			return nil, nil, &graph.InputError{File: name, Instance: i, Err: fmt.Errorf("step: %d, expected less than %d", c.Step, instances[i].Steps())}
		}
	}
	return list[0], c, nil
}
