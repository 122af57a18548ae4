// The script of a report: every instance-step in one table to sort, filter and
// page through, one of them drawn, and values and zoom on all figures. The page
// is readable without it. It comes behind flow.js and graph.js.

const SVG = 'http://www.w3.org/2000/svg';
const $ = (id) => document.getElementById(id);

function el(tag, attributes = {}, ...children) {
  const e = attributes.svg || tag === 'svg' ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'svg') continue;
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? '' : value);
  }
  e.append(...children);
  return e;
}
const shape = (tag, attributes, ...children) => el(tag, { svg: true, ...attributes }, ...children);

// ---- numbers

/** Writes digits·10^exponent as tables do: exact, cut (…) or rounded (≈). */
function showNumber(digits, exponent, how) {
  if (digits === 0) return '0';
  let text = String(Math.abs(digits));
  const whole = text.length + exponent;
  if (whole > 7 || whole < -4) text = text[0] + (text.length > 1 ? '.' + text.slice(1) : '') + 'e' + (whole - 1);
  else if (whole <= 0) text = '0.' + '0'.repeat(-whole) + text;
  else if (whole >= text.length) text += '0'.repeat(whole - text.length);
  else text = text.slice(0, whole) + '.' + text.slice(whole);
  if (digits < 0) text = '-' + text;
  return how === 0 ? text : how === 1 ? text + '…' : '≈' + text;
}

const brief = (x) => (x === 0 ? '0' : Number(x.toPrecision(5)).toString());

// ---- the packed rows

class Packed {
  constructor(bytes, at) { this.bytes = bytes; this.at = at; }
  next() {
    let out = 0, factor = 1;
    for (;;) {
      const b = this.bytes[this.at++];
      out += (b & 127) * factor;
      if (b < 128) return out;
      factor *= 128;
    }
  }
  signed() { const v = this.next(); return v % 2 ? -(v + 1) / 2 : v / 2; }
  column(n, list = new Int32Array(n)) { for (let i = 0; i < n; i++) list[i] = this.signed(); return list; }
}

async function unpack(text) {
  const raw = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = bytes.indexOf(10);
  const rows = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const p = new Packed(bytes, end + 1), n = rows.rows;
  const columns = { data: p.column(n), alpha: p.column(n), instance: p.column(n), step: p.column(n), mark: p.column(n),
    n: p.column(n), K: p.column(n), dmin: p.column(n), dnum: p.column(n), dden: p.column(n), dmax: p.column(n) };
  for (let i = 1; i < n; i++) columns.instance[i] += columns.instance[i - 1];
  rows.columns_ = columns;
  rows.values = rows.numbers.map(() => {
    const codes = new Float64Array(n), exponents = new Int32Array(n), number = new Float64Array(n).fill(NaN);
    for (let i = 0; i < n; i++) codes[i] = p.next() - 1;
    p.column(n, exponents);
    const digits = (i) => { const m = (codes[i] - codes[i] % 3) / 3; return m % 2 ? -(m + 1) / 2 : m / 2; };
    for (let i = 0; i < n; i++) if (codes[i] >= 0) number[i] = Number(digits(i) + 'e' + exponents[i]);
    return { number, text: (i) => (codes[i] < 0 ? '' : showNumber(digits(i), exponents[i], codes[i] % 3)) };
  });
  rows.graphs = new Map();
  for (let k = 0; k < rows.instances; k++) {
    const key = p.next() + ' ' + p.next(), vertices = p.next();
    if (vertices === 0) continue;
    const g = { vertices, root: p.next(), target: p.next(), other: p.next(), path: [], edges: [] };
    for (let left = p.next(); left > 0; left--) g.path.push(p.next());
    for (let u = 0; u < vertices; u++) {
      let last = u;
      for (let left = p.next(); left > 0; left--) g.edges.push([u, last += p.signed()]);
    }
    rows.graphs.set(key, g);
  }
  return rows;
}

// ---- the table

