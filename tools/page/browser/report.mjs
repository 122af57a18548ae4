// node report.mjs REPORT.html FOLDER [PRINTED], see report.sh.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import puppeteer from 'puppeteer-core';

const [, , file, folder, printed = '12'] = process.argv;
const url = 'file://' + resolve(file);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const patience = 60000;
let failures = 0;
const check = (ok, ...what) => {
  if (!ok) {
    failures++;
    console.log('FAILED', ...what);
  }
};

async function opened(browser, width, scheme, script = true) {
  const page = await browser.newPage();
  page.on('console', (m) => check(false, 'console:', m.text(), m.location().url));
  page.on('pageerror', (e) => check(false, 'error:', e.stack ?? e.message));
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url);
  return page;
}

const text = (page, selector) => page.$eval(selector, (e) => e.textContent);
const cells = (page, column) => page.$$eval('#rows-box tbody tr', (rows, k) => rows.map((r) => r.cells[k]?.textContent ?? ''), column);
const settle = () => new Promise((done) => setTimeout(done, 250));

async function say(page, words) {
  await page.$eval('#rows-words', (e, w) => { e.value = w; e.dispatchEvent(new Event('input')); }, words);
  await settle();
  return text(page, '#rows-box [role=status]');
}

async function useTable(page, name) {
  const heads = await page.$$eval('#rows-box th', (all) => all.map((e) => e.textContent));
  const column = (n) => heads.indexOf(n);
  const all = await say(page, '');
  const press = async (words) => { await (await page.$(`#rows-box ::-p-text(${words})`)).click(); await settle(); };
  for (const head of ['K', 'μ*'].filter((h) => column(h) >= 0)) {
    for (const order of [1, -1]) {
      await page.$$eval('#rows-box th button', (buttons, k) => buttons[k].click(), column(head));
      const list = (await cells(page, column(head))).map((x) => parseFloat(x)).filter((x) => !Number.isNaN(x));
      check(list.length > 0 && list.every((x, i) => i === 0 || order * (x - list[i - 1]) >= 0), name, 'sorted by', head, list.slice(0, 5).join(' '));
    }
  }
  await say(page, 'K>=5 step=1');
  check((await cells(page, column('K'))).every((k) => Number(k) >= 5) && (await cells(page, column('step'))).every((s) => s === '1'), name, 'K>=5 step=1');
  const instance = (await cells(page, column('instance')))[0] ?? '0';
  await say(page, instance);
  check((await cells(page, column('instance'))).every((x) => x === instance), name, 'one instance');
  check(/expected/.test(await say(page, 'nonsense=1')), name, 'says what it expects');
  check(/expected/.test(await say(page, '<script>')), name, 'says what it expects of signs');
  check((await say(page, '')) !== '' && (await text(page, '#rows-box [role=status]')).endsWith(all.split('of ').at(-1)), name, 'all again');
  await press('last');
  const end = await text(page, '#rows-box [role=status]');
  await press('first');
  check(end !== await text(page, '#rows-box [role=status]') || !/–50 /.test(end), name, 'pages');
  return column;
}

/** The profile that the script makes of a graph is that of the row. */
async function useDetail(page, name, column) {
  await say(page, 'd_max>=1');
  let looked = 0;
  for (let k = 0; k < 12; k++) {
    const row = await page.$$eval('#rows-box tbody tr', (rows, at) => rows[at] && [...rows[at].cells].map((c) => c.textContent), k);
    if (!row) break;
    await page.$$eval('#rows-box tbody a', (links, at) => links[at].click(), k);
    await page.waitForFunction((i) => document.getElementById('detail-title')?.textContent.includes(`instance ${i},`), { timeout: patience }, row[column('instance')]);
    await settle();
    const said = await page.$eval('#detail tbody td', (e) => e.textContent);
    const want = `n = ${row[column('n')]}, K = ${row[column('K')]}, d* = ${row[column('d*')]}, d from ${row[column('d_min')]} to ${row[column('d_max')]}`;
    check(said === want, name, 'profile', said, 'expected', want);
    check(await page.$$eval('#detail svg.figure', (l) => l.length) === 2, name, 'graph and flow');
    check(await page.$$eval('#detail table', (l) => l.length) === 2, name, 'profile and verdicts');
    looked++;
  }
  check(looked > 0, name, 'no row was looked at');
  const hash = await page.evaluate(() => location.hash);
  await page.reload();
  await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined, { timeout: patience });
  check(await page.$eval('#detail', (e) => !e.hidden), name, 'the address opens', hash);
}

