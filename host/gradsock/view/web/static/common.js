// What all pages share: asking the server, making elements, words for times.
export const SITES = ["ankle", "calf", "knee"];
export const DASH = { ankle: [], calf: [8, 4], knee: [2, 3] };  // told apart without colour

async function answered(asked) {
  const answer = await asked.catch(() => { throw new Error("gradsock serve does not answer: start it again, then reload this page"); });
  const content = await answer.json();
  if (!answer.ok || content.refused) throw new Error(content.error ?? content.refused);
  return content;
}

export const ask = async (address) => answered(fetch(address));

export const send = async (address, content) => answered(fetch(address, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content),
}));

export function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function say(where, text, failed = false) {
  if (where.textContent !== text) where.textContent = text;
  where.classList.toggle("late", failed);
}

// a list of [term, text, whether it is bad] as the parts of a dl
export const terms = (facts) => facts.flatMap(([what, text, bad]) => [element("dt", what), element("dd", text, bad ? "late" : "")]);

export const lines = (all, none) => (all.length ? all : [element("li", none)]);

// 5 %, median and 95 % for a person: a sensor is not known better than to a mmHg
export const spread = (mmHg) => mmHg?.map((value) => Math.round(value)).join(" / ");

// what is just below zero is 0.0 and not -0.0
export const tenths = (mmHg) => (Math.round(10 * mmHg) / 10).toFixed(1);

const pad = (n) => String(n).padStart(2, "0");

export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)} h` : `${minutes}:${pad(rest)} min`;
}

// of recordings: slots in which a busy sock did not look are among their samples
export function sampled(abouts) {
  const sum = (pick) => abouts.reduce((all, about) => all + pick(about), 0);
  const blank = sum(({ account }) => account.unscanned ?? 0);
  const among = blank ? `, ${blank.toLocaleString()} of them without a reading: the board was busy` : "";
  return `${sum(({ samples }) => samples).toLocaleString()}${among}`;
}

export const moment = (ms) => new Date(ms).toLocaleString("sv-SE");  // 2026-11-22 19:36:54

const palette = new Map();  // asked for thousands of times in a drawing
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => palette.clear());

export function colour(name) {
  if (!palette.has(name)) palette.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return palette.get(name);
}

// ticks of an axis of time, in 24 hours; where days are shown, the day
export function times(_, splits, __, ___, step) {
  return splits.map((at) => {
    const t = new Date(at * 1000);
    if (step >= 86400) return `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}`;
    const minutes = `${pad(t.getHours())}:${pad(t.getMinutes())}`;
    if (step >= 60) return minutes;
    return step >= 1 ? `${minutes}:${pad(t.getSeconds())}` : `${pad(t.getSeconds())}.${String(t.getMilliseconds()).padStart(3, "0")}`;
  });
}

export function axes() {
  const line = { stroke: colour("faint"), grid: { stroke: colour("line"), width: 0.5 }, ticks: { stroke: colour("line") } };
  return [{ ...line, values: times, space: 70 }, { ...line, size: 42 }];
}
