// Package liberationsansregular provides the font "Liberation Sans Regular", of
// codeberg.org/go-fonts/liberation v0.5.0.
package liberationsansregular

import _ "embed" // the font

// TTF is the font in the format TrueType.
//
//go:embed LiberationSans-Regular.ttf
var TTF []byte
