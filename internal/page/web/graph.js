// Graphs and instances as values: what is read from a person, what is sent to
// the program, and the search frontiers. No document, no network.

export const MAX_VERTICES = 400; // that the page draws; the program itself takes 100,000

/** An error that says what was expected. */
export class InputError extends Error {}

const index = (x, n) => Number.isInteger(x) && x >= 0 && x < n;

/** Vertices by hops from the root: level[v], Infinity where the root does not lead. */
export function levels(g) {
  const next = successors(g);
  const out = Array(g.vertices).fill(Infinity);
  out[g.root] = 0;
  for (let queue = [g.root], i = 0; i < queue.length; i++) {
    for (const v of next[queue[i]]) {
      if (out[v] === Infinity) {
        out[v] = out[queue[i]] + 1;
        queue.push(v);
      }
    }
  }
  return out;
}

function successors(g) {
  const next = Array.from({ length: g.vertices }, () => []);
  for (const [u, v] of g.edges) next[u].push(v);
  return next;
}

/** A shortest path from the root to the target, or null. */
export function shortestPath(g) {
  const level = levels(g);
  if (level[g.target] === Infinity) return null;
  const path = [g.target];
  while (path[0] !== g.root) {
    const before = g.edges.filter(([u, v]) => v === path[0] && level[u] === level[v] - 1).map(([u]) => u);
    path.unshift(Math.min(...before));
  }
  return path;
}

/** Whether a path leads from root to target along edges. */
export function isPath(g, path) {
  if (!Array.isArray(path) || path.length < 1 || path[0] !== g.root || path.at(-1) !== g.target) return false;
  const edges = new Set(g.edges.map(([u, v]) => u + ' ' + v));
  return path.every((v, i) => i === 0 || edges.has(path[i - 1] + ' ' + v));
}

