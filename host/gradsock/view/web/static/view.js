// A plot of one recording, or of several as one line of time, with what was found in it.
import { DASH, SITES, ask, axes, colour, duration, element, lines, moment, sampled, say, spread, terms, tenths } from "./common.js";
import { band } from "./leg.js";
import { Notes } from "./notes.js";
import { Strip, moved, verdicts } from "./strips.js";
import { marksOver, under } from "./under.js";

const AGAIN_MS = 1000;  // a draft is asked for again
const CLICK_PX = 4;
const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400];

export class View {
  // zoom: called with the ends of a wish, in ms since `origin`; fail: with what went wrong meanwhile;
  // clock: whether the axis shows times of day
  constructor(names, { zoom, fail, clock }) {
    Object.assign(this, { names, zoom, fail, byClock: clock, findings: [], marks: [], gaps: [], bands: {}, abouts: [], checks: [] });
    this.section = document.getElementById("view").content.firstElementChild.cloneNode(true);
    document.getElementById("views").append(this.section);
    this.part = (name) => this.section.querySelector(name);
    this.origin = 0;
    this.strips = [
      new Strip(this.part(".verdicts"), "Verdicts", verdicts, "not checked yet"),
      new Strip(this.part(".gait"), "Gait", moved, "no walking"),
      new Strip(this.part(".posture"), "Posture", moved, "posture not known: mark “standing” or “lying”"),
    ];
    this.notes = new Notes(this);
    new ResizeObserver(() => this.fit()).observe(this.part(".plot"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.make());
  }

  async open() {
    const all = await ask(this.address());
    if (all.from === null) throw new Error(`nothing in ${this.names} can be drawn`);
    this.from = this.origin = this.first = all.from;
    this.to = this.last = all.to;
    this.take(all);
  }

  // one request after the other: a browser has six at once to a server, and zooming must not wait for what is being read
  async tell() {
    const address = (name) => `/api/recordings/${encodeURIComponent(name)}`;
    for (const name of this.names) {
      this.abouts.push(await ask(address(name)));
      this.about();
    }
    for (const about of this.abouts) {
      this.check(about, await ask(`${address(about.id)}/check`).catch((error) => ({ error: error.message })));
    }
  }

  address(from, to) {
    const width = Math.round(Math.min(3000, (this.part(".plot").clientWidth || 900) * Math.min(2, devicePixelRatio)));
    const ends = from === undefined ? "" : `&from=${from}&to=${to}`;
    return `/api/window?ids=${encodeURIComponent(this.names.join(","))}&width=${width}${ends}`;
  }

  get shift() {
    return this.byClock ? 0 : this.origin;
  }

  take(window) {
    const none = window.t.map(() => null);
    const columns = SITES.flatMap((site) => [window.sites[site]?.high ?? none, window.sites[site]?.low ?? none]);
    this.data = [window.t.map((t) => (t - this.shift) / 1000), ...columns];
    this.gaps = window.gaps;
    clearTimeout(this.again);
    if (window.draft) this.again = setTimeout(() => this.show(this.from, this.to).catch(this.fail), AGAIN_MS);
    this.section.dataset.shown = `${this.from}-${this.to}${window.draft ? " draft" : ""}`;
  }

  size() {
    return { width: Math.max(280, this.part(".plot").clientWidth), height: 300 };
  }

  fit() {
    const { width, height } = this.size();
    if (this.plot && width !== this.plot.width) this.plot.setSize({ width, height });
  }

  make() {
    if (!this.data) return;
    this.plot?.destroy();
    const value = (_, v) => (v === null || v === undefined ? "--" : tenths(v));
    const series = SITES.flatMap((site) => {
      const line = { stroke: colour(site), width: 1.2, dash: DASH[site], points: { show: false }, spanGaps: false, value };
      return [{ ...line, label: site }, { ...line, label: `${site} least` }];
    });
    const bands = SITES.map((site, i) => ({ series: [2 * i + 1, 2 * i + 2], fill: `${colour(site)}33` }));
    const [x, y] = axes();
    const since = this.byClock ? {} : { values: (_, all) => all.map((s) => duration(s)), incrs: STEPS_S };
    const told = (_, v) => (v === null || v === undefined ? "--" : this.byClock ? moment(v * 1000) : duration(v));
    this.plot = new uPlot({
      ...this.size(), bands,
      scales: {
        x: { time: this.byClock, range: () => [(this.from - this.shift) / 1000, (this.to - this.shift) / 1000] },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(30, (high ?? 30) * 1.05)] },
      },
      axes: [{ ...x, ...since }, { ...y, label: "mmHg", labelSize: 18, stroke: colour("faint") }],
      series: [{ label: this.byClock ? "time" : "since start", value: told }, ...series],
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: {
        setSelect: [(plot) => this.selected(plot)],
        setCursor: [(plot) => this.pointed(plot)],
        drawAxes: [(plot) => under(plot, { ...this, x: this.toX(plot) })],
        draw: [(plot) => { marksOver(plot, this.marks, this.toX(plot)); this.below(); }],
      },
    }, this.data, this.part(".plot"));
    this.plot.over.addEventListener("click", (event) => this.clicked(event));
    this.plot.over.addEventListener("dblclick", () => this.zoom(null));
    this.plot.over.addEventListener("pointerdown", (event) => { this.pressed = event.clientX; });
    this.plot.over.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  toX(plot) {
    const { left, width } = plot.bbox;
    return (ms) => Math.max(left, Math.min(left + width, plot.valToPos((ms - this.shift) / 1000, "x", true)));
  }

