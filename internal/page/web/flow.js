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