class Table {
  constructor(rows) {
    this.rows = rows;
    const c = rows.columns_;
    const whole = (list) => ({ number: (i) => (list[i] < 0 ? NaN : list[i]), text: (i) => (list[i] < 0 ? '' : String(list[i])) });
    this.columns = [];
    const add = (key, name, means, column) => this.columns.push({ key, name, means, ...column });
    if (rows.data.length > 1) add('data', 'data', 'data set', { number: (i) => c.data[i], text: (i) => rows.data[c.data[i]], isText: true });
    add('instance', 'instance', '0-based place in the data', whole(c.instance));
    add('step', 'step', 'c, thoughts already generated', whole(c.step));
    if (rows.alphas.length > 1) add('alpha', 'α', 'readout gain', { number: (i) => fraction(rows.alphas[c.alpha[i]]), text: (i) => rows.alphas[c.alpha[i]] });
    add('n', 'n', 'vertices', whole(c.n));
    add('K', 'K', '|N_c|, vertices within c hops of the root', whole(c.K));
    add('d_min', 'd_min', 'least in-degree from N_c', whole(c.dmin));
    add('d*', 'd*', 'in-degree from N_c of the label', { number: (i) => (c.dnum[i] < 0 ? NaN : c.dnum[i] / c.dden[i]), text: (i) => (c.dnum[i] < 0 ? '' : c.dnum[i] + (c.dden[i] > 1 ? '/' + c.dden[i] : '')) });
    add('d_max', 'd_max', 'largest in-degree from N_c', whole(c.dmax));
    const order = rows.verdicts.map((_, v) => v);
    const counts = rows.marks.map((marks) => order.map((v) => marks.filter((m) => m.v === v).length));
    this.bad = rows.marks.map((marks) => Math.max(...marks.map((m) => severity(rows.verdicts[m.v]))));
    add('verdicts', 'verdicts', 'of all claims at this place', { isText: true, number: (i) => this.bad[c.mark[i]] * 1e6 + c.mark[i],
      text: (i) => order.filter((v) => counts[c.mark[i]][v]).map((v) => `${counts[c.mark[i]][v]} ${rows.verdicts[v]}`).join(', '),
      colour: (i) => ['good', 'good', 'open', 'bad'][this.bad[c.mark[i]]] });
    rows.numbers.forEach((n, k) => {
      add(n.value, n.name, `${n.means} (${n.claim})`, { number: (i) => rows.values[k].number[i], text: rows.values[k].text, hidden: k >= rows.columns });
    });
    this.sorted = null;
    this.down = false;
    this.page = 0;
    this.search('', -1, -1);
  }

  /** Keeps the rows that fit the words, and a verdict of a claim; returns what is wrong with the words. */
  search(words, claim, verdict) {
    const tests = [];
    for (const word of words.trim().split(/\s+/).filter((w) => w !== '')) {
      const test = this.test(word);
      if (typeof test === 'string') return test;
      tests.push(test);
    }
    if (claim >= 0 || verdict >= 0) {
      const fits = this.rows.marks.map((marks) => marks.some((m, k) => m.v >= 0 && (claim < 0 || k === claim) && (verdict < 0 || m.v === verdict)));
      tests.push((i) => fits[this.rows.columns_.mark[i]]);
    }
    const kept = [];
    for (let i = 0; i < this.rows.rows; i++) if (tests.every((t) => t(i))) kept.push(i);
    this.kept = Uint32Array.from(kept);
    this.page = 0;
    this.sort();
    return '';
  }

  test(word) {
    const m = /^([^<>=!]+)(<=|>=|!=|=|<|>)(.+)$/.exec(word);
    const c = this.rows.columns_;
    if (!m) {
      if (/^\d+$/.test(word)) return (i) => c.instance[i] === Number(word);
      const verdict = this.rows.verdicts.indexOf(word);
      if (verdict >= 0) return (i) => this.rows.marks[c.mark[i]].some((x) => x.v === verdict);
      const sets = this.rows.data.map((d) => d.includes(word));
      return sets.includes(true) ? (i) => sets[c.data[i]] : `“${word}”: expected an instance, a verdict, or a comparison such as step=1`;
    }
    const [, name, sign, value] = m;
    const claim = this.rows.claims.findIndex((x) => x.id.toLowerCase() === name.toLowerCase());
    if (claim >= 0 && (sign === '=' || sign === '!=')) {
      const fits = this.rows.marks.map((marks) => (this.rows.verdicts[marks[claim].v] === value) === (sign === '='));
      return this.rows.verdicts.includes(value) ? (i) => fits[c.mark[i]] : `“${value}”: expected ${this.rows.verdicts.join(', ')}`;
    }
    const column = this.columns.find((x) => [x.key, x.name].some((n) => n.toLowerCase() === name.toLowerCase()));
    if (!column) return `“${name}”: expected ${this.columns.map((x) => x.key).join(', ')} or a claim`;
    if (column.key === 'data') return (i) => (column.text(i) === value) === (sign === '=');
    const bound = fraction(value);
    if (Number.isNaN(bound)) return `“${value}”: expected a number`;
    const compare = { '<': (x) => x < bound, '>': (x) => x > bound, '=': (x) => x === bound, '!=': (x) => x !== bound, '<=': (x) => x <= bound, '>=': (x) => x >= bound }[sign];
    return (i) => compare(column.number(i));
  }

