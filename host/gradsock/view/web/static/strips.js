// Below a plot, on its axis: the verdict of each moment, when the leg walked, and how it was held.
import { colour, duration } from "./common.js";

// how high and in which colour a verdict stands: the weightier the higher, so that it is seen without colour
const RANK = {
  "not worn": [0.2, "line"], good: [0.6, "good"], settling: [0.72, "info"], inconclusive: [0.72, "info"], "too tight": [1, "warning"],
};
const NOTICE = [0.86, "notice"];
const MOVED = { walking: "ankle", standing: "calf", lying: "knee" };
const MIN_LABEL_PX = 60;

export const verdicts = (one) => ({ text: one.verdict, rank: RANK[one.verdict] ?? NOTICE });
export const moved = (one) => ({
  text: one.cadence_per_min ? `${one.what} ${Math.round(one.cadence_per_min)}/min` : one.what, rank: [0.85, MOVED[one.what] ?? "info"],
});

export class Strip {
  constructor(canvas, label, told, none) {
    Object.assign(this, { canvas, label, told, none, spans: [] });
  }

  draw(left, width, from, to) {
    const ratio = devicePixelRatio, height = 22;
    this.canvas.style.marginLeft = `${left}px`;
    this.canvas.style.width = `${width}px`;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const x = (at) => Math.max(0, Math.min(width, (width * (at - from)) / (to - from)));
    const seconds = new Map();
    let shown = 0;
    for (const span of this.spans) {  // in order of time, none over another
      if (span.to <= from) continue;
      if (span.from >= to) break;
      shown += 1;
      const { text, rank: [share, name] } = this.told(span);
      const [begin, end] = [x(span.from), x(span.to)];
      const kind = span.verdict ?? span.what;
      seconds.set(kind, (seconds.get(kind) ?? 0) + (Math.min(to, span.to) - Math.max(from, span.from)) / 1000);
      pen.fillStyle = `${colour(name)}55`;
      pen.fillRect(begin, height * (1 - share), Math.max(1, end - begin), height * share);
      pen.fillStyle = colour(name);
      pen.fillRect(begin, height * (1 - share), Math.max(1, end - begin), 2);
      if (end - begin >= MIN_LABEL_PX) {
        pen.fillStyle = colour("ink");
        pen.fillText(text, begin + 4, height - 7, end - begin - 8);
      }
    }
    if (!shown && this.none) {
      pen.fillStyle = colour("faint");
      pen.fillText(this.none, 4, height / 2, width - 8);
    }
    const said = [...seconds].map(([kind, s]) => `${kind} ${duration(s)}`).join(", ");
    this.canvas.setAttribute("aria-label", `${this.label} in this window: ${said || this.none || "none"}`);
  }

  at(ms) {
    const span = this.spans.find((one) => one.from <= ms && ms < one.to);
    return span ? this.told(span).text : "";
  }
}
