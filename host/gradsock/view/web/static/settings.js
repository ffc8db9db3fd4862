// Settings, reminders and owners of each sock, as the sock itself tells them.
import { ask, element, lines, say, send } from "./common.js";
import { Socket } from "./socket.js";

let asked = null;

class Sock {
  constructor({ number, label }) {
    this.number = number;
    this.section = document.getElementById("sock").content.firstElementChild.cloneNode(true);
    document.getElementById("socks").append(this.section);
    this.part = (name) => this.section.querySelector(name);
    say(this.part("h3"), label);
    this.part("form").addEventListener("submit", (event) => { event.preventDefault(); this.change(); });
    this.part("form").addEventListener("reset", () => say(this.part("form output"), ""));
    this.part(".again").addEventListener("click", () => this.open());
    for (const button of this.section.querySelectorAll(".tell button")) {
      button.addEventListener("click", () => this.remind(button.dataset.text));
    }
    this.open();
  }

  async open() {
    say(this.part(".away"), "asking the sock");
    try {
      this.show(await ask(`/api/socks/${this.number}/settings`));
      await this.owners();
      this.there(true, "");
    } catch (error) {
      this.there(false, error.message);
    }
  }

  there(is, text) {
    say(this.part(".away"), text, !is);
    this.part("form").hidden = this.part(".rest").hidden = !is;
    this.part(".again").hidden = is;
  }

  show(fields) {
    this.fields = fields;
    const groups = new Map();
    for (const field of fields) {
      if (!groups.has(field.group)) {
        const group = element("fieldset");
        group.append(element("legend", field.group));
        groups.set(field.group, group);
      }
      groups.get(field.group).append(...this.row(field));
    }
    this.part(".groups").replaceChildren(...groups.values());
  }

  row(field) {
    const row = element("p", undefined, "setting"), label = element("label", field.label), about = element("small", field.about);
    const input = made(field);
    input.name = field.key;
    input.id = `${field.key}-${this.number}`;
    about.id = `${input.id}-about`;
    label.htmlFor = input.id;
    input.setAttribute("aria-describedby", about.id);
    input.disabled = field.locked;
    row.append(label, input, about);
    if (field.key !== "prescription") return [row];
    const word = element("label", undefined, "setting"), box = element("input");
    box.type = "checkbox";
    box.name = "physician";
    word.append(box, " 20 mmHg or more: a physician prescribed it");
    return [row, word];
  }

  patch() {
    const patch = {};
    for (const field of this.fields) {
      const input = this.part("form").elements[field.key];
      const value = read(field, input);
      if (JSON.stringify(value) !== JSON.stringify(field.value)) patch[field.key] = value;
    }
    return patch;
  }

  async change() {
    const output = this.part("form output"), button = this.part("form button");
    try {
      const patch = this.patch();
      if (!Object.keys(patch).length) return say(output, "nothing was changed");
      button.disabled = true;
      say(output, "the sock restarts with it");
      this.show(await send(`/api/socks/${this.number}/settings`, { patch, physician: this.part("form").elements.physician.checked }));
      say(output, `changed: ${Object.keys(patch).join(", ")}`);
    } catch (error) {
      say(output, error.message, true);
    } finally {
      button.disabled = false;
    }
  }

  async owners() {
    const owners = await ask(`/api/socks/${this.number}/owners`);
    this.part(".owners").replaceChildren(...lines(owners.map((address) => {
      const line = element("li", `${address} `), button = element("button", "Remove");
      button.setAttribute("aria-label", `Remove ${address}`);
      button.addEventListener("click", () => this.remove(address));
      line.append(button);
      return line;
    }), "none: it lets everybody in, or nobody has paired with it (gradsock pair)"));
  }

  async remove(address) {
    if (!confirm(`Remove the owner ${address}? It has no access any longer, and every connection ends.`)) return;
    try {
      await send(`/api/socks/${this.number}/owners/remove`, { address });
      say(this.part(".owned"), `removed ${address}`);
      await this.owners();
    } catch (error) {
      say(this.part(".owned"), error.message, true);
    }
  }

  remind(text) {
    asked = this.part(".reminded");
    if (!socket.send({ do: "snooze", sock: this.number, text })) say(asked, "no connection to gradsock serve", true);
  }
}

function made(field) {
  if (field.kind === "choice") {
    const select = element("select");
    select.append(...field.choices.map((choice) => new Option(choice, choice, choice === field.value, choice === field.value)));
    return select;
  }
  const input = element("input");
  if (field.kind === "switch") {
    input.type = "checkbox";
    input.defaultChecked = field.value;
  } else {
    if (field.kind === "number") Object.assign(input, { type: "number", min: 0, step: 1 });
    input.defaultValue = field.kind === "json" ? JSON.stringify(field.value) : field.value;
  }
  return input;
}

function read(field, input) {
  if (field.kind === "switch") return input.checked;
  if (field.kind === "number") return Number(input.value);
  if (field.kind === "choice") return typeof field.default === "number" ? Number(input.value) : input.value;
  if (field.kind !== "json") return input.value;
  try {
    return JSON.parse(input.value);
  } catch {
    throw new Error(`${field.key}: this is no JSON`);
  }
}

const socket = new Socket((message) => {
  if (message.type === "answer" && asked) say(asked, message.text, message.failed);
}, (text) => say(document.getElementById("told"), text, Boolean(text)));

ask("/api/socks").then((socks) => {
  document.getElementById("none").hidden = socks.length > 0;
  for (const sock of socks) new Sock(sock);
}).catch((error) => say(document.getElementById("told"), error.message, true));