  sort() {
    if (this.sorted === null) {
      this.kept.sort();
      return;
    }
    const value = this.columns[this.sorted].number, sign = this.down ? -1 : 1;
    const keys = new Float64Array(this.rows.rows);
    for (const i of this.kept) keys[i] = value(i);
    this.kept.sort((i, j) => {
      const a = keys[i], b = keys[j];
      if (a === b || a !== a && b !== b) return i - j;
      return a !== a ? 1 : b !== b ? -1 : sign * (a - b); // what has no number comes last
    });
  }

  address(i) {
    const c = this.rows.columns_, p = new URLSearchParams({ instance: c.instance[i], step: c.step[i] });
    if (this.rows.data.length > 1) p.set('data', this.rows.data[c.data[i]]);
    if (this.rows.alphas.length > 1) p.set('alpha', this.rows.alphas[c.alpha[i]]);
    return '#' + p;
  }

  find(hash) {
    const p = new URLSearchParams(hash.slice(1)), c = this.rows.columns_;
    if (!p.has('instance')) return -1;
    for (let i = 0; i < this.rows.rows; i++) {
      if (c.instance[i] === Number(p.get('instance')) && (!p.has('step') || c.step[i] === Number(p.get('step'))) &&
        (!p.has('data') || this.rows.data[c.data[i]] === p.get('data')) && (!p.has('alpha') || this.rows.alphas[c.alpha[i]] === p.get('alpha'))) return i;
    }
    return -1;
  }
}

const severity = (verdict) => ({ refuted: 3, inconsistent: 3, undecided: 2, 'not-applicable': 0 }[verdict] ?? (verdict ? 1 : 0));

function fraction(text) {
  const [a, b = '1'] = text.split('/');
  return a === '' || b === '' ? NaN : Number(a) / Number(b);
}

function showTable(table) {
  const box = $('rows-box'), rows = table.rows;
  const status = el('p', { class: 'again', role: 'status' });
  const option = (text, value) => el('option', { value }, text);
  const words = el('input', { type: 'search', id: 'rows-words', placeholder: 'such as: 117   step=1   d*<d_max   T1b=proved', autocomplete: 'off', spellcheck: 'false' });
  const claim = el('select', { id: 'rows-claim' }, option('any claim', -1), ...rows.claims.map((c, k) => option(c.id, k)));
  const verdict = el('select', { id: 'rows-verdict' }, option('any verdict', -1), ...rows.verdicts.map((v, k) => option(v, k)));
  const fields = [[words, 'search'], [claim, 'claim'], [verdict, 'verdict']].map(([field, text]) => el('label', { for: field.id }, text, field));
  const columns = table.columns.filter((c) => !c.hidden);
  const heads = columns.map((c) => {
    const button = el('button', { type: 'button', title: c.means, onclick: () => {
      const at = table.columns.indexOf(c);
      table.down = table.sorted === at && !table.down;
      table.sorted = at;
      table.page = 0;
      table.sort();
      draw();
    } }, c.name);
    return el('th', { scope: 'col', class: c.isText ? 'text' : undefined }, button);
  });
  const body = el('tbody');
  const go = (to) => () => { table.page = to(table.page, Math.max(0, Math.ceil(table.kept.length / rows.pageSize) - 1)); draw(); };
  const buttons = [['first', () => 0], ['back', (p) => Math.max(0, p - 1)], ['on', (p, last) => Math.min(last, p + 1)], ['last', (_, last) => last]]
    .map(([name, to]) => el('button', { type: 'button', onclick: go(to) }, name));
  let wrong = '';
  function draw() {
    const from = table.page * rows.pageSize, list = table.kept.subarray(from, from + rows.pageSize);
    heads.forEach((h, k) => {
      const on = table.sorted === table.columns.indexOf(columns[k]);
      h.setAttribute('aria-sort', on ? (table.down ? 'descending' : 'ascending') : 'none');
    });
    body.replaceChildren(...[...list].map((i) => el('tr', {}, ...columns.map((c) => {
      const text = c.text(i);
      return el('td', { class: [c.isText ? 'text' : '', c.colour ? c.colour(i) : ''].join(' ').trim() || undefined }, c.key === 'instance' ? el('a', { href: table.address(i) }, text) : text);
    }))));
    const of = `${table.kept.length.toLocaleString('en')} of ${rows.rows.toLocaleString('en')}` + (rows.total > rows.rows ? ` (the run has ${rows.total.toLocaleString('en')})` : '');
    status.textContent = wrong || (list.length ? `${(from + 1).toLocaleString('en')}–${(from + list.length).toLocaleString('en')} of ${of}` : `none of ${of}`);
    status.classList.toggle('bad', wrong !== '');
  }
  const search = () => { wrong = table.search(words.value, Number(claim.value), Number(verdict.value)); draw(); };
  let waiting;
  words.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
  claim.addEventListener('change', search);
  verdict.addEventListener('change', search);
  box.replaceChildren(el('div', { class: 'tools' }, ...fields, ...buttons), status,
    el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'instances and steps' }, el('table', {}, el('thead', {}, el('tr', {}, ...heads)), body)));
  draw();
}

