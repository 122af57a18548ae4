// What a visitor brings: graphs, a theory, a run, a sentence.
import { commandLine } from './ask.js';
import { edgeList, parseInstances, profileOf, InputError } from './graph.js';
import { document_, el, enclosure, middle, said, table, verdict } from './show.js';
import { equilibrium } from './flow.js';
import { Plot, shown } from './plots.js';

const $ = (id) => document.getElementById(id);
const MAX_FILE = 24 << 20;

/** Sets the sections up; page is {backend(), state, use(graph, list, name)}. */
export function setUp(page) {
  setUpData(page);
  setUpTheory(page);
  setUpRun(page);
  setUpHunt(page);
}

/** The text of a file that a person opens, unpacked if it is compressed. */
async function textOf(file) {
  if (file.size > MAX_FILE) throw new InputError(`${file.name}: more than 24 MB`);
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (head[0] !== 0x1f || head[1] !== 0x8b) return file.text();
  return new Response(file.stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

/** A name for the program: without folders and what a shell or a person trips over. */
const nameOf = (name, otherwise) => name.replaceAll(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+/, '').slice(0, 80) || otherwise;

function opened(input, take, answer) {
  input.addEventListener('change', async () => {
    try {
      if (input.files[0]) take(await textOf(input.files[0]), input.files[0].name);
    } catch (error) {
      answer.replaceChildren(el('p', { class: 'error' }, error.message));
    }
    input.value = '';
  });
}

/** Asks, shows what comes and lets it be stopped. */
async function answerIn(page, box, button, stop, args, files, describe) {
  const control = new AbortController();
  button.disabled = true;
  if (stop) {
    stop.hidden = false;
    stop.onclick = () => control.abort();
  }
  box.textContent = 'Working…';
  try {
    const answer = await page.backend().ask(args, { files, signal: control.signal });
    if (answer.out) box.replaceChildren(...describe(JSON.parse(answer.out)), ...(answer.err ? [said({ ...answer, code: 0 })] : []), document_(answer, commandLine(args)));
    else box.replaceChildren(said(answer));
    return answer;
  } catch (error) {
    box.textContent = error.name === 'AbortError' ? 'Stopped.' : error.message;
    return null;
  } finally {
    button.disabled = false;
    if (stop) stop.hidden = true;
  }
}

// —— graphs

const PAGE = 25;
const COLUMNS = [['instance', (r) => r.i], ['vertices', (r) => r.g.vertices], ['edges', (r) => r.g.edges.length], ['hops', (r) => r.g.path.length - 1], ['finite μ* at steps', (r) => r.finite]];

function setUpData(page) {
  let rows = [], shownRows = [], at = 0, sorted = [0, 1];
  const box = $('data-answer');
  $('data-text').value = edgeList(page.state.graph);
  const take = (text, name) => {
    try {
      const list = parseInstances(text);
      box.textContent = `${list.length === 1 ? 'One graph' : list.length + ' graphs'} read.`;
      page.use(list[0], list, name);
      rows = list.map((g, i) => ({ g, i, finite: stepsThatStop(g) }));
      $('data-table').hidden = list.length === 1;
      at = 0;
      render();
    } catch (error) {
      box.replaceChildren(el('p', { class: 'error' }, error.message));
    }
  };
  const render = () => {
    const wanted = $('data-search').value.trim().toLowerCase();
    shownRows = rows.filter((r) => wanted === '' || COLUMNS.some(([name, of]) => `${name} ${of(r)}`.toLowerCase().includes(wanted)));
    const [column, direction] = sorted;
    shownRows.sort((a, b) => direction * String(COLUMNS[column][1](a)).localeCompare(String(COLUMNS[column][1](b)), undefined, { numeric: true }));
    at = Math.max(0, Math.min(at, Math.floor((shownRows.length - 1) / PAGE) * PAGE));
    const t = $('data-table').querySelector('table');
    t.tHead.replaceChildren(el('tr', {}, ...COLUMNS.map(([name], j) => el('th', { scope: 'col', 'aria-sort': sorted[0] === j ? (sorted[1] > 0 ? 'ascending' : 'descending') : 'none' },
      el('button', { type: 'button', onclick: () => { sorted = [j, sorted[0] === j ? -sorted[1] : 1]; render(); } }, name)))));
    t.tBodies[0].replaceChildren(...shownRows.slice(at, at + PAGE).map((r) => el('tr', {}, el('td', {}, el('button', { type: 'button', onclick: () => page.use(r.g) }, String(r.i))), ...COLUMNS.slice(1).map(([, of]) => el('td', {}, String(of(r)))))));
    $('data-page').textContent = `${shownRows.length === 0 ? 0 : at + 1}–${Math.min(at + PAGE, shownRows.length)} of ${shownRows.length}`;
    $('data-back').disabled = at === 0;
    $('data-on').disabled = at + PAGE >= shownRows.length;
  };
  $('data-search').addEventListener('input', () => { at = 0; render(); });
  $('data-back').onclick = () => { at -= PAGE; render(); };
  $('data-on').onclick = () => { at += PAGE; render(); };
  $('data-use').onclick = () => take($('data-text').value, 'pasted');
  opened($('data-file'), take, box);
}

const stepsThatStop = (g) => g.path.slice(1).map((_, c) => c).filter((c) => Number.isFinite(equilibrium(profileOf(g, c), 1))).join(' ') || 'none';

// —— a theory

function setUpTheory(page) {
  const text = $('theory-text'), box = $('theory-answer');
  let name = 'theory.star';
  const set = (content, called) => {
    text.value = content;
    page.state.theory = content;
    name = nameOf(called, 'theory.star');
    box.textContent = '';
  };
  text.addEventListener('input', () => { page.state.theory = text.value.length < 20000 ? text.value : ''; });
  text.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) $('theory-check').click();
  });
  fetch('theories/index.json').then((a) => a.json()).then((names) => {
    $('theory-example').replaceChildren(el('option', { value: '' }, 'choose…'), ...names.map((n) => el('option', {}, n)));
    if (page.state.theory) text.value = page.state.theory;
    else if (names.includes('modes.star')) load('modes.star');
  });
  const load = async (n) => set(await (await fetch('theories/' + n)).text(), n);
  $('theory-example').onchange = (e) => { if (e.target.value) load(e.target.value); };
  opened($('theory-file'), set, box);
  $('theory-train').onclick = () => answerIn(page, box, $('theory-train'), document.querySelector('[data-stop=check]'), ['train', '--theory', name, '--samples', '40', '--json'], { [name]: text.value }, describeTrainings);
  $('theory-check').onclick = async () => {
    const answer = await answerIn(page, box, $('theory-check'), document.querySelector('[data-stop=check]'), ['check', name, '--json'], { [name]: text.value },
      (d) => d.theories.map((t) => el('div', {}, el('h3', {}, t.name + (t.source ? ` (${t.source})` : '')),
        table(['Claim', 'Verdict', 'Line', 'Why'], t.claims.map((c) => [c.id, el('span', {}, verdict(c.verdict), c.verdict === c.expected ? '' : ` expected ${c.expected}`),
          el('button', { type: 'button', onclick: () => goTo(text, c.line) }, String(c.line)),
          el('span', {}, c.reason, ...(c.values ?? []).map((v) => el('div', { class: 'mono' }, `${v.name} = ${enclosure(v.value)}`)))])))));
    const place = answer && !answer.out && answer.err.match(/:(\d+)(?::(\d+))?: /);
    if (place) goTo(text, Number(place[1]), Number(place[2] ?? 1));
  };
}

