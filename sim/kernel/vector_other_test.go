//go:build !amd64

package kernel

func expUnits() map[string]func(int, *float64, *float64) bool { return nil }

func addUnits() map[string]func(int, *float64, float64, *float64) { return nil }

func rowUnits() map[string][2]func(int, int, int, *float64, *float64, *int, *float64) {
	return map[string][2]func(int, int, int, *float64, *float64, *int, *float64){}
}
