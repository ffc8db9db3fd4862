// The list: search, a sparkline per recording as it comes into view, and which ones to look at together.
import { DASH, SITES, ask } from "./common.js";

const body = document.querySelector("tbody");
const told = document.getElementById("told");
const NS = "http://www.w3.org/2000/svg";

function cell(text, head = "") {
  const made = document.createElement("td");
  made.textContent = text;
  if (head) {
    made.className = "number";
    made.dataset.head = head;  // a phone shows a recording below the other, without the head of the table
  }
  return made;
}

function when(entry) {
  if (entry.start_utc_us === null) return "undated";
  return new Date(entry.start_utc_us / 1000).toLocaleString("sv-SE", { timeZone: entry.zone }).slice(0, 16);
}

function spark(data) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", "0 0 100 24");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const { t, sites } = data;
  if (t.length < 2) return svg;
  const top = Math.max(40, ...Object.values(sites).flatMap((site) => site.high.filter((v) => v !== null)));
  const x = (at) => (100 * (at - t[0])) / (t.at(-1) - t[0]);
  for (const site of SITES.filter((name) => sites[name])) {
    let path = "", down = false;
    sites[site].high.forEach((value, i) => {
      if (value === null) { down = false; return; }
      path += `${down ? "L" : "M"}${x(t[i]).toFixed(1)} ${(23 - (22 * Math.max(0, value)) / top).toFixed(1)}`;
      down = true;
    });
    const line = document.createElementNS(NS, "path");
    line.setAttribute("d", path);
    line.setAttribute("fill", "none");
    line.setAttribute("vector-effect", "non-scaling-stroke");
    line.style.stroke = `var(--${site})`;
    line.style.strokeDasharray = DASH[site].map((n) => n / 2).join(" ");
    svg.append(line);
  }
  return svg;
}

const watch = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    ask(`/api/window?ids=${encodeURIComponent(target.dataset.id)}&width=60`)
      .then((data) => target.replaceChildren(spark(data))).catch(() => target.replaceChildren("--"));
  }
});

function row(entry) {
  const line = document.createElement("tr");
  const choose = document.createElement("td");
  choose.className = "choose";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = entry.id;
  box.setAttribute("aria-label", `choose ${entry.id}`);
  box.addEventListener("change", chosen);
  choose.append(box);
  const start = document.createElement("td");
  start.className = "start";
  const link = document.createElement("a");
  link.href = `/recording?ids=${encodeURIComponent(entry.id)}`;
  link.textContent = when(entry);
  start.append(link);
  const pressures = document.createElement("td");
  pressures.dataset.id = entry.id;
  watch.observe(pressures);
  const count = (n) => (n === null ? "--" : n.toLocaleString());
  line.append(choose, start, cell(entry.state), cell(entry.side), cell(entry.name || entry.serial), pressures,
    cell(count(entry.samples), "samples"), cell(count(entry.lost), "lost"));
  line.dataset.text = `${entry.id} ${when(entry)} ${entry.side} ${entry.name} ${entry.serial}`.toLowerCase();
  return line;
}

function ids() {
  return [...body.querySelectorAll("input:checked")].map((box) => box.value);
}

function chosen() {
  document.getElementById("compare").disabled = ids().length !== 2;
  document.getElementById("range").disabled = ids().length < 2;
}

function search() {
  const wanted = document.querySelector("#search input").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const line of body.children) {
    line.hidden = !wanted.every((word) => line.dataset.text.includes(word));
    shown += !line.hidden;
  }
  told.textContent = wanted.length ? `${shown} of ${body.children.length} recordings` : `${body.children.length} recording${body.children.length === 1 ? "" : "s"}`;
}

document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
document.querySelector("#search input").addEventListener("input", search);
document.getElementById("compare").addEventListener("click", () => { location = `/recording?compare&ids=${ids()}`; });
document.getElementById("range").addEventListener("click", () => { location = `/recording?ids=${ids()}`; });

ask("/api/recordings").then((entries) => {
  body.replaceChildren(...entries.map(row));
  document.getElementById("none").hidden = entries.length > 0;
  document.querySelector(".scroll").hidden = !entries.length;
  search();
}).catch((error) => { told.textContent = error.message; });
