// The figures of two recordings, or two legs, side by side.
import { SITES, duration, element, moment, spread } from "./common.js";

const share = (fraction) => (fraction === null || fraction === undefined ? "--" : `${Math.round(100 * fraction)} %`);

const NOT_JUDGED = ["not worn", "settling", "inconclusive", "check sensor"];  // they say nothing of how it sat

function good(checked) {
  const spans = (checked.verdicts ?? []).filter((one) => !NOT_JUDGED.includes(one.verdict));
  const seconds = (all) => all.reduce((sum, one) => sum + one.end_s - one.start_s, 0);
  const judged = seconds(spans);
  return judged ? `${share(seconds(spans.filter((one) => one.verdict === "good")) / judged)} of ${duration(judged)}` : "not judged";
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
  ["lost", ({ abouts: [about] }) => about.account.lost.toLocaleString()],
  ["good, of what was judged", ({ checks: [checked] }) => good(checked)],
  ["pressure falls (95 %)", ({ checks: [checked] }) => interval(checked)],
  ...SITES.slice().reverse().map((site) => [`${site}, mmHg: 5 %, median, 95 %`, ({ abouts: [about] }) => spread(about.pressure_mmHg[site]) ?? "--"]),
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
