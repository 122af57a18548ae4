// Answers of the program for people. Text enters the page as text only.

/** An element with attributes and children, which are elements or text. */
export function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') e.addEventListener('click', value);
    else e.setAttribute(key, value);
  }
  e.append(...children);
  return e;
}

/** A text such as "d_max ≥ y^{d*}, N_{c+1}" with real subscripts and superscripts. */
export function scripts(text) {
  const out = document.createDocumentFragment();
  let end = 0;
  for (const m of text.matchAll(/(?<=[\p{L}\p{N}*)])([_^])(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([\p{L}\p{N}]+))/gu)) {
    out.append(text.slice(end, m.index), el(m[1] === '_' ? 'sub' : 'sup', {}, scripts(m[2] ?? m[3])));
    end = m.index + m[0].length;
  }
  out.append(text.slice(end));
  return out;
}

const MARKS = { proved: '✓', consistent: '≈', refuted: '✗', inconsistent: '✗', 'not-applicable': '–', undecided: '?' };

/** A verdict with its mark and colour. */
export function verdict(word) {
  return el('span', { class: 'verdict ' + (word in MARKS ? word : '') }, (MARKS[word] ?? '') + ' ' + word);
}

/** An enclosure as its common digits, with the uncertain end in brackets. */
export function enclosure(number) {
  if (number === undefined || number === null) return '–';
  if (typeof number !== 'object') return String(number);
  const { lo, hi } = number;
  if (lo === hi) return lo;
  let same = 0;
  while (same < lo.length && lo[same] === hi[same]) same++;
  const text = lo.length === hi.length && !/e/i.test(lo + hi) && same > 0 ? `${lo.slice(0, same)}[${lo.slice(same)},${hi.slice(same)}]` : `[${lo}, ${hi}]`;
  return number.evidence === 'approximate' ? text + ' (approximate)' : text;
}

/** The middle of an enclosure in float64, for drawing. */
export const middle = (number) => (Number(number.lo) + Number(number.hi)) / 2;

/** A table of texts and elements. */
export function table(heads, rows) {
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': heads.join(', ') }, el('table', {},
    el('thead', {}, el('tr', {}, ...heads.map((h) => el('th', { scope: 'col' }, h)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, cell ?? '–')))))));
}

/** What the program said on standard error, without its name. */
export function said(answer) {
  const text = answer.err.trim().replaceAll(/^verify: /gm, '');
  return el('p', { class: answer.code === 0 ? 'soft' : 'error' }, text || `exit code ${answer.code}`);
}

/** The document itself, folded, with the command that makes it again. */
export function document_(answer, line) {
  return el('details', {}, el('summary', {}, 'Document and command'), el('pre', {}, line), el('pre', {}, answer.out.slice(0, 20000) + (answer.out.length > 20000 ? '\n…' : '')),
    el('button', { type: 'button', onclick: () => download('answer.json', answer.out, 'application/json') }, 'Save'));
}

/** Has the browser save a text. */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const a = el('a', { href: url, download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Puts a text on the clipboard, and says so on the button for a moment. */
export async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'The browser does not allow it';
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}
