// The live page: one socket to the server that made it, and to nobody else.
import { drawLeg } from "./leg.js";
import { Traces } from "./traces.js";

const socks = new Map();
const link = document.getElementById("link");
let socket;
let waited = 500;

function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)} h` : `${minutes}:${pad(rest)} min`;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Sock {
  constructor(number) {
    const section = document.getElementById("sock").content.firstElementChild.cloneNode(true);
    document.getElementById("socks").append(section);
    this.section = section;
    this.part = (name) => section.querySelector(name);
    this.traces = new Traces(this.part(".traces"));
    this.part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = event.target.elements.text;
      if (field.value.trim()) ask(number, { do: "mark", sock: number, text: field.value.trim() });
      field.value = "";
    });
    this.part(".identify").addEventListener("click", () => ask(number, { do: "identify", sock: number }));
  }

  show(now) {
    const name = now.name && now.name !== now.label ? `${now.label} · ${now.name}` : now.label;
    say(this.part("h3"), name);
    say(this.part(".verdict"), now.verdict);
    say(this.part(".advice"), now.advice);
    this.section.dataset.level = now.level || (now.verdict === "good" ? "good" : "");
    drawLeg(this.part(".leg"), now.label, now.sites);
    this.facts(now);
    this.findings(now.findings);
  }

  facts(now) {
    const late = now.age_s !== null && now.age_s > 2 && now.state === "connected";
    const facts = [
      ["data", now.age_s === null ? "none yet" : `${now.age_s.toFixed(1)} s old`, late],
      ["samples", now.loss, false],
      ["descending", now.descending === null ? "--" : `${Math.round(100 * now.descending)} %`, false],
      ["worn", duration(now.worn_s), false],
      ["prescription", now.prescription || "--", false],
      ["recording", now.recording || "not recorded", false],
    ];
    if (!now.calibrated && now.state === "connected") facts.push(["calibration", "none: no pressures", true]);
    this.part(".facts").replaceChildren(...facts.flatMap(([what, text, bad]) => {
      const term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = what;
      value.textContent = text;
      if (bad) value.className = "late";
      return [term, value];
    }));
  }

  findings(findings) {
    const lines = findings.slice().reverse().map((found) => {
      const line = document.createElement("li");
      line.className = found.open ? "open" : "";
      const where = found.site ? ` at the ${found.site}` : "";
      line.textContent = `${found.kind}${where} (${found.level}, ${duration(found.lasted_s)}${found.open ? ", now" : ""})`;
      return line;
    });
    if (!lines.length) {
      const none = document.createElement("li");
      none.textContent = "none so far";
      lines.push(none);
    }
    this.part(".findings").replaceChildren(...lines);
  }

  answer(text, failed) {
    const output = this.part("output");
    output.textContent = text;
    output.className = failed ? "late" : "";
  }
}

let asked = 0;
function ask(number, wish) {
  asked = number;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
  else socks.get(number).answer("no connection to gradsock serve", true);
}

function of(number) {
  if (!socks.has(number)) socks.set(number, new Sock(number));
  return socks.get(number);
}

function take(message) {
  if (message.type === "state") of(message.sock).show(message);
  else if (message.type === "samples") of(message.sock).traces.add(message.t, message.p);
  else if (message.type === "mark") of(message.sock).answer(`mark: ${message.text}`, false);
  else if (message.type === "answer") of(asked).answer(message.text, message.failed);
}

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.addEventListener("open", () => { waited = 500; say(link, ""); });
  socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    say(link, "gradsock serve does not answer; trying again");
    setTimeout(connect, waited);
    waited = Math.min(5000, waited * 2);
  });
}

function draw() {
  for (const sock of socks.values()) sock.traces.draw();
  requestAnimationFrame(draw);
}

connect();
setTimeout(() => { document.getElementById("none").hidden = socks.size > 0; }, 1500);
requestAnimationFrame(draw);
