// Package cert is the certificate format of muflow and its checker.
//
//	summary, err := cert.Check(text) // err is nil exactly if text proves summary.Statement
//
// It imports nothing else of the project and computes with integers and
// fractions only.
//
// A certificate is one line of JSON that states one claim of Theorem 1 (arXiv
// 2509.23365) on one profile, with the numbers that the claim names:
//
//	format   "muflow/certificate/1"
//	claim    T1a, T1a-lower, T1a-upper, T1b, T1b-positive, T1b-rate, T1b-ceiling
//	loss     "bfs" for T1a…, "coconut" for T1b…
//	alpha    readout gain α > 0, "a" or "a/b" in lowest terms
//	graph    optional: vertices, ascending edges, root, step c and, for coconut,
//	         the path vertex p; the checker derives the profile from it
//	profile  n, k = |N_c|, target_degree d* = d_p (coconut only) and the count of
//	         each class of vertices: in_set (v ∈ N_c) and degree d_v from N_c
//	grid     g, even; numbers are integers in units of 2^−g
//	numbers  name → [lo, hi], the integers around it, equal if it is one itself
//
// T1a holds for every α and names no number: it has no alpha, grid or numbers.
// Each statement has one text: Check compares it with Encode of what it read.
package cert
