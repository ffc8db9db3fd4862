// Marks that the wearer put, and notes put upon a recording afterwards.
import { lines, say, send } from "./common.js";

export class Notes {
  constructor(view) {
    this.view = view;
    this.at = null;  // ms UTC; null: the middle of what is shown
    view.part(".note").addEventListener("submit", (event) => {
      event.preventDefault();
      this.put(event.target.elements.text);
    });
  }

  about(at) {
    this.at = at;
    say(this.view.part(".when"), `at ${this.view.clock(at)}`);
  }

  show() {
    const { view } = this;
    const both = (about) => [...about.marks, ...about.notes.map((note) => ({ ...note, note: true }))];
    view.marks = view.abouts.flatMap(both).filter((mark) => mark.utc_us !== null)
      .map((mark) => ({ at: mark.utc_us / 1000, text: mark.text, note: mark.note ?? false })).sort((a, b) => a.at - b.at);
    const told = view.marks.map((mark) => view.jump(`${view.clock(mark.at)} ${mark.note ? "note: " : ""}${mark.text}`, mark.at - 30e3, mark.at + 30e3));
    view.part(".marks").replaceChildren(...lines(told, "none"));
    view.plot?.redraw(false);
  }

  async put(field) {
    const { view } = this, output = view.part(".note output");
    const at = this.at ?? (view.from + view.to) / 2;
    const about = view.abouts.filter((one) => one.first_utc_us / 1000 <= at).at(-1) ?? view.abouts[0];
    try {
      about.notes.push(await send(`/api/recordings/${encodeURIComponent(about.id)}/notes`, { text: field.value, at }));
      field.value = "";
      say(output, "noted");
      this.show();
    } catch (error) {
      say(output, error.message, true);
    }
  }
}
