package main

// The packages that ask what happens beside the theory's assumptions.
func init() {
	arrows["hunt"] = []string{"graph", "theory", "theory/sym", "ode", "ode/ball", "prove", "proptest"}
	arrows["baseline"] = []string{"graph", "theory", "ode/ball", "prove", "hunt", "runlog"}
	arrows["explore"] = []string{"graph", "theory", "ode", "ode/ball", "sim", "prove", "proptest", "runlog"}
	arrows["explore/linear"] = []string{"ode", "ode/ball"}
	arrows["cmd/verify"] = append(arrows["cmd/verify"], "hunt", "baseline", "explore", "explore/linear")
}
