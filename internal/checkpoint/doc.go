// Package checkpoint reads the weights of a trained GPT-2 from safetensors,
// runs the model on graphs with its thoughts fed back, and reads off what the
// theory speaks of.
//
//	c, err := checkpoint.Read(files, heads)       a model in float32
//	s, err := checkpoint.Survey(ctx, c, …)        numbers, with no claim of error
//
// Nothing is believed of a file: lengths are held against its size before
// memory is asked for, no more than four times that size or 3 MB in all, and no
// format that can run code is read.
package checkpoint