let descent;

/** The trainings that a theory states, and a picture of the first. */
function describeTrainings(d) {
  const all = d.theories.flatMap((t) => t.trainings.map((training) => ({ ...training, theory: t.name })));
  const pictured = all.flatMap((t) => t.comparisons ?? [])[0], box = $('descent');
  box.hidden = !pictured;
  if (pictured) {
    descent ??= new Plot(box, { x: 't = learning rate × steps', y: 'first unknown that is trained', bands: [[2, 3, 1]], series: [{ label: 'flow', colour: 0 },
      { label: 'allowed above', colour: 1, dash: 2, thin: true }, { label: 'allowed below', colour: 1, dash: 2, thin: true }, { label: 'trained', colour: 3, points: 'small' }] });
    const at = (text) => { const [p, q = 1] = text.split('/').map(Number); return p / q; };
    const points = pictured.points.filter((p) => p.flow);
    descent.draw([points.map((p) => at(p.t)), points.map((p) => middle(p.flow)), points.map((p) => middle(p.flow) + p.bound), points.map((p) => middle(p.flow) - p.bound), points.map((p) => p.trained)]);
  }
  if (all.length === 0) return [el('p', {}, 'This file states no training: train(loss, …).')];
  return [table(['Trained', 'With', 'Steps, rate', 'Verdict', 'Furthest from the flow, of what is allowed', 'Why'], all.flatMap((t) => (t.comparisons?.length ? t.comparisons : [{ name: t.states.join(', '), with: '–', verdict: t.verdict, points: [] }]).map((c) => {
    const far = c.points.filter((p) => p.bound > 0).map((p) => Math.abs(p.difference) / p.bound);
    return [c.name, c.with, `${t.steps}, ${t.rate}`, verdict(c.verdict), far.length ? `${shown(100 * Math.max(...far))} %` : '–', t.reason];
  })))];
}

