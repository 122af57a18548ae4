// The page: its state, and what follows from it. Curves of the float64 flow are
// drawn at once, what is proved is asked for when the hand rests.
import { connect, commandLine } from './ask.js';
import { complete, fileOf, parseInstances, profileOf, without, InputError } from './graph.js';
import { corridor, drift, equilibrium, meanDegree, trajectory } from './flow.js';
import { Plot, shown } from './plots.js';
import { copy, document_, download, el, enclosure, middle, said, scripts, table, verdict } from './show.js';
import { fromFragment, toFragment } from './share.js';
import { GraphView } from './view.js';
import { setUp } from './own.js';
import { Crowd } from './crowd.js';

const $ = (id) => document.getElementById(id);
const FILE = 'graph.json', POINTS = 240, SAMPLES = 24, REST = 250, COLUMNS = 10; // of the plot over time, beside t

// The first screen: what it asks for, and by that the first graph.
const first = await (await fetch('first.json')).json();
const FIRST = complete(JSON.parse(first[0].files[FILE]));

const state = { graph: FIRST, step: 1, alpha: 0, until: 3, loss: 'coconut', theory: '' };
const past = [];
let suite = [], backend, statements = new Map(), proofs = { claims: [] }, samples = {}, trained = null, theoremAnswer = null;

const alphaText = () => String(Number((10 ** state.alpha).toPrecision(3)));
const untilText = () => String(Number((10 ** state.until).toPrecision(2)));

const view = new GraphView($('graph'), { onEdit: edit, onChoose: (text) => { $('chosen').textContent = text; } });
const plots = {
  drift: new Plot($('drift'), { x: 'μ', y: 'mean in-degree', series: [
    { label: 'F(μ), all vertices', colour: 0 }, { label: 'F_in(μ), N_{c+1}', colour: 1, dash: 1 }, { label: 'd*, the label', colour: 2, dash: 2 }, { label: 'μ now', colour: 2, points: true }] }),
  time: new Plot($('time'), { x: 't = learning rate × steps', y: 'μ', bands: [[3, 4, 1], [9, 10, 0]], series: [
    { label: 'Coconut', colour: 0 }, { label: 'Coconut-BFS', colour: 1, dash: 1 },
    { label: 'proved above, BFS', colour: 1, dash: 2, thin: true }, { label: 'proved below, BFS', colour: 1, dash: 2, thin: true },
    { label: 'μ* (proved)', colour: 2, dash: 3, thin: true }, { label: 'enclosures, Coconut', colour: 0, points: 'small' }, { label: 'enclosures, BFS', colour: 1, points: 'small' },
    { label: 'trained (SGD)', colour: 3, points: 'small' },
    { label: 'proved above, Coconut', colour: 0, dash: 2, thin: true }, { label: 'proved below, Coconut', colour: 0, dash: 2, thin: true }] }),
};

const crowd = new Crowd({ backend: () => backend, state, alphaText });
plots.crowd = crowd.plot;

/** What the verdicts of a claim give as a number, or undefined. */
function proved(id, name) {
  const claim = proofs.claims.find((c) => c.id === id && c.verdict === 'proved');
  return claim?.values?.[name];
}

// —— drawing, at once

function draw() {
  const alpha = Number(alphaText()), until = Number(untilText());
  const profile = profileOf(state.graph, state.step);
  $('step').max = state.graph.path.length - 2;
  $('step').value = state.step;
  $('step-out').textContent = `${state.step} of ${state.graph.path.length - 2}`;
  $('alpha').value = state.alpha;
  $('alpha-out').textContent = alphaText();
  $('until').value = state.until;
  $('until-out').textContent = untilText();
  document.querySelector(`[name=loss][value=${state.loss}]`).checked = true;
  const [times, coconut] = trajectory(profile, alpha, 'coconut', until, POINTS);
  const [, bfs] = trajectory(profile, alpha, 'bfs', until, POINTS);
  drawDrift(profile, alpha, state.loss === 'coconut' ? coconut.at(-1) : bfs.at(-1));
  drawTime(profile, alpha, times, coconut, bfs);
  tell(profile, alpha, coconut.at(-1), bfs.at(-1));
}