// ---- one of the rows

function showDetail(table, i) {
  const { rows } = table, c = rows.columns_, box = $('detail');
  const data = c.data[i], step = c.step[i], alphaText = rows.alphas[c.alpha[i]], alpha = fraction(alphaText);
  const g = rows.graphs.get(data + ' ' + c.instance[i]);
  const flags = `${rows.flags[data]} --instance ${c.instance[i]} --step ${step}` + (alphaText === '1' ? '' : ` --alpha ${alphaText}`) + (rows.label === 'path' ? '' : ` --label ${rows.label}`);
  const parts = [el('h3', { id: 'detail-title', tabindex: -1 }, `${rows.data[data]}, instance ${c.instance[i]}, step ${step}` + (alphaText === '1' ? '' : `, α = ${alphaText}`))];
  const steps = [];
  for (const from of [-1, 1]) {
    const at = (j) => j >= 0 && j < rows.rows && c.data[j] === data && c.instance[j] === c.instance[i];
    for (let j = i + from; at(j); j += from) if (c.alpha[j] === c.alpha[i]) steps.push(j);
  }
  steps.sort((a, b) => c.step[a] - c.step[b]);
  if (steps.length) parts.push(el('p', {}, 'Other steps: ', ...steps.flatMap((j) => [el('a', { href: table.address(j) }, String(c.step[j])), ' '])));
  const pair = el('div', { class: 'pair' });
  if (g) {
    const isStep = c.n[i] >= 0;
    pair.append(el('figure', {}, drawGraph(g, step, isStep), el('figcaption', {}, 'Filled: N_c; shaded: new in N_{c+1}; orange ring: the label; bold: demonstrated path; blue: edges from N_c; small number: d_v.'),
      el('p', { class: 'again' }, 'again: ', el('code', {}, `verify figure graph${rows.flags[data]} --instance ${c.instance[i]} --step ${step} --out graph.svg`))));
    if (isStep) {
      const profile = { ...profileOf(g, step), dstar: c.dnum[i] / c.dden[i] };
      const at = rows.numbers.findIndex((n) => n.value === 'mu');
      const plot = drawFlow(profile, alpha, at >= 0 ? rows.values[at].number[i] : NaN, rows.label === 'path');
      pair.append(el('figure', {}, plot, el('figcaption', {}, 'μ(t) of the reduced flow in float64, approximate; with the program it is enclosed.'),
        el('p', { class: 'again' }, 'enclosed: ', el('code', {}, `verify figure flow${flags} --out flow`))));
      parts.push(profileTable(profile, c, i));
    }
  }
  parts.push(pair, verdictTable(rows, i));
  box.replaceChildren(...parts);
  box.hidden = false;
  for (const svg of box.querySelectorAll('svg[data-plot]')) attach(svg);
  $('detail-title').focus({ preventScroll: true });
  box.scrollIntoView({ block: 'start' });
}

function grid(names, list) {
  return el('div', { class: 'scroll', tabindex: 0 }, el('table', {}, el('thead', {}, el('tr', {}, ...names.map((n) => el('th', { scope: 'col', class: 'text' }, n)))),
    el('tbody', {}, ...list.map((cells) => el('tr', {}, ...cells.map((x) => el('td', { class: 'text ' + (x.colour ?? '') }, x.text ?? x)))))));
}

