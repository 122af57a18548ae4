// node page.mjs PROGRAM SITE REQUESTS FOLDER, see run.sh.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import puppeteer from 'puppeteer-core';

const [, , program, site, requestsFile, folder] = process.argv;
const requests = JSON.parse(readFileSync(requestsFile, 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let failures = 0;
const check = (ok, ...what) => {
  if (!ok) {
    failures++;
    console.log('FAILED', ...what);
  }
};
const patience = 60000;

/** What the command line prints for a request, but for the arithmetic that it names. */
function onCommandLine(request) {
  const dir = mkdtempSync(join(tmpdir(), 'request-'));
  for (const [name, text] of Object.entries(request.files ?? {})) writeFileSync(join(dir, name), text);
  const said = spawnSync(program, request.args, { cwd: dir, input: Buffer.from(request.stdin ?? '', 'base64'), encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: said.status, out: said.stdout, err: said.stderr };
}

const plain = (out) => out.replace(/ {2}"arithmetic": \{[^}]*\},\n/, '').replace(/ --kernel=\w+/, '');

function serve() {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', (line) => resolve([String(line).trim(), () => child.kill()]));
    child.once('exit', () => reject(new Error('verify serve has ended')));
  });
}

/** A static server that knows nothing of the page. */
function serveStatic() {
  const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json' };
  const server = createServer((request, answer) => {
    const name = normalize(new URL(request.url, 'http://x').pathname);
    try {
      const text = readFileSync(join(site, name === '/' ? 'index.html' : name));
      answer.writeHead(200, { 'Content-Type': types[extname(name === '/' ? '.html' : name)] ?? (name === '/' ? 'text/html' : 'application/octet-stream'), 'Content-Length': text.length }).end(text);
    } catch {
      answer.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve([`http://127.0.0.1:${server.address().port}/`, () => { server.closeAllConnections(); server.close(); }]));
  });
}

