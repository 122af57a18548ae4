// The state of the page as a fragment of its address, and back.
import { complete } from './graph.js';

const MAX = 60000; // characters

/** The state as text for the address. */
export function toFragment(state) {
  const bytes = new TextEncoder().encode(JSON.stringify({
    v: 1, g: [state.graph.vertices, state.graph.edges.flat(), state.graph.root, state.graph.target, state.graph.other, state.graph.path],
    c: state.step, a: state.alpha, t: state.until, l: state.loss, n: state.theory || undefined,
  }));
  let binary = '';
  for (const b of bytes) binary += String.fromCharCode(b);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The state in a fragment, or null where there is none that is whole. */
export function fromFragment(text) {
  const fragment = text.replace(/^#/, '');
  if (fragment === '' || fragment.length > MAX) return null;
  try {
    const binary = atob(fragment.replaceAll('-', '+').replaceAll('_', '/'));
    const s = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
    const [vertices, flat, root, target, other, path] = s.g;
    const edges = [];
    for (let i = 0; i < flat.length; i += 2) edges.push([flat[i], flat[i + 1]]);
    const graph = complete({ vertices, edges, root, target, other, path });
    const within = (x, low, high) => (Number.isFinite(x) && x >= low && x <= high ? x : null);
    const step = within(s.c, 0, graph.path.length - 2), alpha = within(s.a, -2, 2), until = within(s.t, 0, 5);
    if (s.v !== 1 || !Number.isInteger(step) || alpha === null || until === null) return null;
    return { graph, step, alpha, until, loss: s.l === 'bfs' ? 'bfs' : 'coconut', theory: typeof s.n === 'string' ? s.n : '' };
  } catch {
    return null;
  }
}