function profileTable(p, c, i) {
  return grid(['profile', 'vertices', 'd (edges from N_c)'], [
    [`n = ${p.n}, K = ${p.k}, d* = ${c.dnum[i]}${c.dden[i] > 1 ? '/' + c.dden[i] : ''}, d from ${p.dmin} to ${p.dmax}`, '', ''],
    ...p.classes.sort((x, y) => y.a - x.a || x.d - y.d).map((x) => [x.a ? 'in N_c' : x.d ? 'new in N_{c+1}' : 'outside N_{c+1}', String(x.count), String(x.d)])]);
}

function verdictTable(rows, i) {
  const marks = rows.marks[rows.columns_.mark[i]], colours = ['', 'good', 'open', 'bad'];
  return grid(['claim', 'verdict', 'numbers and reasons'], rows.claims.flatMap((claim, k) => {
    const m = marks[k];
    if (m.v < 0) return [];
    const numbers = rows.numbers.flatMap((n, at) => (n.claim === claim.id && rows.values[at].text(i) !== '' ? [`${n.name} = ${rows.values[at].text(i)}`] : []));
    return [[claim.id, { text: rows.verdicts[m.v], colour: colours[severity(rows.verdicts[m.v])] }, [m.w, ...numbers].filter(Boolean).join('; ')]];
  }));
}

/** Columns by hops from the root; what the root does not reach below, by hops from what nothing of it enters. */
function places(g) {
  const level = levels(g), lower = level.map((l) => l === Infinity), into = Array.from({ length: g.vertices }, () => []);
  for (const [u, v] of g.edges) into[v].push(u);
  const column = level.map((l, v) => (lower[v] ? -1 : l));
  const queue = [];
  const enter = (v) => { column[v] = 0; queue.push(v); };
  for (let v = 0; v < g.vertices; v++) if (lower[v] && !into[v].some((u) => lower[u])) enter(v);
  for (let next = 0; ; next++) {
    if (next === queue.length) {
      const v = column.indexOf(-1);
      if (v < 0) break;
      enter(v);
    }
    for (const [u, v] of g.edges) if (u === queue[next] && column[v] < 0) { column[v] = column[u] + 1; queue.push(v); }
  }
  const last = Math.max(...column), y = Array(g.vertices), rowsOf = [0, 0];
  const lists = [false, true].map((part) => Array.from({ length: last + 1 }, (_, k) => column.flatMap((x, v) => (x === k && lower[v] === part ? [v] : []))));
  lists.forEach((part, at) => { rowsOf[at] = Math.max(...part.map((l) => l.length)); });
  const spread = (list) => list.forEach((v, k) => { y[v] = (k + 0.5) / list.length; });
  lists.flat().forEach(spread);
  for (let round = 0; round < 8; round++) {
    for (const part of lists) {
      for (const list of round % 2 ? [...part].reverse() : part) {
        const mean = new Map(list.map((v) => {
          const near = g.edges.flatMap(([a, b]) => (a === v && lower[b] === lower[v] ? [y[b]] : b === v && lower[a] === lower[v] ? [y[a]] : []));
          return [v, near.length ? near.reduce((s, x) => s + x, 0) / near.length : y[v]];
        }));
        list.sort((a, b) => mean.get(a) - mean.get(b));
        spread(list);
      }
    }
  }
  return { column, y, lower, last, rows: rowsOf };
}