function drawDrift(profile, alpha, now) {
  const root = equilibrium(profile, alpha);
  const low = Math.min(-2, now * 1.2, Number.isFinite(root) ? root * 1.5 : 0), high = Math.max(4, now * 1.2, Number.isFinite(root) ? root * 2 : 0);
  const mus = Array.from({ length: POINTS + 1 }, (_, i) => low + (high - low) * i / POINTS);
  const place = Math.round((now - low) / (high - low) * POINTS);
  plots.drift.draw([mus, mus.map((m) => meanDegree(profile, alpha, m)), mus.map((m) => meanDegree(profile, alpha, m, true)), mus.map(() => profile.dstar),
    mus.map((m, i) => (i === place ? meanDegree(profile, alpha, m) : null))]);
}

function drawTime(profile, alpha, times, coconut, bfs) {
  const as = alpha / Math.sqrt(profile.k);
  const bound = (number) => times.map((t) => (number === undefined ? null : Math.log1p(number * t) / (as * profile.dmax)));
  const fresh = proofs.key === key();
  const lower = fresh ? proved('T1a-lower', 'b_lo') : undefined, upper = fresh ? proved('T1a-upper', 'b_hi') : undefined, star = fresh ? proved('T1b', 'mu') : undefined;
  const stepMu = state.graph.path.length; // the highest that any curve needs
  const near = star !== undefined && middle(star) < 3 * Math.max(...coconut, ...bfs, stepMu);
  const enclosed = samples.key === sampleKey() && samples.coconut?.length > 1;
  const within = enclosed ? corridor([[0, 0, 0], ...samples.coconut.map((x) => [Number(x.t), Number(x.mu.lo), Number(x.mu.hi)])], times) : [];
  // the times of enclosures and of the training stand between those of the curves
  const columns = new Map(times.map((t, i) => [t, [coconut[i], bfs[i], bound(upper && Number(upper.hi))[i], bound(lower && Number(lower.lo))[i], near ? middle(star) : null, null, null, null, ...(within[i] ?? [null, null]).toReversed()]]));
  const put = (t, column, value) => {
    if (!columns.has(t)) columns.set(t, Array(COLUMNS).fill(null));
    columns.get(t)[column] = value;
  };
  if (samples.key === sampleKey()) {
    for (const [column, list] of [[5, samples.coconut], [6, samples.bfs]]) for (const s of list ?? []) put(Number(s.t), column, middle(s.mu));
  }
  if (trained?.key === trainKey()) for (const [t, mu] of trained.points) if (t <= times.at(-1)) put(t, 7, mu);
  const rows = [...columns].sort((a, b) => a[0] - b[0]);
  plots.time.draw([rows.map(([t]) => t), ...Array.from({ length: COLUMNS }, (_, j) => rows.map(([, row]) => row[j]))]);
}

/** The question that the page is for, answered in words. */
function tell(profile, alpha, coconut, bfs) {
  const root = equilibrium(profile, alpha);
  const fresh = proofs.key === key();
  const word = (id) => {
    const claim = fresh && proofs.claims.find((c) => c.id === id);
    return claim && claim.verdict !== 'not-applicable' ? ` (${claim.verdict})` : '';
  };
  const { dstar, dmin, dmax, label } = profile;
  let text;
  if (state.loss === 'bfs' && !profile.classes.some((c) => c.a === 0 && c.d === 0)) {
    text = 'Every vertex lies in N_{c+1}: F_in(μ) = F(μ), and nothing pulls at μ under Coconut-BFS.';
  } else if (state.loss === 'bfs') {
    text = `Coconut-BFS accepts every vertex of N_{c+1}. Their mean in-degree F_in(μ) stays above F(μ), the mean over all vertices, as some vertices lie outside: nothing stops μ, which grows like log t${word('T1a')}.`;
  } else if (Number.isFinite(root)) {
    text = `The label is vertex ${label}, with d* = ${dstar} edges from N_c; others have from ${dmin} to ${dmax}. F(μ) rises through d* at μ* ≈ ${shown(root)}: there the pull to the label and the pull of the softmax balance, and μ stops${word('T1b')}.`;
  } else if (Number.isNaN(root)) {
    text = `All vertices have the same in-degree ${dstar} from N_c: nothing pulls at μ.`;
  } else if (root > 0) {
    text = `The label, vertex ${label}, has d* = ${dstar} edges from N_c, and no vertex has more (d_max = ${dmax}): F(μ) stays below d*, and μ does not stop${word('T1b-diverges')}.`;
  } else {
    text = `The label, vertex ${label}, has d* = ${dstar} edges from N_c, no more than the least (d_min = ${dmin}): F(μ) stays above d*, and μ falls without end${word('T1b-diverges')}.`;
  }
  $('story').replaceChildren(scripts(text));
  const star = fresh ? proved('T1b', 'mu') : undefined;
  $('numbers').replaceChildren(scripts(`n = ${profile.n}, K = |N_c| = ${profile.k}, μ'(0) = ${shown(drift(profile, alpha, state.loss, 0))}; μ(${untilText()}) ≈ ${shown(coconut)} Coconut, ${shown(bfs)} Coconut-BFS${star ? `; μ* = ${enclosure(star)}` : ''}`));
}