  below() {
    if (!this.plot) return;
    const over = this.plot.over.getBoundingClientRect(), own = this.part(".plot").getBoundingClientRect();
    for (const strip of this.strips) strip.draw(over.left - own.left, over.width, this.from, this.to);
  }

  ms(plot, left) {
    return plot.posToVal(left, "x") * 1000 + this.shift;
  }

  selected(plot) {
    const { left, width } = plot.select;
    if (width < CLICK_PX) return;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.zoom(this.ms(plot, left) - this.origin, this.ms(plot, left + width) - this.origin);
  }

  pointed(plot) {
    if (plot.cursor.left < 0) return;
    const at = this.ms(plot, plot.cursor.left);
    const found = this.findings.filter((one) => one.from <= at && at <= one.to).map(named);
    say(this.part(".pointed"), [this.clock(at), ...this.strips.map((strip) => strip.at(at)), ...found].filter(Boolean).join(" · "));
  }

  clicked(event) {
    if (Math.abs(event.clientX - this.pressed) > CLICK_PX) return;  // that was a drag
    const { left } = this.plot.over.getBoundingClientRect();
    const at = this.ms(this.plot, event.clientX - left), edge = ((this.to - this.from) * 4) / this.plot.over.clientWidth;
    const under = this.findings.filter((one) => one.from - edge <= at && at <= one.to + edge);
    this.notes.about(at);
    if (under.length) this.choose(under.reduce((a, b) => (b.to - b.from < a.to - a.from ? b : a)));
  }

  wheeled(event) {
    if (!event.ctrlKey && !event.metaKey) return;  // pinching is told as that
    event.preventDefault();
    const at = this.ms(this.plot, event.clientX - this.plot.over.getBoundingClientRect().left) - this.origin;
    const factor = event.deltaY > 0 ? 1.4 : 1 / 1.4, from = this.from - this.origin, to = this.to - this.origin;
    this.zoom(at - (at - from) * factor, at + (to - at) * factor);
  }

  about() {
    const [first] = this.abouts;
    const whose = first.sock.name || first.sock.serial;
    this.title = `${this.names.length > 1 ? `${this.names.length} recordings` : first.id} · ${first.side} · ${whose}`;
    this.part("h2").textContent = this.title;
    const sum = (pick) => this.abouts.reduce((all, about) => all + pick(about), 0);
    const each = (pick) => [...new Set(this.abouts.map(pick))].join(" / ");
    const facts = [
      ["start", moment(this.first)],
      ["duration", duration(sum((about) => about.duration_s))],
      ["samples", sampled(this.abouts)],
      ["lost", sum((about) => about.account.lost).toLocaleString()],
      ["prescription", each((about) => about.prescription || "none")],
      ["calibration", each((about) => about.calibration ?? "none")],
    ];
    const settled = this.names.length === 1 ? this.checks[0]?.settled_mmHg ?? {} : {};
    for (const site of SITES.filter((name) => settled[name])) {
      facts.push([site, `${spread(settled[site])} mmHg (5 %, median, 95 % while worn and settled)`]);
    }
    this.part(".about").replaceChildren(...terms(facts));
    const harmed = this.abouts.filter(({ harm, lost_before }) => harm || lost_before);
    this.part(".harm").hidden = !harmed.length;
    say(this.part(".harm"), harmed.map(damage).join(" "), true);
    this.part(".plot").setAttribute("aria-label", `Pressures of ${this.title}; findings and figures are listed below`);
    this.notes.show();
  }

