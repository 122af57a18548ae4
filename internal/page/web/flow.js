// The reduced flow of one profile in float64: shown at once while a hand drags,
// approximate, without an error bound. What is proved comes from the program.
//
//   F(μ)         = Σ d W / Σ W, W = count·exp(αs(a + μd)), s = 1/√K
//   Coconut      μ' = (α/(n√K)) (d* − F(μ))
//   Coconut-BFS  μ' = (α/(n√K)) (F_in(μ) − F(μ)), F_in over the classes of N_{c+1}
//
// arXiv 2509.23365, Section 3; t is learning rate × steps.

/** The mean in-degree from N_c under the softmax at μ, over all vertices or those of N_{c+1}. */
export function meanDegree(profile, alpha, mu, within = false) {
  const as = alpha / Math.sqrt(profile.k);
  let top = -Infinity;
  for (const c of profile.classes) top = Math.max(top, as * (c.a + mu * c.d));
  let weights = 0, sum = 0;
  for (const c of profile.classes) {
    if (within && c.a === 0 && c.d === 0) continue;
    const w = c.count * Math.exp(as * (c.a + mu * c.d) - top);
    weights += w;
    sum += w * c.d;
  }
  // all of N_{c+1} may be lighter than the smallest float64 beside the rest
  return weights > 0 ? sum / weights : within ? least(profile) : 0;
}

function least(profile) {
  return Math.min(...profile.classes.filter((c) => c.a || c.d).map((c) => c.d));
}

/** μ' at μ under a loss. */
export function drift(profile, alpha, loss, mu) {
  const toward = loss === 'coconut' ? profile.dstar : meanDegree(profile, alpha, mu, true);
  return alpha / (profile.n * Math.sqrt(profile.k)) * (toward - meanDegree(profile, alpha, mu));
}

/**
 * μ at equally spaced times in [0, until], from μ(0) = start: the classical
 * fourth-order method with halved and doubled steps.
 */
export function trajectory(profile, alpha, loss, until, points, start = 0) {
  const f = (mu) => drift(profile, alpha, loss, mu);
  const step = (mu, h) => {
    const a = f(mu), b = f(mu + h / 2 * a), c = f(mu + h / 2 * b), d = f(mu + h * c);
    return mu + h / 6 * (a + 2 * b + 2 * c + d);
  };
  const times = [0], values = [start];
  let mu = start, t = 0, h = until / points / 4;
  for (let i = 1; i <= points; i++) {
    const end = until * i / points;
    for (let tries = 0; t < end && tries < 2000; tries++) {
      const go = Math.min(h, end - t);
      const one = step(mu, go), two = step(step(mu, go / 2), go / 2);
      const error = Math.abs(one - two);
      if (error > 1e-7 * (1 + Math.abs(two))) {
        h = go / 2;
        continue;
      }
      t = go === end - t ? end : t + go;
      mu = two;
      if (error < 1e-9) h = Math.max(h, 2 * go);
    }
    times.push(end);
    values.push(mu);
  }
  return [times, values];
}

/** Where the Coconut drift crosses 0, by bisection: a number, or ±Infinity, or NaN where it is 0 everywhere. */
export function equilibrium(profile, alpha) {
  const degrees = profile.classes.map((c) => c.d);
  const low = Math.min(...degrees), high = Math.max(...degrees);
  if (low === high) return profile.dstar === low ? NaN : profile.dstar > low ? Infinity : -Infinity;
  if (profile.dstar >= high) return Infinity;
  if (profile.dstar <= low) return -Infinity;
  let a = -1, b = 1;
  while (meanDegree(profile, alpha, a) > profile.dstar) a *= 2;
  while (meanDegree(profile, alpha, b) < profile.dstar) b *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (a + b) / 2;
    if (meanDegree(profile, alpha, middle) < profile.dstar) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/**
 * Between enclosures of the Coconut flow at some times, [t, lo, hi] in order, the
 * first that of the start: the ends [below, above] of a corridor at other times.
 * As F rises, μ'' = −(α/(n√K)) F'(μ) μ' has the sign opposite to that of μ', which
 * never changes: a rising flow is concave, a falling one convex. So it lies on one
 * side of each chord and on the other side of the chords beside it, prolonged.
 */
export function corridor(samples, times) {
  const rising = samples.at(-1)[1] + samples.at(-1)[2] >= samples[0][1] + samples[0][2];
  const p = rising ? samples : samples.map(([t, lo, hi]) => [t, -hi, -lo]);
  const slope = (i, low, high) => (p[i + 1][high] - p[i][low]) / (p[i + 1][0] - p[i][0]);
  let i = 0;
  return times.map((t) => {
    while (i + 2 < p.length && p[i + 1][0] <= t) i++;
    const [t0, lo0, hi0] = p[i], [t1, lo1, hi1] = p[i + 1];
    if (t < t0 || t > t1) return null;
    const below = lo0 + (lo1 - lo0) * (t - t0) / (t1 - t0);
    let above = hi1;
    if (i > 0) above = Math.min(above, hi0 + slope(i - 1, 1, 2) * (t - t0));
    if (i + 2 < p.length) above = Math.min(above, hi1 - slope(i + 1, 2, 1) * (t1 - t));
    return rising ? [below, Math.max(below, above)] : [-Math.max(below, above), -below];
  });
}
