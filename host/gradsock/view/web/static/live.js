// The live page: what each sock tells, as it comes.
import { duration, element, lines, say, terms } from "./common.js";
import { drawLeg } from "./leg.js";
import { Socket } from "./socket.js";
import { Traces } from "./traces.js";

const socks = new Map();
const asked = [];  // whose wishes are not answered yet, in their order

class Sock {
  constructor(number) {
    this.link = element("a");  // on a phone the verdict of each is seen above them all
    this.link.href = `#sock-${number}`;
    document.getElementById("each").append(this.link);
    this.section = document.getElementById("sock").content.firstElementChild.cloneNode(true);
    this.section.id = `sock-${number}`;
    document.getElementById("socks").append(this.section);
    this.part = (name) => this.section.querySelector(name);
    this.traces = new Traces(this.part(".traces"));
    this.part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = event.target.elements.text;
      if (field.value.trim()) wish(number, { do: "mark", text: field.value.trim() });
      else this.said("there is nothing to mark: type what happened", true);
      field.value = "";
    });
    this.part(".symptom button").addEventListener("click", () => {
      this.advise("");
      this.part("form").elements.text.focus();
    });
    for (const button of this.section.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => wish(number, button.dataset.text ? { do: button.dataset.do, text: button.dataset.text } : { do: button.dataset.do }));
    }
  }

  show(now) {
    say(this.part("h3"), now.name && now.name !== now.label ? `${now.label} · ${now.name}` : now.label);
    this.label = now.label;
    this.tell(now.verdict, now.advice, now.level || (now.verdict === "good" ? "good" : ""));
    this.section.classList.toggle("stale", !now.current);
    drawLeg(this.part(".leg"), now.label, now.sites);
    this.facts(now);
    this.part(".findings").replaceChildren(...lines(now.findings.slice().reverse().map((found) => this.found(found)), "none so far"));
  }

  facts(now) {
    const late = now.age_s !== null && now.age_s > 2 && now.state === "connected";
    const facts = [
      ["data", now.state === "ended" ? "ended" : now.age_s === null ? "none yet" : `${now.age_s.toFixed(1)} s old`, late],
      ["samples", now.fetching?.[1] ? `${now.loss}, fetching ${Math.min(100, Math.floor((100 * now.fetching[0]) / now.fetching[1]))} %` : now.loss],
      ["descending", now.descending === null ? "--" : `${Math.round(100 * now.descending)} %`],
      ["worn", now.worn_s === null ? "--" : duration(now.worn_s)],
      ["battery", now.battery_percent === null ? "--" : `${now.battery_percent} %`, now.battery_percent !== null && now.battery_percent < 15],
      ["prescription", now.prescription || "--"],
      ["recording", now.recording || "not recorded"],
    ];
    if (!now.calibrated && now.state === "connected") facts.push(["calibration", "none: no pressures", true]);
    this.part(".facts").replaceChildren(...terms(facts));
  }

  found(found) {
    const where = found.site ? ` at the ${found.site}` : "";
    return element("li", `${found.kind}${where} (${found.level}, ${duration(found.lasted_s)}${found.open ? ", now" : ""})`, found.open ? "open" : "");
  }

  tell(verdict, advice, level) {
    say(this.part(".verdict"), verdict);
    say(this.part(".advice"), advice);
    say(this.link, `${this.label}: ${verdict}`);
    this.section.dataset.level = this.link.dataset.level = level;
  }

  // nothing is known of it any longer
  unknown(why) {
    this.tell("not known", why, "");
    this.section.classList.add("stale");
  }

  // advice on a symptom stays until something else is marked, or it is dismissed
  answer({ text, failed, to, symptom }) {
    if (symptom || (to === "mark" && !failed)) this.advise(symptom ? text : "");
    this.said(symptom ? "" : text, failed);
  }

  advise(text) {
    say(this.part(".symptom span"), text);
    this.part(".symptom").hidden = !text;
  }

  said(text, failed) {
    say(this.part("output"), text, failed);
  }
}

function wish(number, what) {
  if (socket.send({ ...what, sock: number })) asked.push(number);
  else socks.get(number).said("no connection to gradsock serve", true);
}

function of(number) {
  if (!socks.has(number)) socks.set(number, new Sock(number));
  document.getElementById("each").hidden = socks.size < 2;
  return socks.get(number);
}

function take(message) {
  if (message.type === "state") of(message.sock).show(message);
  else if (message.type === "samples") of(message.sock).traces.add(message.t, message.p);
  else if (message.type === "mark") of(message.sock).traces.mark(message.t, message.text);
  else if (message.type === "answer") of(asked.shift() ?? 0).answer(message);
}

const socket = new Socket(take, (text) => {
  say(document.getElementById("told"), text, Boolean(text));
  if (!text) return;
  asked.length = 0;
  for (const sock of socks.values()) sock.unknown("What is drawn is how it was.");
});

function draw() {
  for (const sock of socks.values()) sock.traces.draw();
  requestAnimationFrame(draw);
}

setTimeout(() => { document.getElementById("none").hidden = socks.size > 0; }, 1500);
requestAnimationFrame(draw);
