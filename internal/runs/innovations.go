package runs

// An innovation is what one point of a curve adds to those before it: how far
// it is from what they and the flow foretell, how far a change of the time
// scale by one e-fold would move it, and the variance of the noise.
type innovation struct{ rest, scale, variance float64 }

// innovations filters a curve of μ around its flow (Kalman 1960): the state is
// θ less the flow, which starts at 0, moves by the propagator and gains
// covariance; μ is seen without noise. ν is not seen.
func innovations(nodes []node, times, y []float64) []innovation {
	var rest, scale [2]float64
	var covariance matrix
	out := make([]innovation, len(y))
	for k, n := range nodes {
		rest, scale = n.carry.apply(rest), n.carry.apply(scale)
		covariance = n.carry.times(covariance).times(n.carry.transposed()).plus(n.noise, 1)
		x := innovation{
			rest:     y[k] - n.theta[0] - n.bias[0] - rest[0],
			scale:    float64(times[k]*n.drift[0]) - scale[0],
			variance: covariance[0][0],
		}
		out[k] = x
		if x.variance > 0 {
			for i := range 2 {
				gain := covariance[i][0] / x.variance
				rest[i] += float64(gain * x.rest)
				scale[i] += float64(gain * x.scale)
			}
			first := covariance[0]
			for i := range 2 {
				for j := range 2 {
					covariance[i][j] -= float64(first[i] * first[j] / x.variance)
				}
			}
		}
	}
	return out
}

func (a matrix) apply(v [2]float64) (out [2]float64) {
	for i := range out {
		out[i] = float64(a[i][0]*v[0]) + float64(a[i][1]*v[1])
	}
	return out
}