async function useFigures(page, name) {
  const figures = await page.$$('svg[data-plot]');
  check(figures.length > 0, name, 'no figure');
  for (const figure of figures.slice(0, 6)) {
    await figure.scrollIntoView();
    const box = await figure.boundingBox(), said = () => figure.evaluate((e) => e.nextElementSibling.querySelector('output').textContent);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    check(/ = /.test(await said()), name, 'value under the pointer:', await said());
    const whole = await figure.evaluate((e) => e.getAttribute('viewBox'));
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6, { steps: 3 });
    await page.mouse.up();
    check(await figure.evaluate((e) => e.getAttribute('viewBox')) !== whole, name, 'zoom by the mouse');
    await figure.evaluate((e) => e.focus());
    await page.keyboard.press('Escape');
    check(await figure.evaluate((e) => e.getAttribute('viewBox')) === whole, name, 'all by Escape');
    await page.keyboard.press('ArrowRight');
    const before = await said();
    await page.keyboard.press('ArrowRight');
    check(await said() !== before || before !== '', name, 'values by keys');
    await page.keyboard.press('+');
    check(await figure.evaluate((e) => e.getAttribute('viewBox')) !== whole && /^shown: /.test(await said()), name, 'zoom by keys');
    await page.keyboard.press('Escape');
  }
}

async function wide(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(over <= 0, name, 'is wider than the window by', over, over > 0 && await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => !e.closest('.scroll, .formula, svg') && e.getBoundingClientRect().right > innerWidth + 1).map((e) => `${e.tagName}#${e.id}.${e.className}`).slice(0, 8).join(' ')));
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run());
  for (const v of found.violations) {
    const serious = v.impact === 'serious' || v.impact === 'critical';
    if (serious) check(false, name, 'axe:', v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | '));
  }
  console.log(`${name}: axe-core passes ${found.passes.length} rules, ${found.violations.length} violations (${found.violations.map((v) => v.id + ' ' + v.impact).join(', ')})`);
}

const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], headless: true, protocolTimeout: 600000 });
for (const [width, scheme] of [[1280, 'light'], [390, 'dark'], [390, 'light'], [1280, 'dark']]) {
  const name = `${width} ${scheme}`;
  const page = await opened(browser, width, scheme);
  const hasRows = await page.$('#rows') !== null;
  if (hasRows) await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined, { timeout: patience });
  const paint = await page.evaluate(() => [performance.getEntriesByName('first-contentful-paint')[0]?.startTime, performance.now()].map((t) => Math.round(t)));
  console.log(`${name}: first paint after ${paint[0]} ms, all rows before ${paint[1]} ms; ${statSync(file).size} bytes`);
  if (hasRows && scheme === 'light') {
    const column = await useTable(page, name);
    await useDetail(page, name, column);
  }
  if (width === 1280) await useFigures(page, name);
  await accessible(page, name);
  await wide(page, name);
  await page.screenshot({ path: join(folder, `report-${width}-${scheme}.png`), fullPage: true });
  await page.close();
}
const plain = await opened(browser, 1280, 'light', false);
const rows = (await plain.$$('#rows-box tbody tr')).length;
console.log(`without a script: ${rows} rows`);
await wide(plain, 'without a script');
await plain.close();
const page = await opened(browser, 1280, 'light');
await settle();
const pdf = Buffer.from(await page.pdf({ format: 'A4', preferCSSPageSize: false }));
writeFileSync(join(folder, 'report.pdf'), pdf);
const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
console.log(`${pages} printed pages`);
check(pages > 0 && pages <= Number(printed), 'printed on', pages, 'pages, expected at most', printed);
await browser.close();
console.log(failures === 0 ? `all fine; pictures in ${folder}` : `${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
