// The figures of two recordings, or two legs, side by side.
import { SITES, duration, element, moment, sampled, spread } from "./common.js";

const share = (fraction) => (fraction === null || fraction === undefined ? "--" : `${Math.round(100 * fraction)} %`);

const NOT_JUDGED = ["not worn", "settling", "inconclusive", "check sensor"];  // they say nothing of how it sat

const ENOUGH = 0.1;  // of the time that it was worn: what is judged of less tells nothing of how it sat

export function good({ verdicts = [] }) {
  const seconds = (of) => verdicts.filter(({ verdict }) => of(verdict)).reduce((sum, one) => sum + one.end_s - one.start_s, 0);
  const judged = seconds((verdict) => !NOT_JUDGED.includes(verdict)), worn = seconds((verdict) => verdict !== "not worn");
  if (!judged) return "not judged";
  const over = `judged ${duration(judged)} of ${duration(worn)} worn`;
  return judged < ENOUGH * worn ? `too little: ${over}` : `${share(seconds((verdict) => verdict === "good") / judged)} (${over})`;
}

function interval(checked) {
  const { descending } = checked;
  if (!descending) return "--";
  const without = Object.entries(descending.without_s ?? {}).map(([site, seconds]) => `, ${duration(seconds)} of it without the ${site}`);
  const range = `${Math.round(100 * descending.low)}–${Math.round(100 * descending.high)} %`;
  return `${share(descending.fraction)} (${range}) of ${duration(descending.judged_s)}${without.join("")}`;
}

const ROWS = [
  ["start", ({ first }) => moment(first)],
  ["leg", ({ abouts: [about] }) => about.side],
  ["duration", ({ abouts: [about] }) => duration(about.duration_s)],
  ["samples", ({ abouts }) => sampled(abouts)],
  ["lost", ({ abouts: [about] }) => about.account.lost.toLocaleString()],
  ["good, of what was judged", ({ checks: [checked] }) => good(checked)],
  ["pressure falls (95 %)", ({ checks: [checked] }) => interval(checked)],
  ...SITES.slice().reverse().map((site) => [`${site} while worn and settled, mmHg: 5 %, median, 95 %`, ({ checks: [checked] }) => spread(checked.settled_mmHg?.[site]) ?? "--"]),
  ["findings", ({ findings }) => String(findings.length)],
  ["walking", ({ checks: [{ walking }] }) => (walking ? `${duration(walking.seconds)}, ${Math.round(walking.cadence_per_min)} steps/min` : "--")],
];

export function compared(section, views) {
  const head = element("tr");
  head.append(element("td"), ...views.map((view) => Object.assign(element("th", view.title), { scope: "col" })));
  const rows = ROWS.map(([what, told]) => {
    const row = element("tr");
    row.append(Object.assign(element("th", what), { scope: "row" }), ...views.map((view) => element("td", told(view))));
    return row;
  });
  section.querySelector("thead").replaceChildren(head);
  section.querySelector("tbody").replaceChildren(...rows);
  section.hidden = false;
}