// —— asking, when the hand rests

const key = () => fileOf(state.graph) + state.step + ' ' + alphaText();
const sampleKey = () => key() + ' ' + untilText();
const trainKey = () => fileOf(state.graph) + state.step + state.loss;
let resting, asking;

let drawing = 0, viewed;

/** Draws with the next frame, once, however many events came before it. */
function changed({ layout = false, quick = false } = {}) {
  if (layout || viewed !== state.step) view.show(state.graph, state.step, layout);
  viewed = state.step;
  drawing ||= requestAnimationFrame(() => { drawing = 0; draw(); });
  stale(true);
  $('assumption-answer').textContent = ''; // was about something else
  clearTimeout(resting);
  asking?.abort();
  resting = setTimeout(rest, quick ? 0 : REST);
}

function stale(is) { $('claims').classList.toggle('stale', is); }

async function rest() {
  crowd.draw();
  if (!backend) return;
  history.replaceState(null, '', '#' + toFragment(state));
  const control = asking = new AbortController();
  const options = { files: { [FILE]: fileOf(state.graph) }, signal: control.signal };
  const at = { proof: key(), sample: sampleKey(), until: untilText() };
  const args = ['theorem', 'all', '--data', FILE, '--step', String(state.step), '--alpha', alphaText(), '--json'];
  $('verdict-status').textContent = 'Proving…';
  try {
    const answer = await backend.ask(args, options);
    if (control.signal.aborted) return;
    theoremAnswer = answer;
    $('command').textContent = commandLine(args);
    if (answer.out === '') {
      $('verdict-status').replaceChildren(said(answer));
      return;
    }
    proofs = { ...JSON.parse(answer.out), key: at.proof };
    showClaims();
    draw();
    const flow = (loss) => backend.ask(['flow', '--data', FILE, '--instance', '0', '--step', String(state.step), '--alpha', alphaText(), '--loss', loss, '--until', at.until, '--samples', String(SAMPLES), '--digits', '12', '--json'], options);
    const both = await Promise.all([flow('coconut'), flow('bfs')]);
    if (control.signal.aborted) return;
    const [coconut, bfs] = both.map((a) => (a.out ? JSON.parse(a.out).samples.map((s) => ({ t: Number(s.t), mu: s.mu })) : []));
    samples = { key: at.sample, coconut, bfs };
    draw();
  } catch (error) {
    if (error.name !== 'AbortError') $('verdict-status').textContent = `The program did not answer: ${error.message}`;
  }
}

function showClaims() {
  stale(false);
  const count = Object.entries(proofs.summary).filter(([, n]) => n > 0).map(([word, n]) => `${n} ${word}`);
  $('verdict-status').textContent = `Step ${state.step}, α = ${alphaText()}: ${count.join(', ')}.`;
  $('claims').tBodies[0].replaceChildren(...proofs.claims.map((c) => el('tr', {},
    el('td', { class: 'mono' }, c.id), ...explained(c).map((cell) => el('td', {}, cell)))));
}

/** What is told of a decided claim: verdict, statement, and why, with its numbers. */
function explained(c) {
  return [verdict(c.verdict), scripts(statements.get(c.id) ?? ''),
    el('div', {}, scripts(c.reason), ...Object.entries(c.values ?? {}).map(([name, number]) => el('div', { class: 'mono' }, scripts(name), ` = ${enclosure(number)}`)))];
}

// —— editing

function edit(action, chosen) {
  const g = state.graph, { vertex, edge } = { ...view.chosen(), ...chosen };
  try {
    const next = edited(g, action, vertex, edge);
    if (!next) return;
    const graph = complete(next);
    use(graph, { layout: true });
    view.choose(action === 'add' ? graph.vertices - 1 : Math.min(vertex ?? edge?.[1] ?? graph.root, graph.vertices - 1));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    $('chosen').textContent = 'Not possible: ' + error.message + '.';
  }
}

