// Functions of the front end that need no browser, by node --test; run.sh lays
// them beside this file, in web.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from './web/ask.js';
import { columns, ends, histogram } from './web/crowd.js';
import { corridor, drift, equilibrium, meanDegree, trajectory } from './web/flow.js';
import { complete, edgeList, fileOf, InputError, levels, MAX_VERTICES, parseInstances, profileOf, shortestPath, without } from './web/graph.js';
import { shown } from './web/plots.js';
import { fromFragment, toFragment } from './web/share.js';
import { enclosure, middle } from './web/show.js';

const GRAPH = { vertices: 12, edges: [[0, 1], [0, 2], [0, 3], [1, 4], [2, 4], [2, 5], [3, 5], [3, 6], [4, 8], [5, 7], [6, 7], [7, 8], [9, 10], [10, 11]], root: 0, target: 7, other: 11, path: [0, 3, 6, 7] };

// A generator of its own, so that every run draws the same (Park and Miller).
function drawing(seed) {
  let state = seed;
  return (n) => { state = state * 48271 % 2147483647; return state % n; };
}

function randomGraph(draw) {
  for (;;) {
    const vertices = 4 + draw(12), edges = new Set();
    for (let i = 0; i < 2 * vertices; i++) {
      const u = draw(vertices), v = draw(vertices);
      if (u !== v) edges.add(u + ' ' + v);
    }
    try {
      return complete({ vertices, edges: [...edges].map((e) => e.split(' ').map(Number)), root: draw(vertices), target: draw(vertices) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
}

test('levels are distances: those of Floyd and Warshall', () => {
  const draw = drawing(1);
  for (let i = 0; i < 60; i++) {
    const g = randomGraph(draw), d = Array.from({ length: g.vertices }, (_, u) => Array.from({ length: g.vertices }, (_, v) => (u === v ? 0 : Infinity)));
    for (const [u, v] of g.edges) d[u][v] = 1;
    for (let k = 0; k < g.vertices; k++) for (let u = 0; u < g.vertices; u++) for (let v = 0; v < g.vertices; v++) d[u][v] = Math.min(d[u][v], d[u][k] + d[k][v]);
    assert.deepEqual(levels(g), d[g.root]);
    assert.equal(shortestPath(g).length - 1, d[g.root][g.target]);
    assert.equal(d[g.root][g.other], Infinity);
  }
});

test('a profile counts its vertices and edges', () => {
  const p = profileOf(GRAPH, 1);
  assert.deepEqual([p.n, p.k, p.dstar, p.label, p.dmin, p.dmax], [12, 4, 1, 6, 0, 2]);
  const draw = drawing(2);
  for (let i = 0; i < 60; i++) {
    const g = randomGraph(draw), level = levels(g);
    for (let c = 0; c < g.path.length - 1; c++) {
      const q = profileOf(g, c), sum = (f) => q.classes.reduce((s, x) => s + f(x), 0);
      assert.equal(sum((x) => x.count), g.vertices);
      assert.equal(sum((x) => x.a * x.count), q.k);
      assert.equal(sum((x) => x.d * x.count), g.edges.filter(([u]) => level[u] <= c).length);
    }
  }
});

test('a graph is the same after writing and reading', () => {
  const draw = drawing(3);
  for (let i = 0; i < 60; i++) {
    const g = randomGraph(draw);
    assert.deepEqual(parseInstances(fileOf(g)), [g]);
    const [read] = parseInstances(edgeList(g));
    assert.deepEqual([read.vertices, read.edges, read.root, read.target, read.other], [g.vertices, g.edges, g.root, g.target, g.other]);
    assert.deepEqual(parseInstances(`[${fileOf(g)},\n${fileOf(GRAPH)}]`), [g, GRAPH]);
    assert.deepEqual(parseInstances(`${fileOf(g)}\n${fileOf(GRAPH)}\n`), [g, GRAPH]);
    const state = { graph: g, step: draw(g.path.length - 1), alpha: (draw(401) - 200) / 100, until: draw(100) / 20, loss: i % 2 ? 'bfs' : 'coconut', theory: i % 3 ? '' : 'theory("ä")\n' };
    assert.deepEqual(fromFragment('#' + toFragment(state)), state);
  }
});

test('a ProsQA record is read by its steps', () => {
  const record = { edges: [[0, 1], [1, 2], [3, 4]], root: 0, target: 2, neg_target: 4, idx_to_symbol: ['Tom', 'lempus', 'wumpus', 'Eva', 'yumpus'], steps: ['Tom is a lempus.', 'Every lempus is a wumpus.'] };
  assert.deepEqual(parseInstances(JSON.stringify(record))[0].path, [0, 1, 2]);
});

test('what is no graph is refused with what was expected', () => {
  for (const [text, expected] of [['', /expected a graph/], ['[]', /empty/], ['{"vertices":2', /JSON/], ['[1]', /expected an object/], ['null', /expected/], ['0 1\n1 x', /line 2/], ['# root 0 target 1\n0 0\n', /itself/],
    ['{"vertices":1e9,"edges":[],"root":0,"target":1}', new RegExp(`at most ${MAX_VERTICES}`)], ['{"vertices":2.5,"edges":[],"root":0,"target":1}', /at least 2/], ['{"vertices":3,"edges":[[0,1],[0,1]],"root":0,"target":1}', /second time/],
    ['{"vertices":3,"edges":[[0,7]],"root":0,"target":1}', /from 0 to 2/], ['{"vertices":3,"edges":[[0,1]],"root":0,"target":2}', /does not lead/], ['{"vertices":2,"edges":[[0,1]],"root":0,"target":1}', /every vertex/],
    ['{"vertices":3,"edges":{"0":1},"root":0,"target":1}', /list of edges/], ['{"vertices":3,"edges":[[0,1]],"root":0,"target":"1"}', /target/]]) {
    assert.throws(() => parseInstances(text), (e) => e instanceof InputError && expected.test(e.message), text);
  }
});

test('fragments that are broken or foreign are none', () => {
  const state = { graph: GRAPH, step: 1, alpha: 0, until: 3, loss: 'bfs', theory: '' }, good = toFragment(state);
  for (let i = 0; i < good.length; i += 7) assert.doesNotThrow(() => fromFragment(good.slice(0, i)));
  for (const bad of ['', '#', '#a', '#' + btoa('{}'), '#' + btoa('null'), '#' + btoa('{"v":1,"g":[3,[0,1],0,1,2,[0,1]],"c":5,"a":0,"t":1}'), '#' + btoa('{"v":1,"g":[3,[0,1],0,1,2,[0,1]],"c":0,"a":99,"t":1}'), '#' + 'A'.repeat(70000)]) {
    assert.equal(fromFragment(bad), null, bad.slice(0, 40));
  }
});

test('a vertex that goes takes its edges with it', () => {
  const g = without(GRAPH, 9);
  assert.equal(g.vertices, 11);
  assert.equal(g.edges.length, 13);
  assert.deepEqual([g.root, g.target, g.other], [0, 7, 10]);
});

test('the mean in-degree rises from d_min to d_max, and the equilibrium is where it meets d*', () => {
  const draw = drawing(4);
  let finite = 0;
  for (let i = 0; i < 200; i++) {
    const g = randomGraph(draw), p = profileOf(g, draw(g.path.length - 1)), alpha = 10 ** ((draw(400) - 200) / 100);
    const mus = [-50, -3, -1, 0, 0.5, 2, 9, 70].map((m) => m / alpha), values = mus.map((m) => meanDegree(p, alpha, m));
    values.forEach((v, j) => assert.ok(v >= p.dmin && v <= p.dmax && (j === 0 || v >= values[j - 1] - 1e-12)));
    const mu = equilibrium(p, alpha);
    if (Number.isFinite(mu)) {
      finite++;
      assert.ok(Math.abs(meanDegree(p, alpha, mu) - p.dstar) < 1e-9);
      assert.ok(Math.abs(drift(p, alpha, 'coconut', mu)) < 1e-8);
    } else if (mu > 0) assert.ok(p.dstar >= p.dmax);
    else if (mu < 0) assert.ok(p.dstar <= p.dmin);
  }
  assert.ok(finite > 20, `${finite} finite`);
});

test('one edge follows its closed form', () => {
  // root 0 → 1, and 2 outside: n = 3, K = 1, μ' = (α/3)(e^α + 1)/(e^{αμ} + e^α + 1), by separation
  // μ + (e^{αμ} − 1)/(α(e^α + 1)) = αt/3
  const p = profileOf(complete({ vertices: 3, edges: [[0, 1]], root: 0, target: 1, other: 2 }), 0);
  for (const alpha of [0.3, 1, 4]) {
    const [times, mus] = trajectory(p, alpha, 'coconut', 500, 50), w = alpha * (Math.exp(alpha) + 1);
    times.forEach((t, i) => assert.ok(Math.abs(mus[i] + (Math.exp(alpha * mus[i]) - 1) / w - alpha * t / 3) < 1e-4 * (1 + t), `α ${alpha}, t ${t}`));
  }
});

test('the corridor holds the flow, is narrow, and leaves nothing out', () => {
  const draw = drawing(6);
  let rising = 0, falling = 0;
  for (let i = 0; i < 80; i++) {
    const g = randomGraph(draw), p = profileOf(g, draw(g.path.length - 1)), alpha = 10 ** ((draw(200) - 100) / 100), until = 10 ** (draw(40) / 10);
    const [times, mus] = trajectory(p, alpha, 'coconut', until, 96), width = 1e-6;
    const samples = times.map((t, j) => [t, mus[j] - width, mus[j] + width]).filter((_, j) => j % 12 === 0);
    if (Math.abs(mus.at(-1)) < 0.01) continue;
    if (mus.at(-1) > 0) rising++;
    else falling++;
    const ends = corridor(samples, times);
    ends.forEach(([below, above], j) => {
      assert.ok(below <= mus[j] && mus[j] <= above, `${below} ${mus[j]} ${above}`);
      const k = Math.min(7, Math.floor(j / 12)), low = Math.min(samples[k][1], samples[k + 1][1]), high = Math.max(samples[k][2], samples[k + 1][2]);
      assert.ok(below >= low - 1e-12 && above <= high + 1e-12);
    });
    const gap = Math.max(...ends.slice(24, 73).map(([below, above]) => above - below));
    assert.ok(gap <= 0.5 * Math.abs(mus[72] - mus[24]) + 4 * width, `a gap of ${gap}`);
  }
  assert.ok(rising > 10 && falling > 3, `${rising} ${falling}`);
  assert.equal(corridor([[0, 0, 0], [1, 1, 1]], [2])[0], null);
});

test('a histogram counts every number once', () => {
  const draw = drawing(5);
  for (let i = 0; i < 50; i++) {
    const list = Array.from({ length: draw(40) }, () => draw(1000) / 7).sort((a, b) => a - b), h = histogram(list, 9);
    assert.equal(h.edges.length, 10);
    assert.equal(h.counts.reduce((a, b) => a + b, 0), list.length);
    const [xs, ys] = columns(h, 50);
    assert.ok(xs.every((x, j) => j === 0 || x >= xs[j - 1]) && ys.every(Number.isFinite));
  }
  const e = ends([GRAPH, GRAPH], 1, 1);
  assert.equal(e.finite.length + e.up + e.down + e.still + e.without, 2);
  assert.equal(ends([GRAPH], 3, 1).without, 1);
});

test('enclosures and numbers for people', () => {
  assert.equal(enclosure({ lo: '0.721408', hi: '0.721409', evidence: 'enclosure' }), '0.72140[8,9]');
  assert.equal(enclosure({ lo: '1', hi: '1' }), '1');
  assert.equal(enclosure({ lo: '-1e-9', hi: '2e-9' }), '[-1e-9, 2e-9]');
  assert.equal(middle({ lo: '1', hi: '2' }), 1.5);
  assert.equal(shown(-1.234567), '−1.2346');
  assert.equal(shown(null), '–');
  assert.equal(commandLine(['hunt', '--conclusion', "mu < 5'"]), `verify hunt --conclusion 'mu < 5'\\'''`);
});
