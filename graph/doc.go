// Package graph holds directed graphs, reachability instances and their supervised steps.
//
//	g, err := graph.New(6, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}})
//	in := graph.Instance{Graph: g, Root: 0, Target: 4, Other: 5, Path: []int{0, 1, 4}}
//	step, err := in.Step(1) // from what is within 1 hop of the root to what is within 2
//
// Files of instances come in by Load or Decode: JSON arrays of the form that
// Encode writes, and the published ProsQA files, plain or gzipped. Errors say
// where a file is wrong: errors.As finds an *InputError, a *FieldError or an
// *EdgeError in them, errors.Is finds ErrNoStep. Builtin is the embedded suite,
// Suite makes more of its kind.
package graph