async function newPage(browser, width, scheme) {
  const page = await browser.newPage();
  page.on('console', (m) => check(false, 'console:', m.text(), m.location().url));
  page.on('pageerror', (e) => check(false, 'error:', e.stack ?? e.message));
  page.on('request', (r) => check(/^(http:\/\/127\.0\.0\.1:|blob:|data:)/.test(r.url()), 'asks another host:', r.url()));
  await page.setViewport({ width, height: 900, hasTouch: width < 500 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  return page;
}

/** Opens the page anew. */
async function opened(page, url, name) {
  await page.goto('about:blank');
  const begin = Date.now();
  await page.goto(url);
  await page.waitForSelector('#claims tbody tr', { timeout: patience });
  const first = Date.now() - begin;
  await page.waitForFunction(() => document.querySelector('#instance').options.length > 10, { timeout: patience });
  const screen = Date.now() - begin;
  await page.$eval('#alpha', (e) => { e.value = 0.3; e.dispatchEvent(new Event('input')); });
  await page.waitForFunction(() => document.querySelector('#verdict-status').innerText.includes('α = 2:'), { timeout: patience });
  console.log(`${name}: first answer after ${first} ms, all of the first screen after ${screen} ms, an answer to another α, by the program itself, after ${Date.now() - begin} ms`);
  await page.goto('about:blank');
  await page.goto(url);
  await page.waitForSelector('#claims tbody tr', { timeout: patience });
  await page.waitForFunction(() => document.querySelector('#instance').options.length > 10, { timeout: patience });
}

async function compareBytes(page, name) {
  let same = 0;
  for (const request of requests) {
    const expected = onCommandLine(request);
    const got = await page.evaluate(async (r) => {
      const { connect } = await import('./ask.js');
      globalThis.asked ??= await connect();
      const stdin = new TextDecoder().decode(Uint8Array.from(atob(r.stdin ?? ''), (c) => c.charCodeAt(0)));
      return globalThis.asked.ask(r.args, { files: r.files, stdin });
    }, request);
    const unknown = request.args[0] === 'therem'; // the page has a shorter list of commands
    const build = request.args[0] === 'version'; // another platform, other modules
    const ok = got.code === expected.code && (build || plain(got.out) === plain(expected.out)) && (unknown || got.err === expected.err);
    check(ok, name, request.args.join(' '), got.code, expected.code, got.err, expected.err);
    if (ok) same++;
  }
  console.log(`${name}: ${same} of ${requests.length} requests answered as by the command line`);
}

/** The curves that are drawn at once lie where the program encloses them. */
async function compareCurves(page, name) {
  const worst = await page.evaluate(async () => {
    const { profileOf, complete } = await import('./graph.js');
    const { trajectory } = await import('./flow.js');
    let worst = 0, count = 0;
    for (const r of (await (await fetch('first.json')).json()).filter((x) => x.args[0] === 'flow')) {
      const graph = complete(JSON.parse(r.files['graph.json'])), answer = await globalThis.asked.ask(r.args, { files: r.files });
      const value = (flag) => r.args[r.args.indexOf(flag) + 1];
      const [, mus] = trajectory(profileOf(graph, Number(value('--step'))), Number(value('--alpha')), value('--loss'), Number(value('--until')), 24);
      JSON.parse(answer.out).samples.forEach((s, i) => { count++; worst = Math.max(worst, Math.abs(mus[i + 1] - Number(s.mu.lo))); });
    }
    return count === 48 ? worst : NaN;
  });
  check(worst < 1e-5, name, 'the curves are off by', worst);
  console.log(`${name}: the curves are within ${worst} of the enclosures`);
}

/** Does what a person does. */
async function use(page, name) {
  const text = (selector) => page.$eval(selector, (e) => e.innerText);
  const until = async (what, selector, pattern) => {
    try {
      await page.waitForFunction((s, p) => new RegExp(p).test(document.querySelector(s).innerText), { timeout: patience }, selector, pattern.source);
    } catch {
      check(false, name, what, `${selector}: ${await text(selector)}`);
    }
  };
  const open = (id) => page.$eval(id, (e) => { e.open = true; });
  const put = (selector, value) => page.$eval(selector, (e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }, value);
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };

  await until('the first graph stops', '#story', /stops \(proved\)/);
  for (const id of ['#why', '#when', '#what']) await open(id);
  const show = (what) => page.$eval(`[data-show=${what}]`, (e) => e.click());
  await show('top');
  await until('a label with the most edges', '#story', /no vertex has more.*does not stop \(proved\)/);
  await show('bfs');
  await until('the other loss', '#story', /nothing stops μ.*\(proved\)/);
  await show('softmax');
  await until('softmax at several gains', '#assumption-answer', /gain 1: μ → \+∞[^]*gain 10: μ stops[^]*gain 1000: μ stops/);
  await show('stop');
  await until('and back', '#story', /stops \(proved\)/);
  await page.focus('#alpha');
  await press(...Array(10).fill('ArrowRight'));
  await until('α follows the keyboard', '#verdict-status', /α = 1.58/);
  const slider = await (await page.$('#alpha')).boundingBox();
  await page.mouse.move(slider.x + slider.width * 0.6, slider.y + slider.height / 2);
  await page.mouse.down();
  for (let i = 0; i <= 20; i++) await page.mouse.move(slider.x + slider.width * (0.6 - i * 0.02), slider.y + slider.height / 2);
  await page.mouse.up();
  await until('α follows the mouse', '#verdict-status', /α = 0\.\d+:/);
  await page.click('[name=loss][value=bfs]');
  await until('the other loss does not stop', '#story', /nothing stops μ.*\(proved\)/);
  await page.click('[name=loss][value=coconut]');

  await page.focus('#graph');
  await press('ArrowRight', 'a');
  await until('a vertex is added', '#chosen', /^Vertex 12: 1 hops/);
  await press('ArrowRight', 'ArrowRight', 'j', 'ArrowRight', 'ArrowRight', 'Enter');
  await until('two are joined', '#verdict-status', /^Step/);
  await press('o');
  await page.click('#undo');
  await press('Tab');
  await until('the root is kept', '#chosen', /./);

  await open('#own-data');
  await put('#data-text', '# root 0 target 3\n0 1\n1 2\n2 3\n1 x\n');
  await page.click('#data-use');
  await until('a broken edge list is refused', '#data-answer', /line 5: expected two vertices/);
  await put('#data-text', '# root 0 target 3\n0 1\n1 2\n2 3\n4 5\n');
  await page.click('#data-use');
  await until('an edge list is taken', '#data-answer', /One graph/);
  await put('#data-text', '[{"vertices":3,"edges":[[0,1]],"root":0,"target":1,"other":2,"<img src=x onerror=alert(1)>":1}]');
  await page.click('#data-use');
  await until('JSON is taken', '#data-answer', /One graph/);
  await page.select('#instance', '0');

  await page.click('#ask-attention');
  await until('softmax attention', '#assumption-answer', /Under Coconut, softmax attention, value gain 1: [^]*gain 1000: /);
  await page.click('#ask-overlap');
  await until('the full matrix', '#assumption-answer', /full score matrix/);
  await page.click('#ask-label');
  await until('another label', '#assumption-answer', /Under Coconut, label from/);
  await page.select('#matrix', 'vertex');
  await page.click('#ask-overlap');
  await until('a logit for every symbol', '#assumption-answer', /one for every symbol: the contrasts/);
  await page.click('#ask-overshoot');
  await until('a trained gain', '#assumption-answer', /value gain is trained too: (μ|undecided)/);
  await page.click('#ask-carry');
  await until('a trained carry-over', '#assumption-answer', /A18-[^]*(proved|not-applicable)/);
  await page.click('#ask-start');
  await until('another start', '#assumption-answer', /T1a-start[^]*proved/);
  await page.click('#ask-walk');
  await until('walk weights', '#assumption-answer', /thoughts of the model itself.*(proved|not-applicable)/);
  await page.click('#ask-population');
  await until('all instances', '#crowd-answer', /One μ for all \d+: it/);

  await open('#own-theory');
  await page.select('#theory-example', 'modes.star');
  await page.waitForFunction(() => document.querySelector('#theory-text').value.includes('linear network'), { timeout: patience });
  await page.click('#theory-check');
  await until('a theory is checked', '#theory-answer', /proved/);
  await put('#theory-text', 'theory("<b>x</b>")\nx = state("x", start = 1)\nflow(x, -y)\n');
  await page.click('#theory-check');
  await until('an error has a line', '#theory-answer', /:3:10: undefined: y/);
  const place = await page.$eval('#theory-text', (e) => e.value.slice(e.selectionStart, e.selectionEnd));
  check(place === 'y)', name, 'the error is chosen in the text:', place);

  await page.select('#theory-example', 'modes.star');
  await page.waitForFunction(() => document.querySelector('#theory-text').value.includes('linear network'), { timeout: patience });
  await page.click('#theory-train');
  await until('a theory is trained', '#theory-answer', /w\[0\][^]*consistent[^]*%/);
  check(await page.$eval('#descent', (e) => !e.hidden && e.querySelector('canvas') !== null), name, 'the training is drawn');

  await open('#own-run');
  const run = requests.find((r) => r.args[0] === 'compare');
  await put('#run-text', run.files['run.csv']);
  await page.click('#run-compare');
  await until('a run is compared', '#run-answer', /growing|still|undecided/);

  await open('#own-sentence');
  await put('#conclusion', 'mu < 1e9'); // which takes long
  await page.click('#hunt');
  await page.waitForSelector('[data-stop=hunt]:not([hidden])', { timeout: patience });
  await page.click('[data-stop=hunt]');
  await until('a hunt is stopped', '#hunt-answer', /Stopped/);
  await put('#conclusion', 'mu < 5');
  await page.click('#hunt');
  await until('a hunt finds', '#hunt-answer', /refuted/);

  await page.click('#train');
  await until('a training ends', '#train-status', /beside the curve/);
  const told = () => page.evaluate(() => ['#command', '#story', '#verdict-status', '#step-out', '#alpha-out', '#until-out'].map((s) => document.querySelector(s).innerText));
  const link = await page.evaluate(() => location.href), before = await told();
  check(link.length < 8000 && link.includes('#'), name, 'the address holds the state', link.length);
  await page.goto('about:blank');
  await page.goto(link);
  await until('a link opens', '#verdict-status', /^Step/);
  check(JSON.stringify(await told()) === JSON.stringify(before), name, 'a link shows something else:', before, await told());
}

/** What is saved is what is shown. */
async function save(page, name) {
  const dir = mkdtempSync(join(tmpdir(), 'saved-'));
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: dir });
  for (const [selector, file, good] of [['[data-svg=drift]', 'drift.svg', /^<svg [^]*<text[^]*<polyline[^]*<\/svg>\n$/], ['[data-svg=time]', 'time.svg', /^<svg [^]*<polyline/], ['[data-csv=time]', 'time.csv', /^"t = learning rate × steps","Coconut"[^]*\n(.*,){8}.*\n/],
    ['[data-csv=crowd]', 'crowd.csv', /^"μ\* of an instance alone"/], ['#save-json', 'theorem.json', /^\{\n {2}"schema": "muflow\/theorem\/1"/]]) {
    await page.$eval(selector, (e) => e.click());
    let text = '';
    for (let i = 0; i < 100 && !text; i++) {
      await new Promise((go) => setTimeout(go, 100));
      try { text = readFileSync(join(dir, file), 'utf8'); } catch { /* not there yet */ }
    }
    check(good.test(text), name, file, text.slice(0, 200));
    if (file.endsWith('.svg')) check(await page.evaluate((t) => new DOMParser().parseFromString(t, 'image/svg+xml').querySelector('parsererror') === null, text), name, file, 'is no XML');
  }
}

