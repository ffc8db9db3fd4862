// The newest minute of pressures, drawn as they come.
import { DASH, SITES, axes, colour, tenths } from "./common.js";
import { marksOver } from "./under.js";

const SPAN_S = 60;

export class Traces {
  constructor(element) {
    this.element = element;
    this.data = [[], [], [], []];
    this.marks = [];
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
      value: (_, v) => (v === null || v === undefined ? "--" : tenths(v)),
    }));
    this.plot = new uPlot({
      ...this.size(), series: [{ label: "time", value: "{HH}:{mm}:{ss}" }, ...series], axes: axes(),
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(40, (high ?? 40) * 1.05)] } },
      legend: { live: false }, cursor: { show: false },
      hooks: { draw: [(plot) => marksOver(plot, this.marks, (ms) => plot.valToPos(ms / 1000, "x", true))] },
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

  mark(ms, text) {
    this.marks = [...this.marks.filter((one) => one.at / 1000 > this.newest - SPAN_S), { at: ms, text }];
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
    this.element.dataset.newest = this.newest;  // of what is on the screen
  }
}
