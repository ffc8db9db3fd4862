// Below and above the lines of a plot: where each site should be, findings as shaded spans, gaps, marks and notes.
import { SITES, colour } from "./common.js";

function hatched(ctx) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour("faint");
  pen.globalAlpha = 0.55;
  pen.moveTo(0, 8);
  pen.lineTo(8, 0);
  pen.stroke();
  return ctx.createPattern(tile, "repeat");
}

export function under(plot, { bands, findings, chosen, gaps, x }) {
  const { ctx, bbox } = plot;
  const y = (value) => Math.max(bbox.top, Math.min(bbox.top + bbox.height, plot.valToPos(value, "y", true)));
  ctx.save();
  for (const site of SITES) {
    const ends = bands[site];
    if (!ends) continue;
    const [low, high] = [y(ends[0] ?? 0), y(ends[1] ?? 300)];
    ctx.fillStyle = `${colour(site)}14`;
    ctx.fillRect(bbox.left, high, bbox.width, low - high);
    ctx.fillStyle = colour(site);
    ctx.fillRect(bbox.left + 7 * SITES.indexOf(site), high, 6, low - high);
  }
  if (gaps.length) {
    ctx.fillStyle = hatched(ctx);
    for (const [from, to] of gaps) ctx.fillRect(x(from), bbox.top, Math.max(1, x(to) - x(from)), bbox.height);
  }
  for (const found of findings) {
    const [left, right] = [x(found.from), x(found.to)];
    if (right <= bbox.left || left >= bbox.left + bbox.width) continue;
    ctx.fillStyle = `${colour(found.level)}${found === chosen ? "66" : "30"}`;
    ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
    ctx.fillStyle = colour(found.level);  // an edge on top, thicker the weightier, so that it is seen without colour
    ctx.fillRect(left, bbox.top, Math.max(2, right - left), { info: 2, notice: 4, warning: 8 }[found.level] ?? 2);
  }
  ctx.restore();
}

export function marksOver(plot, marks, x) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("ink");
  for (const mark of marks) {
    const at = x(mark.at);
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.setLineDash(mark.note ? [] : [2, 3]);
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(at - 5, bbox.top);
    ctx.lineTo(at + 5, bbox.top);
    ctx.lineTo(at, bbox.top + 8);
    ctx.fill();
  }
  ctx.restore();
}
