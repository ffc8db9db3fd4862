// One recording, several as one line of time per sock, or two compared: zoom asks the server for as many points as there
// are pixels.
import { ask } from "./common.js";
import { compared } from "./compared.js";
import { View } from "./view.js";

const asked = new URLSearchParams(location.search);
const ids = (asked.get("ids") ?? "").split(",").filter(Boolean);
const comparing = asked.has("compare");
const told = document.getElementById("told");
const failed = document.getElementById("failed");
const LEAST_MS = 500;
let views = [];

// ends in ms since each view's origin; null: all
function zoom(from, to) {
  const longest = Math.max(...views.map((view) => view.last - view.origin));
  if (from === null || to - from >= longest) [from, to] = [0, longest];
  if (to - from < LEAST_MS) to = from + LEAST_MS;
  const shift = Math.max(0, -from) || Math.min(0, longest - to);
  for (const view of views) view.show(view.origin + from + shift, view.origin + to + shift).then(drawn, fail);
}

function now() {
  const [view] = views;
  return [view.from - view.origin, view.to - view.origin];
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

function drawn(is) {
  if (is) failed.hidden = true;
}

// what is drawn already stays, with what is wrong above it
function fail(error) {
  told.textContent = "";
  failed.querySelector("p").textContent = error.message;
  failed.hidden = false;
  for (const view of views) view.section.hidden = !view.plot;
}

// two legs worn at the same time are laid over each other by the clock; else each runs from its own start
function lay() {
  const [one, other] = views;
  const common = Math.min(one.last, other.last) - Math.max(one.first, other.first);
  const byClock = common > 0.5 * Math.min(one.last - one.first, other.last - other.first);
  for (const view of views) {
    view.byClock = byClock;
    view.origin = byClock ? Math.min(one.first, other.first) : view.first;
  }
}

async function open() {
  const each = comparing || ids.length < 2 ? ids.map((name) => [name]) : await ask(`/api/lines?ids=${encodeURIComponent(ids)}`);
  views = each.map((names) => new View(names, { zoom, fail, clock: !comparing }));
  for (const view of views) view.part(".plot").addEventListener("keydown", keys);
  told.textContent = "reading";
  await Promise.all(views.map((view) => view.open()));
  if (comparing && views.length === 2) lay();
  const first = Math.min(...views.map((view) => view.first));
  if (!comparing) for (const view of views) view.origin = first;
  const longest = Math.max(...views.map((view) => view.last - view.origin));
  for (const view of views) {
    [view.from, view.to] = [view.origin, view.origin + longest];
    view.make();
  }
  document.getElementById("tools").hidden = false;
  if (views.length > 1) await Promise.all(views.map((view) => view.show(view.from, view.to)));
  document.body.dataset.drawn = "yes";
  await Promise.all(views.map((view) => view.tell()));
  if (comparing && views.length === 2) compared(document.getElementById("compared"), views);
  told.textContent = "";
  document.body.dataset.ready = "yes";
}

for (const name of Object.keys(moves)) {
  document.getElementById(name).addEventListener("click", () => { if (views[0]?.plot) zoom(...moves[name](now())); });
}
if (ids.length) open().catch(fail);
else fail(new Error("No recording was chosen: choose one from the list."));