/** The graph after an edit, or undefined where there is nothing to edit yet. */
function edited(g, action, vertex, edge) {
  switch (action) {
    case 'add': return { ...g, vertices: g.vertices + 1, edges: vertex === undefined ? g.edges : [...g.edges, [vertex, g.vertices]] };
    case 'join': {
      const there = g.edges.some(([u, v]) => u === edge[0] && v === edge[1]);
      return there ? { ...g, edges: g.edges.filter(([u, v]) => u !== edge[0] || v !== edge[1]) } : { ...g, edges: [...g.edges, edge] };
    }
    case 'delete':
      if (edge) return { ...g, edges: g.edges.filter(([u, v]) => u !== edge[0] || v !== edge[1]) };
      if (vertex === undefined) break;
      if (vertex === g.root || vertex === g.target) throw new InputError('mark another vertex as root or target first');
      return without(g, vertex);
    case 'root': case 'target': case 'other':
      if (vertex !== undefined) return { ...g, [action]: vertex, path: undefined };
  }
  $('chosen').textContent = 'Choose a vertex or an edge first.';
  return undefined;
}

/** Takes another graph. */
function use(graph, { layout = true, keep = true } = {}) {
  if (keep) past.push(state.graph);
  $('undo').disabled = past.length === 0;
  state.graph = graph;
  state.step = Math.min(state.step, graph.path.length - 2);
  trained = null;
  changed({ layout });
}

/** Shows what answers a question: the first graph where its μ stops, and where it does not. */
function example(what) {
  Object.assign(state, { step: what === 'top' ? 0 : 1, alpha: 0, until: 3, loss: what === 'bfs' ? 'bfs' : 'coconut' });
  use(FIRST);
  $(what === 'softmax' ? 'assumptions-title' : 'dials').scrollIntoView();
  if (what === 'softmax') $('ask-attention').click();
}

// —— training beside the theory

let training;
async function train() {
  if (training) {
    training.abort();
    return;
  }
  training = new AbortController();
  $('train').textContent = 'Stop training';
  const at = trainKey(), loss = state.loss, step = state.step, options = { files: { [FILE]: fileOf(state.graph) }, signal: training.signal };
  const say = (text) => { $('train-status').textContent = text; };
  try {
    const describe = await backend.ask(['train', '--preset', 'theory-diagonal', '--data', FILE, '--steps', '1', '--json'], options);
    if (!describe.out) throw new Error(describe.err.trim());
    const { settings } = JSON.parse(describe.out);
    let before = 0, own;
    for (const stage of settings.schedule) {
      if (stage.thoughts === step) { own = stage; break; }
      before += stage.steps;
    }
    // the same run a little further each time: a prefix of it has the same bytes
    for (let steps = Math.min(250, own.steps); ; steps = Math.min(2 * steps, own.steps)) {
      say(`Stochastic gradient descent, ${steps} steps…`);
      const answer = await backend.ask(['train', '--preset', 'theory-diagonal', '--data', FILE, '--loss', loss, '--steps', String(before + steps), '--json'], options);
      if (!answer.out) throw new Error(answer.err.trim());
      const points = JSON.parse(answer.out).series.filter((p) => p.step >= before && p.mu !== undefined && p.stage === JSON.parse(answer.out).series.at(-1).stage);
      trained = { key: at, points: points.map((p) => [(p.step - before) * settings.rate, p.mu]) };
      draw();
      if (steps === own.steps) break;
    }
    say(`${own.steps} steps of batch ${settings.batch} at rate ${settings.rate}, readout gain 1: grey dots beside the curve of ${loss === 'bfs' ? 'Coconut-BFS' : 'Coconut'}${alphaText() === '1' ? '' : ' (set α to 1 to compare)'}.`);
  } catch (error) {
    say(error.name === 'AbortError' ? 'Stopped.' : error.message);
  } finally {
    training = undefined;
    $('train').textContent = 'Train beside it';
  }
}

// —— assumptions

async function without_(args, describe) {
  const box = $('assumption-answer');
  box.textContent = 'Deciding…';
  const at = key();
  try {
    const answer = await backend.ask(args, { files: { [FILE]: fileOf(state.graph) } });
    if (key() !== at) return;
    box.replaceChildren(answer.out ? describe(JSON.parse(answer.out)) : said(answer), ...(answer.out ? [document_(answer, commandLine(args))] : []));
  } catch (error) {
    box.textContent = error.message;
  }
}

const GAINS = ['1/10', '1', '3', '10', '30', '100', '1000']; // beside the one that is asked for

