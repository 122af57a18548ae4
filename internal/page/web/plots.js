// The two plots, and the same curves as SVG and CSV. uPlot draws.
/* global uPlot */

const DASHES = [[], [8, 5], [2, 4], [10, 4, 2, 4]];

function colours() {
  const css = getComputedStyle(document.documentElement);
  const of = (name) => css.getPropertyValue(name).trim();
  return { ink: of('--ink'), line: of('--line'), list: [of('--in'), of('--new'), of('--ink'), of('--soft')] };
}

/** A plot of columns over a common first one, redrawn as they change. */
export class Plot {
  /** series: {label, colour: 0–3, dash: 0–3, thin, points, steps} for each column after the first; bands: [above, below, colour] by columns. */
  constructor(element, { x, y, series, bands = [] }) {
    Object.assign(this, { element, x, y, series, bands, data: null, chart: null });
    new ResizeObserver(() => this.resize()).observe(element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
  }

  size() {
    const width = Math.max(240, this.element.clientWidth);
    return { width, height: Math.round(Math.min(300, Math.max(220, width * 0.55))) };
  }

  redraw() {
    this.chart?.destroy();
    this.chart = null;
    if (this.data) this.draw(this.data);
  }

  resize() {
    const { width, height } = this.size();
    if (this.chart && (this.chart.width !== width || this.chart.height !== height)) this.chart.setSize({ width, height });
  }

  draw(data) {
    this.data = data;
    if (this.chart) {
      this.chart.setData(data);
      return;
    }
    const c = colours();
    const axis = (label) => ({ label, stroke: c.ink, grid: { stroke: c.line, width: 1 }, ticks: { stroke: c.line }, labelSize: 22, labelFont: '13px system-ui', font: '12px system-ui', size: label === this.y ? 56 : 40 });
    this.chart = new uPlot({
      ...this.size(),
      scales: { x: { time: false } },
      axes: [axis(this.x), axis(this.y)],
      legend: { live: true, markers: { dash: (_, i) => ['solid', 'dashed', 'dotted', 'dashed'][this.series[i - 1]?.dash ?? 0] } },
      cursor: { drag: { x: true, y: false } },
      series: [{ label: this.x, value: (_, v) => shown(v) }, ...this.series.map((s) => ({
        label: s.label, stroke: c.list[s.colour], dash: DASHES[s.dash ?? 0], width: s.points ? 0 : s.thin ? 1 : 2.2,
        points: { show: Boolean(s.points), size: s.points === 'small' ? 4 : 7, fill: c.list[s.colour], stroke: c.list[s.colour] },
        paths: s.points ? () => null : s.steps ? uPlot.paths.stepped({ align: 1 }) : undefined, spanGaps: !s.points, value: (_, v) => shown(v),
      }))],
      bands: this.bands.map(([above, below, colour]) => ({ series: [above, below], fill: c.list[colour] + '33' })),
    }, data, this.element);
  }

  /** The curves as a table, the first column first. */
  csv() {
    const head = [this.x, ...this.series.map((s) => s.label)].map((s) => `"${s}"`).join(',');
    const rows = this.data[0].map((_, i) => this.data.map((column) => column[i] ?? '').join(','));
    return [head, ...rows].join('\n') + '\n';
  }

  /** The curves as a drawing of its own, text as text. */
  svg() {
    const [width, height, left, top] = [640, 400, 60, 20];
    const right = width - 15, bottom = height - 55 - 16 * Math.ceil(this.series.length / 2);
    const xs = this.data[0], ys = this.data.slice(1).flat().filter((v) => Number.isFinite(v));
    const [x0, x1] = [Math.min(...xs), Math.max(...xs)], [y0, y1] = [Math.min(...ys), Math.max(...ys)];
    const px = (x) => (left + (right - left) * (x - x0) / (x1 - x0 || 1)).toFixed(1);
    const py = (y) => (bottom - (bottom - top) * (y - y0) / (y1 - y0 || 1)).toFixed(1);
    const paper = ['#0072b2', '#e69f00', '#1b1f24', '#57606a'];
    const text = (x, y, t, anchor = 'middle') => `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(t)}</text>`;
    const parts = [`<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="#888"/>`];
    for (let i = 0; i <= 4; i++) {
      const x = x0 + (x1 - x0) * i / 4, y = y0 + (y1 - y0) * i / 4;
      parts.push(text(px(x), bottom + 16, shown(x)), text(left - 6, Number(py(y)) + 4, shown(y), 'end'));
    }
    parts.push(text((left + right) / 2, bottom + 34, this.x), `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(this.y)}</text>`);
    this.series.forEach((s, j) => {
      const points = xs.map((x, i) => [x, this.data[j + 1][i]]).filter(([, y]) => Number.isFinite(y));
      const colour = paper[s.colour];
      const lx = left + (j % 2) * 290, ly = bottom + 54 + 16 * Math.floor(j / 2);
      if (s.points) {
        parts.push(...points.map(([x, y]) => `<circle cx="${px(x)}" cy="${py(y)}" r="2.5" fill="${colour}"/>`), `<circle cx="${lx + 14}" cy="${ly - 4}" r="3" fill="${colour}"/>`);
      } else {
        const style = `fill="none" stroke="${colour}" stroke-width="${s.thin ? 1 : 2}" stroke-dasharray="${DASHES[s.dash ?? 0].join(' ')}"`;
        parts.push(`<polyline points="${(s.steps ? stairs(points) : points).map(([x, y]) => px(x) + ',' + py(y)).join(' ')}" ${style}/>`, `<line x1="${lx}" y1="${ly - 4}" x2="${lx + 28}" y2="${ly - 4}" ${style}/>`);
      }
      parts.push(text(lx + 34, ly, s.label, 'start'));
    });
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`;
  }
}

/** Steps that keep each value up to the next place. */
const stairs = (points) => points.flatMap(([x, y], i) => (i === 0 ? [[x, y]] : [[x, points[i - 1][1]], [x, y]]));

function escaped(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A number for people: five digits. */
export function shown(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return '–';
  return Number(Number(x).toPrecision(5)).toString().replace('-', '−');
}