/** The profile of step c: n, K, d* and the classes of vertices by (in N_c, edges from N_c). */
export function profileOf(g, c) {
  const level = levels(g);
  const degree = Array(g.vertices).fill(0);
  for (const [u, v] of g.edges) if (level[u] <= c) degree[v]++;
  const counts = new Map();
  let k = 0;
  for (let v = 0; v < g.vertices; v++) {
    const a = level[v] <= c ? 1 : 0;
    k += a;
    const key = a + ' ' + degree[v];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const classes = [...counts].map(([key, count]) => {
    const [a, d] = key.split(' ').map(Number);
    return { a, d, count };
  });
  return { n: g.vertices, k, dstar: degree[g.path[c + 1]], label: g.path[c + 1], classes, degree,
    dmin: Math.min(...degree), dmax: Math.max(...degree) };
}

/** Checks an instance and completes it: path a shortest one, other the lowest unreached vertex. */
export function complete(given) {
  const g = { vertices: given.vertices, edges: given.edges, root: given.root, target: given.target, other: given.other, path: given.path };
  if (!Number.isInteger(g.vertices) || g.vertices < 2) throw new InputError('expected at least 2 vertices');
  if (g.vertices > MAX_VERTICES) throw new InputError(`${g.vertices} vertices; the page draws at most ${MAX_VERTICES}`);
  if (!Array.isArray(g.edges)) throw new InputError('expected a list of edges');
  const seen = new Set();
  g.edges = g.edges.map((e, i) => {
    if (!Array.isArray(e) || e.length !== 2 || !index(e[0], g.vertices) || !index(e[1], g.vertices)) {
      throw new InputError(`edge ${i}: expected two vertices from 0 to ${g.vertices - 1}`);
    }
    if (e[0] === e[1]) throw new InputError(`edge ${i}: leads from ${e[0]} to itself`);
    const key = e[0] + ' ' + e[1];
    if (seen.has(key)) throw new InputError(`edge ${i}: ${e[0]} → ${e[1]} a second time`);
    seen.add(key);
    return [e[0], e[1]];
  });
  for (const [name, v] of [['root', g.root], ['target', g.target]]) {
    if (!index(v, g.vertices)) throw new InputError(`${name}: expected a vertex from 0 to ${g.vertices - 1}`);
  }
  if (g.root === g.target) throw new InputError('root and target are one vertex');
  const level = levels(g);
  if (!isPath(g, g.path)) g.path = shortestPath(g);
  if (!g.path) throw new InputError('the root does not lead to the target');
  if (!index(g.other, g.vertices) || g.other === g.target) g.other = level.indexOf(Infinity);
  if (g.other < 0) throw new InputError('the root leads to every vertex: expected another candidate that it does not reach');
  return g;
}

/** The instance as the program reads it, in one line. */
export function fileOf(g) {
  return JSON.stringify({ vertices: g.vertices, edges: g.edges, root: g.root, target: g.target, other: g.other, path: g.path });
}

/**
 * Reads an instance or several: the program's own form, a ProsQA record, an array
 * of either, or an edge list (lines "u v", with a line "# root r target t").
 */
export function parseInstances(text) {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') throw new InputError('expected a graph');
  if (!/^[[{]/.test(trimmed)) return [parseEdgeList(trimmed)];
  let value;
  try {
    value = JSON.parse(trimmed);
  } catch (error) {
    const lines = trimmed.split('\n').filter((line) => line.trim() !== '');
    try {
      value = lines.map((line) => JSON.parse(line));
    } catch {
      throw new InputError('JSON: ' + error.message);
    }
  }
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new InputError('an empty array');
  return list.map((element, i) => {
    try {
      return complete(fromRecord(element));
    } catch (error) {
      if (error instanceof InputError && list.length > 1) throw new InputError(`instance ${i}: ${error.message}`);
      throw error;
    }
  });
}

function fromRecord(x) {
  if (x === null || typeof x !== 'object') throw new InputError('expected an object');
  if ('vertices' in x) return x;
  if (!Array.isArray(x.edges) || !Array.isArray(x.idx_to_symbol)) throw new InputError('expected the keys vertices and edges, or those of a ProsQA record');
  return { vertices: x.idx_to_symbol.length, edges: x.edges, root: x.root, target: x.target, other: x.neg_target, path: prosqaPath(x) };
}

/** The demonstrated path of a ProsQA record: the objects of its steps, by their symbols. */
function prosqaPath(x) {
  if (!Array.isArray(x.steps)) return undefined;
  const symbols = new Map(x.idx_to_symbol.map((s, i) => [s, i]));
  const path = [x.root];
  for (const step of x.steps) {
    const last = String(step).replace(/\.\s*$/, '').split(/\s+/).at(-1);
    if (!symbols.has(last)) return undefined;
    path.push(symbols.get(last));
  }
  return path;
}

function parseEdgeList(text) {
  const edges = [], marks = {};
  text.split('\n').forEach((line, i) => {
    const words = line.trim().split(/[\s,]+/).filter((w) => w !== '');
    if (words.length === 0) return;
    if (words[0].startsWith('#')) {
      for (let j = 0; j + 1 < words.length; j++) {
        const name = words[j].replace(/^#/, '');
        if (['root', 'target', 'other', 'vertices'].includes(name)) marks[name] = Number(words[j + 1]);
      }
      return;
    }
    const pair = words.map(Number);
    if (pair.length !== 2 || !pair.every((v) => Number.isInteger(v) && v >= 0)) throw new InputError(`line ${i + 1}: expected two vertices "u v"`);
    edges.push(pair);
  });
  const vertices = marks.vertices ?? 1 + Math.max(-1, ...edges.flat(), ...Object.values(marks).filter(Number.isInteger));
  return complete({ vertices, edges, root: marks.root ?? 0, target: marks.target, other: marks.other });
}

/** The edge list of an instance, as parseInstances and the program read it. */
export function edgeList(g) {
  return `# vertices ${g.vertices} root ${g.root} target ${g.target} other ${g.other}\n` + g.edges.map((e) => e.join(' ')).join('\n') + '\n';
}

/** Without a vertex; the later ones move up by one. */
export function without(g, gone) {
  const at = (v) => (v === gone ? -1 : v > gone ? v - 1 : v);
  return { vertices: g.vertices - 1, root: at(g.root), target: at(g.target), other: at(g.other),
    edges: g.edges.filter((e) => !e.includes(gone)).map((e) => e.map(at)),
    path: g.path.includes(gone) ? undefined : g.path.map(at) };
}