const LOSSES = { coconut: 'Coconut', bfs: 'Coconut-BFS' };
const TURNS = { 'turns once': 'μ turns once (proved)', monotone: 'μ goes one way only (proved)' };
const WORDS = { 'plus-infinity': 'μ → +∞: it does not stop', 'minus-infinity': 'μ → −∞', finite: 'μ stops at a finite value', stationary: 'μ stays where it is' };

function setUpAssumptions() {
  const at = () => ['--data', FILE, '--step', String(state.step)];
  $('ask-attention').onclick = async () => {
    const loss = state.loss, ask = (gain) => ['attention', ...at(), '--loss', loss, '--gain', gain, '--alpha', alphaText(), '--json'], word = (d) => WORDS[d.decisions[0]?.status] ?? 'no decision', linear = WORDS[limitWord()];
    await without_(ask($('gain').value.trim()), (d) => el('div', {}, el('p', {}, `Under ${LOSSES[loss]}, softmax attention, value gain ${d.gain}: ${word(d)}. Linear attention: ${linear}.`), el('ul', { id: 'gains' })));
    const list = $('gains'), files = { [FILE]: fileOf(state.graph) };
    for (const args of list ? GAINS.map(ask) : []) {
      const answer = await backend.ask(args, { files });
      if (answer.out) list.append(el('li', {}, `gain ${JSON.parse(answer.out).gain}: ${word(JSON.parse(answer.out))}`));
    }
  };
  $('ask-overlap').onclick = () => {
    const each = $('matrix').value;
    without_(['overlap', ...at(), '--parametrization', each, '--json'], (d) => el('p', {}, `Under Coconut, with ${$('matrix').selectedOptions[0].textContent}: `
      + (d.population === 'overlap' ? 'the contrasts overlap, so the loss has a finite optimum, and the logits stop.'
        : `the contrasts are ${d.population}, so there is no finite optimum, and the logits grow without bound along a direction that one logit does not have.`)
      + (d.bounded === 0 ? ' With one logit μ is not bounded at this step either.' : ' With one logit μ stops at this step.')));
  };
  $('ask-carry').onclick = () => without_(['theorem', '1', ...at(), '--carry', 'trained', '--alpha', alphaText(), '--json'],
    (d) => el('div', {}, el('p', {}, 'Under Coconut-BFS, with the carry-over trained beside μ:'), decided(d)));
  $('ask-start').onclick = () => without_(['theorem', '1', ...at(), '--start', $('start').value.trim(), '--alpha', alphaText(), '--json'],
    (d) => el('div', {}, el('p', {}, `From μ(0) = ${$('start').value.trim()}, under both losses:`), decided(d)));
  $('ask-overshoot').onclick = () => without_(['overshoot', ...at(), '--gain', $('gain-start').value.trim(), '--alpha', alphaText(), '--json'], (d) => {
    const { status, rises, turn, end, until, reason } = d.decisions[0];
    return el('p', {}, `Under Coconut, softmax attention whose value gain is trained too: ${TURNS[status] ?? status}`
      + (turn ? `, after it ${rises ? 'rises to a peak' : 'falls to a low'} of μ = ${enclosure(turn.mu)} at t = ${enclosure(turn.t)}` : '')
      + (end ? `; the end is μ = ${enclosure(end.mu)}, g = ${enclosure(end.g)}` : `; followed up to t = ${until}`) + (reason ? ` (${reason}).` : '.'));
  });
  $('ask-walk').onclick = () => without_(['theorem', '3', '--data', FILE, '--step', String(state.graph.path.length - 1), '--logit', $('walk').value.trim(), '--json'], (d) => {
    const of = (id) => d.claims.find((c) => c.id === id) ?? {}, { verdict: answer, reason } = of('T3-answer'), v = of('T3-direction').values ?? {};
    const ratios = v.walk_ratio ? ` The logit of reaching, μ_R, ends at ${enclosure(v.walk_ratio)} of that of answering, μ_A; with even thoughts at ${enclosure(v.ratio)}.` : '';
    return el('p', {}, `After ${state.graph.path.length - 1} thoughts of the model itself, does the target win over the other candidate?`, verdict(answer), ` ${reason}.${ratios}`);
  });
  $('ask-label').onclick = () => without_(['equilibrium', '--data', FILE, '--instance', '0', '--step', String(state.step), '--alpha', alphaText(), '--label', $('label').value, '--json'],
    (d) => el('p', {}, `Under Coconut, label from ${$('label').selectedOptions[0].textContent}: ${WORDS[d.status]}${d.mu ? `, μ* = ${enclosure(d.mu)}` : ''}. Signs: ${d.signs ?? '–'}.`));
}