/** Puts the cursor of a text on a line, counted from 1, and chooses it. */
function goTo(text, line, column = 1) {
  const lines = text.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  text.focus();
  text.setSelectionRange(start + column - 1, start + (lines[line - 1]?.length ?? 0));
  text.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(text).lineHeight));
}

// —— a run

function setUpRun(page) {
  let name = 'run.csv';
  opened($('run-file'), (content, called) => { $('run-text').value = content; name = nameOf(called, 'run.csv'); }, $('run-answer'));
  $('run-compare').onclick = () => answerIn(page, $('run-answer'), $('run-compare'), document.querySelector('[data-stop=compare]'),
    ['compare', name, '--y', $('run-y').value.trim() || 'mu', '--json'], { [name]: $('run-text').value },
    (d) => [el('p', {}, `${d.y} over ${d.time}:`), table(['Condition', 'Runs', 'Window', 'Level', 'Slope an e-fold, 95 %', 'Verdict'],
      d.conditions.flatMap((c) => (c.windows ?? []).map((w) => [c.condition, String(c.runs?.length ?? '–'), `${w.name}, ${shown(w.from)} to ${shown(w.until)}`, shown(w.level),
        w.slope?.interval ? `${shown(w.slope.value)} (${shown(w.slope.interval[0])} to ${shown(w.slope.interval[1])})` : '–', verdict(w.verdict ?? '–')])))]);
}

// —— a sentence

function setUpHunt(page) {
  $('hunt').onclick = () => {
    const args = ['hunt', '--conclusion', $('conclusion').value, '--cases', '500', '--quiet', '--json'];
    for (const part of $('premise').value.split(' and ')) if (part.trim() !== '') args.push('--premise', part.trim());
    answerIn(page, $('hunt-answer'), $('hunt'), document.querySelector('[data-stop=hunt]'), args, {}, (d) => [
      el('p', {}, verdict(d.verdict), ` ${d.reason ?? ''} Tried ${d.tried} cases: ${d.searched.map((s) => `${s.stage} ${s.cases}, premise held ${s.held}`).join('; ')}.`),
      ...(d.witness ?? []).map((w, i) => el('p', {}, `Smallest found: ${w.vertices} vertices${d.violates_A16 ? ', outside assumption A16' : ''}. `, el('button', { type: 'button', onclick: () => showWitness(page, w) }, `Show graph ${i + 1}`))),
    ]);
  };
  $('names').addEventListener('toggle', async () => {
    if ($('names-answer').textContent === '') $('names-answer').replaceChildren(el('pre', {}, (await page.backend().ask(['hunt', '--names'])).out));
  });
}

function showWitness(page, w) {
  try {
    page.use(parseInstances(JSON.stringify(w))[0]);
    $('graph-section').scrollIntoView();
    $('graph').focus({ preventScroll: true });
  } catch (error) {
    $('hunt-answer').append(el('p', { class: 'error' }, `The page cannot draw it: ${error.message}`));
  }
}