function drawGraph(g, step, isStep) {
  const l = places(g), level = levels(g), total = l.rows[0] + l.rows[1], width = 150 + 84 * l.last, height = 44 + 30 * total;
  const at = (v) => [46 + (l.last ? (width - 92) * l.column[v] / l.last : 0),
    22 + (height - 44) * (l.lower[v] ? (l.rows[0] + l.y[v] * l.rows[1]) / total : l.y[v] * l.rows[0] / total) + 4 * (l.column[v] % 2)];
  const degree = Array(g.vertices).fill(0), onPath = new Set(g.path.slice(1).map((v, k) => g.path[k] + ' ' + v));
  for (const [u, v] of g.edges) if (level[u] <= step) degree[v]++;
  const svg = el('svg', { class: 'figure', role: 'img', viewBox: `0 0 ${width} ${height}`, 'aria-label': `graph with ${g.vertices} vertices and ${g.edges.length} edges` });
  for (const [u, v] of g.edges) {
    const a = at(u), b = at(v), dx = b[0] - a[0], dy = b[1] - a[1], length = Math.hypot(dx, dy) || 1;
    const bend = l.column[v] - l.column[u] === 1 ? 0 : 8 + 0.16 * length;
    const control = [(a[0] + b[0]) / 2 + dy / length * bend, (a[1] + b[1]) / 2 - dx / length * bend];
    const toward = (p, q, d) => { const r = Math.hypot(q[0] - p[0], q[1] - p[1]) || 1; return [p[0] + (q[0] - p[0]) / r * d, p[1] + (q[1] - p[1]) / r * d]; };
    const start = toward(a, control, 9), tip = toward(b, control, 10), base = toward(tip, control, 6), from = level[u] <= step, colour = from ? 'var(--hue0)' : 'var(--soft)';
    const ax = tip[0] - base[0], ay = tip[1] - base[1];
    svg.append(shape('path', { d: `M${start}Q${control} ${base}`, fill: 'none', stroke: colour, 'stroke-width': onPath.has(u + ' ' + v) ? 2.4 : 0.9 }),
      shape('path', { d: `M${tip}L${base[0] - ay * 0.42} ${base[1] + ax * 0.42}L${base[0] + ay * 0.42} ${base[1] - ax * 0.42}Z`, fill: colour }));
  }
  for (let v = 0; v < g.vertices; v++) {
    const [x, y] = at(v), inside = level[v] <= step, fresh = !inside && degree[v] > 0, label = isStep && g.path[step + 1] === v;
    const name = v === g.root ? 'root' : v === g.target ? 'c*' : v === g.other ? 'other' : '';
    svg.append(shape('circle', { cx: x, cy: y, r: 9, fill: inside ? 'var(--hue0)' : 'var(--paper)', stroke: label ? 'var(--hue1)' : 'var(--ink)', 'stroke-width': label ? 2.6 : 0.8 }));
    if (fresh) svg.append(shape('circle', { cx: x, cy: y, r: 8, fill: 'var(--hue0)', 'fill-opacity': 0.25 }));
    svg.append(shape('text', { x, y: y + 3, 'text-anchor': 'middle', 'font-size': 8, fill: inside ? 'var(--paper)' : 'currentColor' }, String(v)));
    if (degree[v]) svg.append(shape('text', { x: x + 10, y: y + 10, 'font-size': 7, fill: 'var(--hue0)' }, String(degree[v])));
    if (name) svg.append(shape('text', { x: x + 11, y: y - 4, 'font-size': 8, fill: 'currentColor' }, name));
  }
  return svg;
}

/** μ(t) under the losses up to t = 10,000, on a logarithmic axis. */
function drawFlow(profile, alpha, rest, both) {
  const times = Array.from({ length: 81 }, (_, k) => 10 ** (k / 20)), curves = [];
  for (const [loss, name] of [['coconut', 'Coconut: flow'], ['bfs', 'Coconut-BFS: flow']].slice(0, both ? 2 : 1)) {
    const y = [];
    let mu = 0, t = 0;
    for (const next of times) {
      mu = trajectory(profile, alpha, loss, next - t, 1, mu)[1][1];
      y.push(mu);
      t = next;
    }
    curves.push({ name, x: times, y, dashed: loss === 'bfs' });
  }
  if (!Number.isNaN(rest)) curves.push({ name: 'μ*', x: [times[0], times.at(-1)], y: [rest, rest], level: true });
  const all = curves.flatMap((c) => c.y), low = Math.min(0, ...all), high = Math.max(...all, low + 1e-9), room = (high - low) * 0.05;
  const plot = { box: [52, 12, 440, 250], x: [times[0], times.at(-1)], y: [low - room, high + room], log: [true, false], names: ['t = learning rate × steps', 'index-matching logit μ'], curves };
  const svg = el('svg', { class: 'figure', role: 'img', viewBox: '0 0 504 304', 'aria-label': 'μ over t', 'data-plot': JSON.stringify(plot) });
  const [left, top, wide, tall] = plot.box, [X, Y] = scales(plot);
  const text = (x, y, words, anchor = 'middle', extra = {}) => shape('text', { x, y, 'font-size': 9, 'text-anchor': anchor, fill: 'currentColor', ...extra }, words);
  for (const v of [1, 10, 100, 1000, 10000]) svg.append(shape('path', { d: `M${X(v)} ${top}V${top + tall}`, stroke: 'var(--grid)' }), text(X(v), top + tall + 13, String(v)));
  const size = 10 ** Math.floor(Math.log10((plot.y[1] - plot.y[0]) / 4)), tick = [5, 2, 1].find((f) => f * size <= (plot.y[1] - plot.y[0]) / 4) * size;
  for (let k = Math.ceil(plot.y[0] / tick); k * tick <= plot.y[1]; k++) svg.append(shape('path', { d: `M${left} ${Y(k * tick)}H${left + wide}`, stroke: 'var(--grid)' }), text(left - 5, Y(k * tick) + 3, brief(k * tick), 'end'));
  svg.append(text(left + wide / 2, top + tall + 30, plot.names[0]), text(0, 0, plot.names[1], 'middle', { transform: `translate(11 ${top + tall / 2}) rotate(-90)` }));
  curves.forEach((c, k) => {
    const colour = `var(--hue${c.level ? 2 : k})`;
    svg.append(shape('path', { d: 'M' + c.x.map((x, j) => `${X(x).toFixed(2)} ${Y(c.y[j]).toFixed(2)}`).join('L'), fill: 'none', stroke: colour, 'stroke-width': c.level ? 1 : 1.8, 'stroke-dasharray': c.level ? '2 3' : c.dashed ? '7 3' : undefined }),
      shape('path', { d: `M${left + 8} ${top + 9 + 13 * k}h22`, stroke: colour, 'stroke-width': c.level ? 1 : 1.8, 'stroke-dasharray': c.level ? '2 3' : c.dashed ? '7 3' : undefined }),
      text(left + 36, top + 12 + 13 * k, c.name, 'start'));
  });
  return svg;
}

