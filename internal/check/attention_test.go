package check

import (
	"testing"

	"muflow/internal/long"
)

// TestAttention: the theories of linear attention and of JoMA.
func TestAttention(t *testing.T) {
	shipped(t, "attention-separate", [][2]string{
		{"flow(x[d], l[d]**2 *", "flow(x[d], 2 * l[d]**2 *"}, {"- 2 * sum([l[d]**2 * M[d][d]", "- sum([l[d]**2 * M[d][d]"}, {"(1 - a[d] * l[d] * x[d]**3))", "(1 + a[d] * l[d] * x[d]**3))"},
		{"(1 - a[d] * l[d] * x[d]**3))", "(1 - a[d] * l[d] * x[d]**2))"}, {"(1 - a[d] * l[d] * x[d]**3))", "(1 - l[d] * x[d]**3))"}, {"l[d]**2 * x[d]**2 * (1", "l[d]**2 * x[d] * (1"},
		{"l[d]**2 * x[d]**2 * (1", "l[d] * x[d]**2 * (1"}, {"for r in D for c in D])) / 2\nloss", "for r in D for c in D]))\nloss"}, {"l[r]**2 * l[c] * M[r][c]**2", "l[r] * l[c] * M[r][c]**2"},
		{"v[i] * k[i][r] * q[i][c]", "v[i] * k[i][r] * k[i][c]"}, {"sum([a[r] * l[r]**2", "sum([l[r]**2"}, {"* l[c] * M[r][c]**2", "* l[c] * M[r][c] * M[c][r]"},
		{"+ sum([a[r]", "- sum([a[r]"},
	})
	shipped(t, "attention-heads", [][2]string{
		{"flow(s, 2 *", "flow(s, "}, {"loss = (D - 2 *", "loss = (D - "}, {"flow(u, sqrt(D) * u *", "flow(u, D * u *"}, {"u * (1 - a * u**2 / sqrt(D))", "u * (1 + a * u**2 / sqrt(D))"},
		{"u * (1 - a * u**2 / sqrt(D))", "u * (1 - a * u**2)"}, {"u * (1 - a * u**2 / sqrt(D))", "u * (1 - u**2 / sqrt(D))"}, {"s * (1 - a * s))\n", "s * (1 - a * s**2))\n"},
		{"+ a * sum([e**2", "+ sum([e**2"}, {"+ a * sum([e**2", "- a * sum([e**2"}, {"for row in M for e in row])) / 2", "for row in M for e in row]))"}, {"v[i] * U[i][r][c] for i", "v[i]**2 * U[i][r][c] for i"},
		{"sum([M[r][r] for r in range(n)])", "M[0][0]"}, {"[3/5, 4/5]", "[1/2, 1/2]"},
	})
	shipped(t, "attention-regression", [][2]string{
		{"flow(r, d + g * kappa", "flow(r, d - g * kappa"}, {"- u * sum([U[r][r]", "- 2 * u * sum([U[r][r]"}, {"flow(v, d * w", "flow(v, w"}, {"flow(w, v * (1 - g * v * w))", "flow(w, v * (1 - g * v))"},
		{"flow(w, v * (1 - g * v * w))", "flow(w, v * (1 + g * v * w))"}, {"kappa * r - r**2)", "kappa * r - 2 * r**2)"}, {"flow(r, d + g * kappa", "flow(r, d + kappa"}, {"flow(b, sqrt(d) * b", "flow(b, d * b"},
		{"(1 - g * sqrt(d) * b**2))\n", "(1 - g * b**2))\n"}, {"+ g * u**2 * norm / 2\n", "+ g * u**2 * norm\n"}, {"+ g * u**2 * norm / 2\n", "- g * u**2 * norm / 2\n"}, {"+ g * u**2 * norm / 2\n", "+ u**2 * norm / 2\n"},
		{"sum([U[r][r] for r", "sum([U[r][0] for r"},
	})
	shipped(t, "joma", [][2]string{
		{"exp(att[l]) * mean(", "mean("}, {"* exp(z[l]) * v[l]", "* z[l] * v[l]"}, {"att = [x[l]**2 / 2", "att = [x[l]**2"}, {"for i in range(3)]))\n    claim", "for i in range(2)]))\n    claim"},
		{"mean([T[i][l] * miss", "sum([T[i][l] * miss"}, {"mean([T[i][l] * miss", "mean([-T[i][l] * miss"}, {"mean([miss(i, v, z)**2 / 2", "mean([miss(i, v, z)**2"}, {"return Y[i] - sum", "return Y[i] + sum"},
		{"flow(p, (y - p *", "flow(p, (y + p *"}, {"* exp(p**2 / 2)) * exp(p**2 / 2))", "* exp(p**2 / 2)) * exp(p**2))"}, {"* exp(p**2 / 2)) * exp(p**2 / 2))", "* exp(p**2 / 2)))"},
		{"(y - w * exp(a))**2 / 2", "(y - w * exp(a))**2"}, {"flow(Z, k * V)", "flow(Z, -k * V)"}, {"flow(V, k * Z)", "flow(V, 2 * k * Z)"}, {"[2, 1]]", "[1, 1]]"},
	})
	if !*long.Tests {
		return // joma-sparse takes seconds
	}
	shipped(t, "joma-sparse", [][2]string{
		{"flow(y, (m2 - y) * (1 - A))", "flow(y, (m2 - y) * (1 - A) * A * y)"}, {"flow(x, (m1 - x) * A)", "flow(x, (m1 - x))"},
		{"flow(x, (m1 - x) * A)", "flow(x, (m1 + x) * A)"}, {"flow(y, (m2 - y) * (1 - A))", "flow(y, (m2 - 2*y) * (1 - A))"}, {"flow(y, (m2 - y) * (1 - A))", "flow(y, (m1 - y) * (1 - A))"},
		{"flow(X, m1 * B)", "flow(X, -m1 * B)"}, {"flow(Y, m2 * (1 - B))", "flow(Y, m2 * B)"}, {"flow(X, m1 * B)", "flow(X, 2 * m1 * B)"}, {"exp((y**2 - x**2) / 2)", "exp((x**2 - y**2) / 2)"},
		{"exp((Y**2 - X**2) / 2)", "exp((X**2 - Y**2) / 2)"}, {"exp((Y**2 - X**2) / 2)", "exp(Y**2 - X**2)"},
	})
}

