// The graph on the screen: cytoscape with dagre's layers, and its editor for
// mouse, touch and keyboard.
import cytoscape from './vendor/cytoscape.esm.min.mjs';
import dagre from './vendor/cytoscape-dagre.min.mjs';
import { levels } from './graph.js';

cytoscape.use(dagre);

function style() {
  const css = getComputedStyle(document.documentElement);
  const of = (name) => css.getPropertyValue(name).trim();
  return [
    { selector: 'node', style: { 'background-color': of('--paper'), 'border-width': 2, 'border-color': of('--soft'), label: 'data(name)', color: of('--ink'), 'font-size': 13, 'text-valign': 'center', width: 30, height: 30 } },
    { selector: 'node.in', style: { 'background-color': of('--in'), color: of('--paper') } },
    { selector: 'node.new', style: { 'background-color': of('--new'), color: '#000' } },
    { selector: 'node.root', style: { shape: 'diamond', width: 40, height: 40 } },
    { selector: 'node.target', style: { shape: 'star', width: 44, height: 44 } },
    { selector: 'node.other', style: { shape: 'hexagon', width: 38, height: 34 } },
    { selector: 'node.label', style: { 'border-width': 5, 'border-color': of('--ink') } },
    { selector: 'edge', style: { width: 1.5, 'line-color': of('--soft'), 'target-arrow-color': of('--soft'), 'target-arrow-shape': 'triangle', 'curve-style': 'bezier', 'arrow-scale': 0.9 } },
    { selector: 'edge.counted', style: { 'line-color': of('--new'), 'target-arrow-color': of('--new'), width: 2.2 } },
    { selector: 'edge.path', style: { width: 4 } },
    { selector: ':selected', style: { 'overlay-color': of('--new'), 'overlay-opacity': 0.35, 'overlay-padding': 5 } },
    { selector: '.joining', style: { 'overlay-color': of('--bad'), 'overlay-opacity': 0.4, 'overlay-padding': 6 } },
  ];
}

export class GraphView {
  /** onEdit is called with an action and its vertices, onChoose with what is chosen. */
  constructor(element, { onEdit, onChoose }) {
    Object.assign(this, { element, onEdit, onChoose, graph: null, joining: null });
    this.cy = cytoscape({ container: element, style: style(), minZoom: 0.15, maxZoom: 3, boxSelectionEnabled: false, autounselectify: false, userZoomingEnabled: false });
    this.cy.on('select unselect', () => this.onChoose(this.describe()));
    this.cy.on('tap', 'node', (e) => this.tapped(Number(e.target.id())));
    this.cy.on('dbltap', (e) => { if (e.target === this.cy) this.onEdit('add', {}); });
    element.addEventListener('keydown', (e) => this.key(e));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.cy.style(style()));
    new ResizeObserver(() => { this.cy.resize(); this.cy.fit(undefined, 14); }).observe(element);
  }

  /** Draws a graph, laid out anew if it is another one. */
  show(graph, step, layout) {
    this.graph = graph;
    this.joining = null;
    const level = levels(graph);
    const onPath = new Set(graph.path.slice(1).map((v, i) => graph.path[i] + ' ' + v));
    const fresh = new Set(graph.edges.filter(([u]) => level[u] <= step).map(([, v]) => v));
    if (layout) {
      this.cy.elements().remove();
      this.cy.add([
        ...Array.from({ length: graph.vertices }, (_, v) => ({ data: { id: String(v), name: String(v) } })),
        ...graph.edges.map(([u, v]) => ({ data: { id: `${u}>${v}`, source: String(u), target: String(v) } })),
      ]);
      this.cy.layout({ name: 'dagre', rankDir: this.element.clientWidth > 600 ? 'LR' : 'TB', nodeSep: 14, rankSep: 42, animate: false, fit: true, padding: 14 }).run();
    }
    this.cy.batch(() => {
      this.cy.nodes().forEach((node) => {
        const v = Number(node.id());
        const classes = [level[v] <= step ? 'in' : fresh.has(v) ? 'new' : 'out'];
        for (const mark of ['root', 'target', 'other']) if (graph[mark] === v) classes.push(mark);
        if (graph.path[step + 1] === v) classes.push('label');
        node.classes(classes);
      });
      this.cy.edges().forEach((edge) => {
        const u = Number(edge.source().id()), v = Number(edge.target().id());
        edge.classes([level[u] <= step ? 'counted' : '', onPath.has(u + ' ' + v) ? 'path' : ''].filter(Boolean));
      });
    });
    this.onChoose(this.describe());
  }

  fit() { this.cy.fit(undefined, 14); }

  /** The vertex or the edge that is chosen: {vertex} or {edge} or {}. */
  chosen() {
    const node = this.cy.nodes(':selected'), edge = this.cy.edges(':selected');
    if (node.length) return { vertex: Number(node[0].id()) };
    if (edge.length) return { edge: [Number(edge[0].source().id()), Number(edge[0].target().id())] };
    return {};
  }

  choose(v) {
    this.cy.elements().unselect();
    this.cy.getElementById(String(v)).select();
  }

  describe() {
    const { vertex, edge } = this.chosen();
    if (edge) return `Edge ${edge[0]} → ${edge[1]}.`;
    if (vertex === undefined || !this.graph) return 'No vertex chosen.';
    const marks = ['root', 'target', 'other'].filter((m) => this.graph[m] === vertex);
    const to = this.graph.edges.filter(([u]) => u === vertex).map(([, v]) => v), from = this.graph.edges.filter(([, v]) => v === vertex).map(([u]) => u);
    const level = levels(this.graph)[vertex];
    return `Vertex ${vertex}${marks.length ? ' (' + marks.join(', ') + ')' : ''}: ${level === Infinity ? 'not reached' : level + ' hops from the root'}; to ${to.join(', ') || 'none'}; from ${from.join(', ') || 'none'}.${this.joining !== null ? ` Choose where the edge from ${this.joining} leads, then Enter.` : ''}`;
  }

  /** Begins to join: the next vertex that is chosen is the head of the edge. */
  join() {
    const { vertex } = this.chosen();
    this.cy.nodes().removeClass('joining');
    this.joining = this.joining === null && vertex !== undefined ? vertex : null;
    if (this.joining !== null) this.cy.getElementById(String(vertex)).addClass('joining');
    this.onChoose(this.joining === null && vertex === undefined ? 'Choose the vertex that the edge leaves first.' : this.describe());
  }

  tapped(v) {
    if (this.joining === null || this.joining === v) return;
    const from = this.joining;
    this.joining = null;
    this.onEdit('join', { edge: [from, v] });
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.graph) return;
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    const edit = { a: 'add', r: 'root', t: 'target', o: 'other', Delete: 'delete', Backspace: 'delete' }[e.key];
    if (move) {
      const { vertex } = this.chosen();
      this.choose(vertex === undefined ? this.graph.root : (vertex + move + this.graph.vertices) % this.graph.vertices);
    } else if (e.key === 'j') this.join();
    else if (e.key === 'Enter' && this.joining !== null) this.tapped(this.chosen().vertex);
    else if (e.key === 'Escape' && this.joining !== null) this.join();
    else if (edit) this.onEdit(edit, this.chosen());
    else return;
    e.preventDefault();
  }
}