// ---- values and zoom

/** From values to places in a picture, for both axes. */
function scales({ box, x, y, log }) {
  const scale = (range, isLog, start, length) => {
    const f = isLog ? Math.log : (v) => v, a = f(range[0]), b = f(range[1]);
    return (v) => start + length * (f(v) - a) / (b - a);
  };
  return [scale(x, log[0], box[0], box[2]), scale(y, log[1], box[1] + box[3], -box[3])];
}

function attach(svg) {
  const plot = JSON.parse(svg.dataset.plot), [X, Y] = scales(plot), [left, top, wide, tall] = plot.box;
  const whole = svg.getAttribute('viewBox').split(/\s+/).map(Number);
  let view = whole, drag = null, at = [0, 0];
  const said = el('output', { class: 'said' });
  const mark = shape('circle', { r: 4, fill: 'none', stroke: 'var(--bad)', 'stroke-width': 1.5, visibility: 'hidden' });
  const frame = shape('rect', { fill: 'var(--hue0)', 'fill-opacity': 0.12, stroke: 'var(--hue0)', 'stroke-width': 0.7, visibility: 'hidden' });
  svg.append(mark, frame);
  const curves = plot.curves.filter((c) => c.x.length).map((c) => ({ ...c, px: c.x.map(X), py: c.y?.map(Y), lo: c.low?.map(Y), hi: c.high?.map(Y) }));
  const show = (k, j) => {
    const c = curves[k], [xn, yn] = plot.names.map((n) => n.split(' = ')[0]);
    at = [k, j];
    const y = c.py ? c.py[j] : (c.lo[j] + c.hi[j]) / 2;
    mark.setAttribute('cx', c.px[j]);
    mark.setAttribute('cy', y);
    mark.setAttribute('r', 4 * view[2] / whole[2]);
    mark.setAttribute('visibility', 'visible');
    said.textContent = `${c.name}: ${xn} = ${brief(c.x[j])}, ${yn} ` + (c.y ? `= ${brief(c.y[j])}` : `from ${brief(c.low[j])} to ${brief(c.high[j])}`);
  };
  const nearest = ([x, y]) => {
    let best = Infinity, found = null;
    curves.forEach((c, k) => c.px.forEach((px, j) => {
      const dy = c.py ? Math.abs(c.py[j] - y) : Math.max(0, y - c.lo[j], c.hi[j] - y) + 12;
      const d = Math.hypot(px - x, dy);
      if (d < best) { best = d; found = [k, j]; }
    }));
    if (found) show(...found);
  };
  const point = (e) => {
    const r = svg.getBoundingClientRect();
    return [view[0] + (e.clientX - r.left) / r.width * view[2], view[1] + (e.clientY - r.top) / r.height * view[3]];
  };
  const look = (to) => {
    const size = Math.min(whole[2], Math.max(whole[2] / 40, to[2])), high = size * whole[3] / whole[2];
    view = [Math.min(Math.max(to[0], whole[0]), whole[0] + whole[2] - size), Math.min(Math.max(to[1], whole[1]), whole[1] + whole[3] - high), size, high];
    svg.setAttribute('viewBox', view.join(' '));
    mark.setAttribute('r', 4 * size / whole[2]);
    if (size < whole[2]) {
      const value = (v, range, isLog, start, length) => { const s = Math.min(1, Math.max(0, (v - start) / length)); return brief(isLog ? range[0] * (range[1] / range[0]) ** s : range[0] + (range[1] - range[0]) * s); };
      const [xn, yn] = plot.names;
      said.textContent = `shown: ${xn} from ${value(view[0], plot.x, plot.log[0], left, wide)} to ${value(view[0] + size, plot.x, plot.log[0], left, wide)}, ${yn} from ${value(view[1] + high, plot.y, plot.log[1], top + tall, -tall)} to ${value(view[1], plot.y, plot.log[1], top + tall, -tall)}`;
    } else said.textContent = '';
  };
  const zoom = (factor) => {
    const x = mark.getAttribute('visibility') === 'visible' ? Number(mark.getAttribute('cx')) : view[0] + view[2] / 2;
    const y = mark.getAttribute('visibility') === 'visible' ? Number(mark.getAttribute('cy')) : view[1] + view[3] / 2;
    look([x - view[2] * factor / 2, y - view[3] * factor / 2, view[2] * factor]);
  };
  svg.addEventListener('pointerdown', (e) => { if (e.pointerType === 'mouse' && e.button === 0) { drag = point(e); svg.setPointerCapture(e.pointerId); e.preventDefault(); } });
  svg.addEventListener('pointermove', (e) => {
    const p = point(e);
    if (!drag) return nearest(p);
    const box = { x: Math.min(p[0], drag[0]), y: Math.min(p[1], drag[1]), width: Math.abs(p[0] - drag[0]), height: Math.abs(p[1] - drag[1]), visibility: 'visible' };
    for (const [name, value] of Object.entries(box)) frame.setAttribute(name, value);
  });
  const end = (e) => {
    if (!drag) return;
    const p = point(e), size = Math.max(Math.abs(p[0] - drag[0]), Math.abs(p[1] - drag[1]) * whole[2] / whole[3]);
    frame.setAttribute('visibility', 'hidden');
    if (size > 6 * view[2] / whole[2]) look([(p[0] + drag[0]) / 2 - size / 2, (p[1] + drag[1]) / 2 - size / 2 * whole[3] / whole[2], size]);
    drag = null;
  };
  svg.addEventListener('pointerup', end);
  svg.addEventListener('pointercancel', () => { drag = null; frame.setAttribute('visibility', 'hidden'); });
  svg.addEventListener('dblclick', () => look(whole));
  svg.setAttribute('tabindex', 0);
  svg.addEventListener('keydown', (e) => {
    const [k, j] = at, c = curves[k];
    const move = { ArrowRight: [k, j + 1], ArrowLeft: [k, j - 1], ArrowDown: [k + 1, 0], ArrowUp: [k - 1, 0] }[e.key];
    if (move && curves.length) {
      const next = (move[0] + curves.length) % curves.length;
      show(next, next === k ? Math.min(c.px.length - 1, Math.max(0, move[1])) : curves[next].px.reduce((b, x, i) => (Math.abs(x - c.px[j]) < Math.abs(curves[next].px[b] - c.px[j]) ? i : b), 0));
    } else if (e.key === '+') zoom(0.5);
    else if (e.key === '-') zoom(2);
    else if (e.key === 'Escape') look(whole);
    else return;
    e.preventDefault();
  });
  const button = (text, label, act) => el('button', { type: 'button', 'aria-label': label, onclick: act }, text);
  svg.after(el('div', { class: 'zoom' }, button('+', 'zoom in', () => zoom(0.5)), button('−', 'zoom out', () => zoom(2)), button('all', 'show all of the figure', () => look(whole)), said));
}

// ---- the page

async function main() {
  for (const svg of document.querySelectorAll('svg[data-plot]')) attach(svg);
  const packed = $('rows-data');
  if (!packed) return;
  const note = $('rows-note');
  if (typeof DecompressionStream === 'undefined') {
    note.textContent = 'This browser cannot unpack the other rows; they are in the files of the run.';
    return;
  }
  const table = new Table(await unpack(packed.textContent));
  packed.remove();
  note.remove();
  showTable(table);
  const go = () => { const i = table.find(location.hash); if (i >= 0) showDetail(table, i); };
  addEventListener('hashchange', go);
  go();
  document.documentElement.dataset.ready = '';
}
main();
