// The newest minute of pressures, drawn as they come.
const SITES = ["ankle", "calf", "knee"];
const SPAN_S = 60;
const DASH = { ankle: [], calf: [8, 4], knee: [2, 3] };  // told apart without colour

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const pad = (n) => String(n).padStart(2, "0");

// ticks of an axis of time, in 24 hours; where days are shown, the day
export function times(_, splits, __, ___, step) {
  return splits.map((at) => {
    const t = new Date(at * 1000);
    if (step >= 86400) return `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}`;
    const minutes = `${pad(t.getHours())}:${pad(t.getMinutes())}`;
    return step >= 60 ? minutes : `${minutes}:${pad(t.getSeconds())}`;
  });
}

export const moment = (ms) => new Date(ms).toLocaleString("sv-SE");  // 2026-11-22 19:36:54

export function axes() {
  const line = { stroke: colour("faint"), grid: { stroke: colour("line"), width: 0.5 }, ticks: { stroke: colour("line") } };
  return [{ ...line, values: times, space: 70 }, { ...line, size: 42 }];
}

export class Traces {
  constructor(element) {
    this.element = element;
    this.data = [[], [], [], []];
    this.bands = {};
    this.newest = 0;
    this.dirty = false;
    this.plot = null;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.make());
    this.make();
  }

  size() {
    return { width: Math.max(200, this.element.clientWidth), height: 210 };
  }

  resize() {
    const { width, height } = this.size();
    if (this.plot && (width !== this.plot.width || height !== this.plot.height)) this.plot.setSize({ width, height });
  }

  make() {
    this.plot?.destroy();
    const series = SITES.map((site) => ({
      label: site, stroke: colour(site), width: 1.6, dash: DASH[site], points: { show: false }, spanGaps: false,
      value: (_, v) => (v === null || v === undefined ? "--" : v.toFixed(1)),
    }));
    this.plot = new uPlot({
      ...this.size(), series: [{ label: "time", value: "{HH}:{mm}:{ss}" }, ...series], axes: axes(),
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(40, (high ?? 40) * 1.05)] } },
      legend: { live: false }, cursor: { show: false },
    }, this.data, this.element);
  }

  add(t, pressures) {
    for (let i = 0; i < t.length; i++) {
      const at = t[i] / 1000;
      if (at <= this.newest - 5 || this.data[0].length && at < this.data[0].at(-1)) continue;  // an older copy
      if (this.data[0].length && at - this.data[0].at(-1) > 1) this.push((at + this.data[0].at(-1)) / 2, [null, null, null]);
      this.push(at, SITES.map((site) => pressures[site][i]));
      this.newest = at;
    }
    let old = 0;
    while (this.data[0][old] < this.newest - SPAN_S) old++;
    if (old) for (const column of this.data) column.splice(0, old);
    this.dirty = true;
  }

  push(at, values) {
    this.data[0].push(at);
    values.forEach((value, i) => this.data[i + 1].push(value));
  }

  draw() {
    if (!this.dirty) return;
    this.dirty = false;
    this.plot.setData(this.data);
  }
}
