// The leg with its three sites: where each lies in its band, by colour, sign and number.
const SVG = "http://www.w3.org/2000/svg";
const SIGN = { in: "●", below: "▼", above: "▲", none: "○" };
const SAID = { in: "in its band", below: "below its band", above: "above its band", none: "" };
const AT = { knee: 28, calf: 88, ankle: 158 };  // y of the site, and how wide the leg is there
const HALF = { knee: 23, calf: 28, ankle: 13 };

function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

export function band(ends) {
  if (!ends) return "";
  const [low, high] = ends;
  if (low === null) return `<${Math.round(high)}`;
  return high === null ? `>${Math.round(low)}` : `${Math.round(low)}–${Math.round(high)}`;
}

export function drawLeg(svg, label, sites) {
  svg.setAttribute("viewBox", "0 0 150 215");
  const said = [];
  const parts = [make("path", {
    class: "limb",
    d: "M22 4 Q18 60 16 88 Q20 130 33 165 Q32 180 24 196 Q24 208 40 208 L92 208 Q98 200 84 192 Q64 184 60 165 Q72 120 72 88 Q70 50 68 4 Z",
  })];
  for (const site of ["knee", "calf", "ankle"]) {
    const { mmHg, band: ends, place, there } = sites[site];
    const y = AT[site], centre = site === "ankle" ? 46 : 44;
    const colour = `var(--${site})`;
    const number = mmHg === null ? "--" : mmHg.toFixed(0);
    parts.push(make("ellipse", {
      cx: centre, cy: y, rx: HALF[site] + 4, ry: 7, fill: place === "in" ? colour : "none", "fill-opacity": 0.35,
      stroke: colour, "stroke-width": place === "above" ? 5 : 2.5, "stroke-dasharray": there ? "" : "3 3",
    }));
    parts.push(make("text", { x: 84, y: y + 1 }, `${SIGN[place]} ${site}`));
    parts.push(make("text", { x: 84, y: y + 13 }, `${number} mmHg`));
    parts.push(make("text", { x: 84, y: y + 24, class: "band" }, ends ? `band ${band(ends)}` : ""));
    said.push(`${site} ${number} mmHg ${SAID[place]}`.trim());
  }
  svg.replaceChildren(make("title", {}, `${label}: ${said.join(", ")}`), ...parts);
}