  check(about, checked) {
    this.checks.push(checked);
    if (checked.error) return say(this.part(".key"), `not checked: ${checked.error}`, true);
    const start = about.first_utc_us / 1000;
    const laid = (one) => ({ ...one, from: start + one.start_s * 1000, to: one.end_s === null ? start + about.duration_s * 1000 : start + one.end_s * 1000 });
    const [verdicts, gait, posture] = this.strips;
    verdicts.spans.push(...checked.verdicts.map(laid));
    gait.spans.push(...checked.moved.filter((one) => one.what === "walking").map(laid));
    posture.spans.push(...checked.moved.filter((one) => one.what !== "walking").map(laid));
    for (const strip of this.strips) strip.spans.sort((one, other) => one.from - other.from);
    this.findings.push(...checked.findings.map(laid));
    const mmHg = (end) => (end === null ? null : end / 100);
    this.bands = Object.fromEntries(Object.entries(checked.prescription.bands_cmmHg)
      .filter(([, ends]) => ends).map(([site, ends]) => [site, ends.map(mmHg)]));
    const key = SITES.filter((site) => this.bands[site]).map((site) => `${site} ${band(this.bands[site])}`);
    say(this.part(".key"), key.length ? `Bars at the left, mmHg: where each should be, ${key.join(", ")}. Hatched: nothing came.` : "");
    this.list();
    this.about();
    this.plot?.redraw(false);
  }

  list() {
    const told = this.findings.map((found) => {
      const text = `${this.clock(found.from)} ${named(found)} (${found.level}, ${duration((found.to - found.from) / 1000)})`;
      const edge = Math.max(20e3, (found.to - found.from) / 2);
      return this.jump(text, found.from - edge, found.to + edge, () => this.choose(found));
    });
    this.part(".findings").replaceChildren(...lines(told, "none"));
  }

  choose(found) {
    this.chosen = found;
    const said = found.notified_s === null ? "never" : `${duration(found.notified_s - found.start_s)} after its onset`;
    const facts = [
      ["finding", `${named(found)} (${found.level})`], ["onset", this.clock(found.from)],
      ["end", found.end_s === null ? "still there at the end" : this.clock(found.to)], ["said", said],
      ...Object.entries(found.evidence).map(worded),
    ];
    const evidence = this.part(".evidence");
    evidence.hidden = false;
    evidence.replaceChildren(...terms(facts));
    this.plot.redraw(false);
  }

  jump(text, from, to, then) {
    const line = element("li"), button = element("button", text, "plain");
    button.addEventListener("click", () => {
      then?.();
      this.zoom(from - this.origin, to - this.origin);
    });
    line.append(button);
    return line;
  }

  clock(ms) {
    return this.byClock ? moment(ms) : `${duration((ms - this.origin) / 1000)} in`;
  }

  // what is there is stretched at once; what is exact comes from the server, one wish at a time, the newest;
  // whether it has come, false when a wish before brings it
  async show(from, to) {
    Object.assign(this, { from, to });
    this.plot.setData(this.data);
    if (this.waiting) return false;
    this.waiting = true;
    try {
      let window, asked;
      do {
        asked = [this.from, this.to];
        window = await ask(this.address(...asked));
      } while (asked[0] !== this.from || asked[1] !== this.to);
      this.take(window);
      this.plot.setData(this.data);
      return true;
    } finally {
      this.waiting = false;
    }
  }
}

const named = (found) => `${found.kind}${found.site ? ` at the ${found.site}` : ""}`;

// a piece of evidence as a person reads it: hundredths of a mmHg are told in mmHg
function worded([what, value]) {
  const name = what.replace("_cmmHg", "").replaceAll("_", " ");
  if (what.endsWith("_cmmHg") && typeof value === "number") return [name, `${tenths(value / 100)} mmHg`];
  return [name, typeof value === "string" ? value : JSON.stringify(value)];
}

// what the file of a recording has lost, and what to do while something can be done
function damage({ id, harm, lost_before }) {
  return harm ? `${id} is damaged: ${harm.lost}. ${harm.what_to_do}` : `${id} was ${lost_before}`;
}
