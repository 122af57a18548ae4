// Package sim holds the transformer of the theory and trains it by gradient
// descent, samples, names of vertices and all. It is blind to the theory: it
// knows the model and the losses of arXiv 2509.23365 and nothing of what is
// claimed about them, so that the one can be checked against the other.
//
//	net, err := sim.NewModel(24, 1, sim.Dials{})
//
// There is one way to leave the theorem. A Model has Dials, each of which moves
// one assumption; at the zero value it is the theorem's model. What remains is
// said by the Weights (which entries of the score matrix are trained), by the
// Settings of a Trainer (samples or the exact average over all relabellings,
// and whose Thoughts a step starts from) and by a Preset, which is a training
// of all stages.
//
// Trained are the score matrix W of thought generation, the logits μ_A, μ_R of
// the prediction stage, and with the dial Value the value map. Embeddings and
// the copy layer are given (assumptions A1, A2). Tokens and positions are not
// carried along: the model is computed from its coefficients in the basis of
// the embeddings, which is hundreds of times faster than position by position.
// The tests hold the form with tokens, a residual stream and two layers of
// attention, and both give the same numbers.
//
// Letters and shapes:
//
//	B  samples of a step (the batch)
//	T  positions of a sequence: 3M + 6 and one for each thought
//	V  tokens of the vocabulary: n and 4 special ones
//	C  width of the residual stream, here 3V: content, source and target buffer
//	n  symbols that a vertex can be called by; W is n×n, row = what the thought
//	   holds, column = source of an edge
//	M  edges of an instance
//	c  thoughts before a step, N_c the vertices within c hops of the root
//
// Vectors are rows. A derivative of the loss is called d and the name of what
// it is taken by, and stands beside the forward rule that it belongs to. No
// derivative is taken through the thoughts before a step, which are its inputs,
// but with the thoughts called Through. Logits and losses are in nats; time is
// learning rate × steps. Every sum has an order that depends on the data alone,
// so results have the same bits for any number of workers.
package sim