/** From the beginning to the end by the Tab key, and what the keys do there. */
async function keyboard(page, name) {
  await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); getSelection().removeAllRanges(); });
  const seen = [];
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement, css = getComputedStyle(e);
      return [e.id || e.dataset.edit || e.dataset.svg || e.className || e.tagName, css.outlineStyle !== 'none' || e === document.body];
    });
    if (at[0] === 'BODY') break;
    seen.push(at[0]);
    check(at[1], name, 'no focus is seen on', at[0]);
    if (at[0] === 'alpha') await page.keyboard.press('ArrowRight');
    if (at[0] === 'own-theory') await page.keyboard.press('Enter');
  }
  for (const id of ['step', 'alpha', 'until', 'instance', 'graph', 'add', 'other', 'drift', 'train', 'time', 'copy-command', 'save-json', 'share', 'ask-population', 'gain', 'ask-attention', 'gain-start', 'ask-overshoot', 'matrix', 'ask-overlap', 'label', 'ask-label', 'walk', 'ask-walk', 'ask-carry', 'start', 'ask-start']) {
    check(seen.includes(id), name, 'the keyboard does not reach', id);
  }
  check(seen[0] === 'skip' && seen.length > 35, name, 'the way of the keyboard:', seen.join(' '));
  console.log(`${name}: the Tab key goes to ${seen.length} places`);
}

