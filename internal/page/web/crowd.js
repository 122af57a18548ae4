// All instances together: where each would stop alone, where they stop as they
// share one μ, which the program encloses.
import { commandLine } from './ask.js';
import { fileOf, profileOf } from './graph.js';
import { equilibrium } from './flow.js';
import { Plot } from './plots.js';
import { document_, el, enclosure, middle, said } from './show.js';

const $ = (id) => document.getElementById(id);
const BINS = 30, MOST = 5000; // instances that are drawn: a blink of the page

/** How the instances end alone at step c: the finite μ* in order, and how many have none. */
export function ends(list, c, alpha) {
  const out = { finite: [], up: 0, down: 0, still: 0, without: 0 };
  for (const g of list) {
    if (c > g.path.length - 2) {
      out.without++;
      continue;
    }
    const mu = equilibrium(profileOf(g, c), alpha);
    if (Number.isFinite(mu)) out.finite.push(mu);
    else out[Number.isNaN(mu) ? 'still' : mu > 0 ? 'up' : 'down']++;
  }
  out.finite.sort((a, b) => a - b);
  return out;
}

/** A histogram of sorted numbers: edges, one more than counts. */
export function histogram(sorted, bins) {
  const low = sorted[0] ?? 0, high = sorted.at(-1) ?? 1, width = (high - low || 1) / bins;
  const counts = Array(bins).fill(0);
  for (const x of sorted) counts[Math.min(bins - 1, Math.floor((x - low) / width))]++;
  return { edges: Array.from({ length: bins + 1 }, (_, i) => low + i * width), counts };
}

/** The columns of the plot: the steps of the histogram and a line where the shared μ stops. */
export function columns({ edges, counts }, shared) {
  const top = Math.max(1, ...counts), rows = edges.map((x, i) => [x, counts[i] ?? 0, null]);
  if (Number.isFinite(shared)) {
    const bin = edges.findLastIndex((x) => x <= shared), level = counts[bin] ?? 0;
    rows.splice(bin + 1, 0, [shared, level, 0], [shared, level, top]);
  }
  return [0, 1, 2].map((j) => rows.map((row) => row[j]));
}

export class Crowd {
  /** page is {backend(), state, alphaText()}. */
  constructor(page) {
    Object.assign(this, { page, list: [], name: '', shared: null });
    this.plot = new Plot($('crowd'), { x: 'μ* of an instance alone', y: 'instances', series: [
      { label: 'instances that stop', colour: 0, steps: true }, { label: 'μ* of all together (proved)', colour: 2, dash: 1 }] });
    $('ask-population').onclick = () => this.ask();
  }

  /** Takes other instances; the name is built-in, or that of a file that is sent. */
  take(list, name) {
    Object.assign(this, { list, name, shared: null });
    this.draw();
  }

  key() { return `${this.name} ${this.page.state.step} ${this.page.alphaText()}`; }

  draw() {
    if (this.list.length === 0) return;
    const { step } = this.page.state, drawn = this.list.slice(0, MOST), e = ends(drawn, step, Number(this.page.alphaText()));
    const fresh = this.shared?.key === this.key();
    this.plot.draw(columns(histogram(e.finite, BINS), fresh && this.shared.mu ? middle(this.shared.mu) : NaN));
    const parts = [[e.finite.length, 'stop'], [e.up, 'grow for ever'], [e.down, 'fall for ever'], [e.still, 'do not move'], [e.without, `have no step ${step}`]].filter(([n]) => n > 0);
    $('crowd-status').textContent = `${drawn.length < this.list.length ? `The first ${MOST} of ` : ''}${this.list.length} ${this.name === 'built-in' ? 'built-in instances' : 'instances'}, each alone at step ${step}: ${parts.map(([n, what]) => `${n} ${what}`).join(', ')}.`;
    if (!fresh) $('crowd-answer').textContent = '';
  }

  async ask() {
    const box = $('crowd-answer'), own = this.name !== 'built-in', at = this.key();
    const args = ['population', '--data', own ? 'instances.json' : 'built-in', '--step', String(this.page.state.step), '--alpha', this.page.alphaText(), '--json'];
    box.textContent = 'Proving…';
    try {
      const answer = await this.page.backend().ask(args, { files: own ? { 'instances.json': `[${this.list.map(fileOf).join(',\n')}]` } : {} });
      if (at !== this.key()) return;
      if (!answer.out) {
        box.replaceChildren(said(answer));
        return;
      }
      const d = JSON.parse(answer.out);
      this.shared = { key: at, mu: d.mu };
      this.draw();
      const words = { finite: `it stops at μ* = ${enclosure(d.mu)} (proved), although ${d.instances - d.bounded} of the ${d.instances} alone would not`,
        'plus-infinity': 'it grows without end (proved)', 'minus-infinity': 'it falls without end (proved)', stationary: 'nothing pulls at it' };
      box.replaceChildren(el('p', {}, `One μ for all ${d.instances}: ${words[d.status] ?? d.status}.`), document_(answer, commandLine(args)));
    } catch (error) {
      box.textContent = error.message;
    }
  }
}