/** The claims of a document that apply, as a table. */
function decided(d) {
  const said = d.claims.filter((c) => c.verdict !== 'not-applicable');
  const rest = d.claims.length - said.length;
  return el('div', {}, table(['Claim', 'Verdict', 'Statement', 'Why'], said.map((c) => [c.id, ...explained(c)])),
  el('p', { class: 'soft' }, rest === 0 ? '' : `Not applicable here: ${rest} more.`));
}

function limitWord() {
  const profile = profileOf(state.graph, state.step);
  if (state.loss === 'bfs') return profile.dmax > 0 && profile.classes.some((c) => c.a === 0 && c.d === 0) ? 'plus-infinity' : 'stationary';
  const root = equilibrium(profile, Number(alphaText()));
  return Number.isFinite(root) ? 'finite' : Number.isNaN(root) ? 'stationary' : root > 0 ? 'plus-infinity' : 'minus-infinity';
}

// —— the beginning

function setUpDials() {
  const bind = (id, set) => $(id).addEventListener('input', (e) => { set(Number(e.target.value)); changed(); });
  bind('step', (x) => { state.step = x; });
  bind('alpha', (x) => { state.alpha = x; });
  bind('until', (x) => { state.until = x; });
  for (const radio of document.querySelectorAll('[name=loss]')) radio.addEventListener('change', () => { state.loss = radio.value; changed(); });
  for (const button of document.querySelectorAll('[data-edit]')) button.onclick = () => (button.dataset.edit === 'join' ? view.join() : edit(button.dataset.edit, {}));
  for (const button of document.querySelectorAll('[data-svg]')) button.onclick = () => download(button.dataset.svg + '.svg', plots[button.dataset.svg].svg(), 'image/svg+xml');
  for (const button of document.querySelectorAll('[data-csv]')) button.onclick = () => download(button.dataset.csv + '.csv', plots[button.dataset.csv].csv(), 'text/csv');
  for (const button of document.querySelectorAll('[data-show]')) button.onclick = () => example(button.dataset.show);
  $('fit').onclick = () => view.fit();
  $('undo').onclick = () => { if (past.length) use(past.pop(), { keep: false }); };
  $('train').onclick = train;
  $('copy-command').onclick = (e) => copy(e.target, $('command').textContent);
  $('save-json').onclick = () => { if (theoremAnswer) download('theorem.json', theoremAnswer.out, 'application/json'); };
  $('share').onclick = (e) => copy(e.target, location.href.replace(/#.*/, '') + '#' + toFragment(state));
  $('instance').onchange = (e) => { if (e.target.value !== '') use(suite[Number(e.target.value)]); };
}

function choices(list, name, source = 'own') {
  suite = list;
  crowd.take(list, source);
  $('instance').replaceChildren(el('option', { value: '' }, name), ...list.slice(0, 400).map((g, i) => el('option', { value: String(i) }, `${i}: ${g.vertices} vertices, ${g.path.length - 1} hops`)));
}

function take() {
  const shared = fromFragment(location.hash);
  if (shared) Object.assign(state, shared);
  return shared;
}

async function begin() {
  const shared = take();
  setUpDials();
  setUpAssumptions();
  choices([], shared ? 'from the link' : 'an example');
  changed({ layout: true });
  window.addEventListener('hashchange', () => { if (location.hash !== '#' + toFragment(state) && take()) changed({ layout: true }); });
  try {
    backend = await connect((part) => { $('backend').textContent = `Loading the program: ${Math.round(100 * part)} %`; });
    clearTimeout(resting); // what it would ask for is asked for here
    await rest();
    setUp({ backend: () => backend, state, use: (g, list, name) => { if (list) choices(list, name); use(g); } });
    const list = await backend.ask(['list', '--json']);
    statements = new Map(JSON.parse(list.out).claims.map((c) => [c.id, c.statement]));
    if (proofs.key) showClaims();
    if (suite.length === 0) {
      const builtIn = await backend.ask(['data', 'show', 'built-in', '--as', 'own']);
      choices(parseInstances(builtIn.out), shared ? 'from the link' : 'an example', 'built-in');
    }
    await backend.ready();
    $('backend').textContent = `Computed by the program itself, ${backend.name === 'native' ? 'on this machine' : 'in this browser'}.`;
  } catch (error) {
    $('backend').textContent = `The program cannot be reached: ${error.message}`;
  }
}

begin();
