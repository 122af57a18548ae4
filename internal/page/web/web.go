// Package web holds the modules of the front end that other pages share.
package web

import _ "embed" // the modules

// Flow is the reduced flow in float64, an ES module without imports.
//
//go:embed flow.js
var Flow string

// Graph is graphs and instances as values, an ES module without imports.
//
//go:embed graph.js
var Graph string