// TestAttentionNumbers: the flows at t = 1 and 4, by odefun of mpmath 1.3.0 with 32
// digits, tolerance 1e-27, on the gradients of the whole losses written there: ten
// weights of attention-separate and attention-heads, four of joma, u and w of
// attention-regression.
func TestAttentionNumbers(t *testing.T) {
	for name, want := range map[string]map[string][2]string{
		"attention-separate":   {"x[0]": {"0.2490724778731489028873", "0.7115934414557690981405"}, "x[1]": {"0.2181654155758334077702", "0.2990553051693912000987"}},
		"attention-heads":      {"s": {"0.144039850110978330965", "0.9107623610935647740595"}, "u": {"0.4513348087053925820273", "1.134906376384176185918"}},
		"attention-regression": {"v": {"0.9020169692491875395387", "1.165394063135823262596"}, "w": {"0.5332141281012205791067", "0.7460373054989352262397"}, "r": {"1.691659919929872418519", "1.562112316027454419035"}},
		"joma":                 {"x[0]": {"0.8058312275024277115442", "0.696831414989546109747"}, "x[1]": {"0.8075721502583428931541", "0.9875464686118748246605"}, "p": {"1.088079974177048171922", "1.096434162725580849455"}, "V": {"1.368086272995706929192", "30.70344630162981327756"}},
		"joma-sparse":          {"x": {"0.8823580057585873496803", "1.8727687618154402618"}, "y": {"0.4058720102360225220368", "0.7401602887318502210546"}, "X": {"1.186845770319624289801", "6.82287322337565415349"}, "Y": {"0.5565771148401878550996", "0.7385633883121729232551"}},
	} {
		numbers(t, name, want)
	}
}