/** Frames while a hand drags: how many come, and what script and layout take of each. */
async function frames(page, name) {
  await page.$eval('#alpha', (e) => e.scrollIntoView({ block: 'center' }));
  const slider = await (await page.$('#alpha')).boundingBox(), y = slider.y + slider.height / 2;
  const metrics = async () => { const m = await page.metrics(); return 1000 * (m.ScriptDuration + m.LayoutDuration + m.RecalcStyleDuration); };
  await page.evaluate(() => {
    globalThis.stamps = [];
    const note = (t) => { globalThis.stamps.push(t); globalThis.noting = requestAnimationFrame(note); };
    requestAnimationFrame(note);
  });
  const before = await metrics();
  await page.mouse.move(slider.x + slider.width * 0.3, y);
  await page.mouse.down();
  for (let i = 0; i <= 120; i++) await page.mouse.move(slider.x + slider.width * (0.5 + 0.25 * Math.sin(i / 8)), y);
  const stamps = await page.evaluate(() => { cancelAnimationFrame(globalThis.noting); return globalThis.stamps; });
  const work = (await metrics() - before) / stamps.length;
  await page.mouse.up();
  const gaps = stamps.slice(1).map((t, i) => t - stamps[i]).sort((a, b) => a - b);
  console.log(`${name}: ${stamps.length} frames while dragging, ${(1000 * gaps.length / (stamps.at(-1) - stamps[0])).toFixed(0)} a second; median ${gaps[gaps.length >> 1].toFixed(1)} ms, of which script and layout ${work.toFixed(1)} ms`);
}

/** Serious faults of accessibility. */
async function accessible(page, name) {
  await page.$$eval('details', (all) => all.forEach((d) => { d.open = true; }));
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run());
  for (const v of found.violations) {
    const serious = v.impact === 'serious' || v.impact === 'critical';
    if (serious) check(false, name, 'axe:', v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(' | '));
  }
  console.log(`${name}: axe-core passes ${found.passes.length} rules, ${found.violations.length} violations`);
}

const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], headless: true });
for (const [back, start] of [['native', serve], ['WebAssembly', serveStatic]]) {
  const [url, stop] = await start();
  for (const [width, scheme] of back === 'native' ? [[1280, 'light'], [390, 'dark']] : [[1280, 'dark'], [390, 'light']]) {
    const name = `${back} ${width} ${scheme}`;
    const page = await newPage(browser, width, scheme);
    await opened(page, url, name);
    if (width === 1280) {
      await compareBytes(page, name);
      await compareCurves(page, name);
      await keyboard(page, name);
      await frames(page, name);
      await opened(page, url, name);
    }
    await use(page, name);
    await save(page, name);
    await accessible(page, name);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, name, 'is wider than the window by', over, over > 0 && await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth).map((e) => `${e.tagName}#${e.id}.${e.className}`).slice(0, 8).join(' ')));
    if (width === 390) check(await page.$eval('#claims', (e) => e.parentElement.scrollWidth <= e.parentElement.clientWidth), name, 'the verdicts are cut');
    await page.screenshot({ path: join(folder, `${back}-${width}-${scheme}.png`), fullPage: true });
    await page.close();
  }
  stop();
}
await browser.close();
console.log(failures === 0 ? `all fine; pictures in ${folder}` : `${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
