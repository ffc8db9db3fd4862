// One recording, several as one line of time, or two compared: zoom asks the server for as many points as there are pixels.
import { band } from "./leg.js";
import { axes, colour, moment } from "./traces.js";

const asked = new URLSearchParams(location.search);
const ids = (asked.get("ids") ?? "").split(",").filter(Boolean);
const comparing = asked.has("compare");
const told = document.getElementById("told");
const SITES = ["ankle", "calf", "knee"];
const DASH = { ankle: [], calf: [8, 4], knee: [2, 3] };
const LEAST_MS = 1000;

async function ask(address) {
  const answer = await fetch(address);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${pad(minutes)} h` : `${minutes}:${pad(whole % 60)} min`;
}

class View {
  constructor(names) {
    this.names = names;
    this.section = document.getElementById("view").content.firstElementChild.cloneNode(true);
    document.getElementById("views").append(this.section);
    this.part = (name) => this.section.querySelector(name);
    this.findings = [];
    this.marks = [];
    this.verdicts = [];
    this.bands = {};
    this.turn = 0;
    this.shift = 0;  // of the axis, in ms: when comparing, time runs from each one's start
    this.part(".plot").addEventListener("keydown", keys);
    new ResizeObserver(() => this.fit()).observe(this.part(".plot"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.make());
  }

  async open() {
    const all = await ask(this.address());
    if (all.from === null) throw new Error(`nothing in ${this.names} can be drawn`);
    this.from = this.first = all.from;
    this.to = this.last = all.to;
    this.shift = comparing ? this.first : 0;
    this.take(all);
    this.make();
    const abouts = await Promise.all(this.names.map((name) => ask(`/api/recordings/${encodeURIComponent(name)}`)));
    this.about(abouts);
    await Promise.all(abouts.map((about) => this.check(about)));
  }

  address(from, to) {
    const width = Math.round(Math.min(3000, (this.part(".plot").clientWidth || 900) * Math.min(2, devicePixelRatio)));
    const ends = from === undefined ? "" : `&from=${from}&to=${to}`;
    return `/api/window?ids=${encodeURIComponent(this.names.join(","))}&width=${width}${ends}`;
  }

  take(window) {
    const none = window.t.map(() => null);
    const columns = SITES.flatMap((site) => [window.sites[site]?.high ?? none, window.sites[site]?.low ?? none]);
    this.data = [window.t.map((t) => (t - this.shift) / 1000), ...columns];
  }

  size() {
    return { width: Math.max(280, this.part(".plot").clientWidth), height: 300 };
  }

  fit() {
    const { width, height } = this.size();
    if (this.plot && width !== this.plot.width) {
      this.plot.setSize({ width, height });
    }
  }

  make() {
    if (!this.data) return;
    this.plot?.destroy();
    const series = SITES.flatMap((site) => {
      const line = { stroke: colour(site), width: 1.2, dash: DASH[site], points: { show: false }, spanGaps: false };
      const value = (_, v) => (v === null || v === undefined ? "--" : v.toFixed(1));
      return [{ ...line, label: site, value }, { ...line, label: `${site} least`, value }];
    });
    const bands = SITES.map((site, i) => ({ series: [2 * i + 1, 2 * i + 2], fill: `${colour(site)}33` }));
    const [x, y] = axes();
    const clock = comparing ? { values: (_, all) => all.map((s) => duration(s)) } : {};
    this.plot = new uPlot({
      ...this.size(), bands,
      scales: {
        x: { time: !comparing, range: () => [(this.from - this.shift) / 1000, (this.to - this.shift) / 1000] },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(30, (high ?? 30) * 1.05)] },
      },
      axes: [{ ...x, ...clock }, { ...y, label: "mmHg", labelSize: 18, stroke: colour("faint") }],
      series: [comparing ? { label: "since start", value: (_, v) => (v === null ? "--" : duration(v)) } : { label: "time", value: (_, v) => (v === null ? "--" : moment(v * 1000)) }, ...series],
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: {
        setSelect: [(plot) => this.selected(plot)],
        drawAxes: [(plot) => this.under(plot)],
        draw: [() => this.strip()],
      },
    }, this.data, this.part(".plot"));
    this.part(".plot").ondblclick = () => zoom(null);
  }

  selected(plot) {
    if (plot.select.width < 4) return;
    const at = (x) => plot.posToVal(x, "x") * 1000 + this.shift;
    const { left, width } = plot.select;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    zoom(at(left) - this.first, at(left + width) - this.first);
  }

  // below the lines: where each site should be, and findings as shaded spans
  under(plot) {
    const { ctx, bbox } = plot;
    const x = (ms) => Math.max(bbox.left, Math.min(bbox.left + bbox.width, plot.valToPos((ms - this.shift) / 1000, "x", true)));
    const y = (value) => Math.max(bbox.top, Math.min(bbox.top + bbox.height, plot.valToPos(value, "y", true)));
    ctx.save();
    for (const site of SITES) {
      const ends = this.bands[site];
      if (!ends) continue;
      const [low, high] = [y(ends[0] ?? 0), y(ends[1] ?? 300)];
      ctx.fillStyle = `${colour(site)}14`;
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
      ctx.fillStyle = colour(site);
      ctx.fillRect(bbox.left, high, 6, low - high);
    }
    for (const found of this.findings) {
      ctx.fillStyle = `${colour(found.level)}${found === this.chosen ? "55" : "26"}`;
      const [left, right] = [x(found.from), x(found.to)];
      ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
    }
    ctx.strokeStyle = colour("ink");
    ctx.setLineDash([2, 3]);
    for (const mark of this.marks) {
      const at = x(mark.at);
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  // the verdicts below the plot, on the same axis
  strip() {
    if (!this.plot) return;
    const strip = this.part(".strip");
    const over = this.plot.over.getBoundingClientRect(), own = this.part(".plot").getBoundingClientRect();
    strip.style.marginLeft = `${over.left - own.left}px`;
    strip.style.width = `${over.width}px`;
    const span = this.to - this.from;
    const said = [];
    strip.replaceChildren(...this.verdicts.filter((one) => one.to > this.from && one.from < this.to).map((one) => {
      const left = Math.max(0, (one.from - this.from) / span), right = Math.min(1, (one.to - this.from) / span);
      const piece = element("span", right - left > 0.08 ? one.verdict : "");
      piece.style.left = `${100 * left}%`;
      piece.style.width = `${100 * (right - left)}%`;
      piece.title = one.verdict;
      piece.dataset.verdict = one.verdict.replace(" ", "-");
      said.push(one.verdict);
      return piece;
    }));
    strip.setAttribute("aria-label", `Verdicts in this window: ${[...new Set(said)].join(", ") || "none"}`);
  }

  about(abouts) {
    const [first] = abouts;
    const names = abouts.map((about) => about.sock.name || about.sock.serial);
    const title = abouts.length > 1 ? `${abouts.length} recordings` : `${first.id} · ${first.side} · ${names[0]}`;
    this.part("h2").textContent = title;
    const sum = (pick) => abouts.reduce((all, about) => all + pick(about), 0);
    const facts = [
      ["start", moment(this.first)],
      ["duration", duration(sum((about) => about.duration_s))],
      ["samples", sum((about) => about.samples).toLocaleString()],
      ["lost", sum((about) => about.account.lost).toLocaleString()],
      ["prescription", [...new Set(abouts.map((about) => about.prescription))].join(" / ")],
      ["calibration", [...new Set(abouts.map((about) => about.calibration ?? "none"))].join(" / ")],
    ];
    this.part(".facts").replaceChildren(...facts.flatMap(([what, text]) => [element("dt", what), element("dd", text)]));
    for (const site of SITES) {
      const spread = first.pressure_mmHg[site];
      if (spread) facts.push([site, spread.join(" / ")]);
    }
    this.part(".plot").setAttribute("aria-label", `Pressures of ${title}; findings and figures are listed below`);
    this.marks = abouts.flatMap((about) => about.marks.filter((mark) => mark.utc_us !== null)
      .map((mark) => ({ at: mark.utc_us / 1000, text: mark.text })));
    const lines = this.marks.map((mark) => this.jump(`${this.clock(mark.at)} ${mark.text}`, mark.at - 30e3, mark.at + 30e3));
    this.part(".marks").replaceChildren(...(lines.length ? lines : [element("li", "none")]));
  }

  async check(about) {
    const checked = await ask(`/api/recordings/${encodeURIComponent(about.id)}/check`).catch(() => null);
    if (!checked) return;
    const start = about.first_utc_us / 1000;
    for (const one of checked.verdicts) {
      this.verdicts.push({ verdict: one.verdict, from: start + one.start_s * 1000, to: start + one.end_s * 1000 });
    }
    for (const one of checked.findings) {
      const to = one.end_s === null ? this.last : start + one.end_s * 1000;
      this.findings.push({ ...one, from: start + one.start_s * 1000, to });
    }
    const mmHg = (end) => (end === null ? null : end / 100);
    this.bands = Object.fromEntries(Object.entries(checked.prescription.bands_cmmHg)
      .filter(([, ends]) => ends).map(([site, ends]) => [site, ends.map(mmHg)]));
    const key = SITES.filter((site) => this.bands[site]).map((site) => `${site} ${band(this.bands[site])}`);
    this.part(".key").textContent = key.length ? `Shaded bands, mmHg: ${key.join(", ")}` : "";
    this.list();
    this.plot.redraw();
  }

  list() {
    const lines = this.findings.map((found) => {
      const where = found.site ? ` at the ${found.site}` : "";
      const text = `${this.clock(found.from)} ${found.kind}${where} (${found.level}, ${duration((found.to - found.from) / 1000)})`;
      const edge = Math.max(20e3, (found.to - found.from) / 2);
      return this.jump(text, found.from - edge, found.to + edge, () => {
        this.chosen = found;
        const evidence = this.part(".evidence");
        evidence.hidden = false;
        evidence.textContent = `onset ${this.clock(found.from)}, said ${found.notified_s === null ? "never" : `${duration(found.notified_s - found.start_s)} later`}\n`
          + Object.entries(found.evidence).map(([what, value]) => `${what}: ${JSON.stringify(value)}`).join("\n");
      });
    });
    this.part(".findings").replaceChildren(...(lines.length ? lines : [element("li", "none")]));
  }

  jump(text, from, to, then) {
    const line = element("li"), button = element("button", text, "plain");
    button.addEventListener("click", () => {
      then?.();
      zoom(from - this.first, to - this.first);
    });
    line.append(button);
    return line;
  }

  clock(ms) {
    return comparing ? duration((ms - this.first) / 1000) : moment(ms).slice(11);
  }

  async show(from, to) {
    this.from = from;
    this.to = to;
    const turn = ++this.turn;
    const window = await ask(this.address(from, to));
    if (turn !== this.turn) return;  // a later wish was quicker
    this.take(window);
    this.plot.setData(this.data);
  }
}

let views = [];

// ends in ms since each view's first sample; null: all
function zoom(from, to) {
  const longest = Math.max(...views.map((view) => view.last - view.first));
  if (from === null || to - from >= longest) [from, to] = [0, longest];
  if (to - from < LEAST_MS) to = from + LEAST_MS;
  const shift = Math.max(0, -from) || Math.min(0, longest - to);
  for (const view of views) view.show(view.first + from + shift, view.first + to + shift).catch(fail);
}

function now() {
  const [view] = views;
  return [view.from - view.first, view.to - view.first];
}

const moves = {
  in: ([a, b]) => [a + (b - a) / 4, b - (b - a) / 4],
  out: ([a, b]) => [a - (b - a) / 2, b + (b - a) / 2],
  earlier: ([a, b]) => [a - (b - a) / 2, b - (b - a) / 2],
  later: ([a, b]) => [a + (b - a) / 2, b + (b - a) / 2],
  all: () => [null, null],
};
const bound = { "+": "in", "=": "in", "-": "out", ArrowLeft: "earlier", ArrowRight: "later", 0: "all" };

function keys(event) {
  const move = bound[event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  zoom(...moves[move](now()));
}

function fail(error) {
  told.textContent = error.message;
}

for (const name of Object.keys(moves)) {
  document.getElementById(name).addEventListener("click", () => zoom(...moves[name](now())));
}
if (ids.length) {
  views = comparing ? ids.map((name) => new View([name])) : [new View(ids)];
  Promise.all(views.map((view) => view.open())).then(() => { told.textContent = ""; document.body.dataset.ready = "yes"; }).catch(fail);
  told.textContent = "reading";
} else {
  told.textContent = "no recording was chosen: look at the list";
}
