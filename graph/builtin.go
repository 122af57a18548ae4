package graph

import (
	"bytes"
	_ "embed"
	"io"
)

// The built-in suite: BuiltinCount instances of GenerateProsQA
// in ProsQAShape from BuiltinSeed.
const (
	BuiltinSeed  = 1
	BuiltinCount = 240
)

//go:embed builtin.json
var builtin []byte

//go:generate go run ../cmd/verify data generate --seed 1 --count 240 --out builtin.json

// Builtin returns the built-in suite of generated instances. It is kept as a
// file, so that it does not change when the generator does.
func Builtin() ([]Instance, error) { return BuiltinReader().All() }

// BuiltinReader is Builtin, one instance after the other.
func BuiltinReader() *Reader { return NewReader(BuiltinJSON(), "built-in suite") }

// BuiltinJSON is the file of Builtin, an array of objects.
func BuiltinJSON() io.Reader { return bytes.NewReader(builtin) }
