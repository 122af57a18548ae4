//go:build !amd64

package kernel

func expUnits() map[string]func(int, *float64, *float64) bool { return nil }

func addUnits() map[string]func(int, *float64, float64, *float64) { return nil }
