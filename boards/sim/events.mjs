// Events from the board process: fetched when the bell has rung, handed to Python as an interrupt would be.
// While Python runs they are handed over at the next bytecode that MicroPython lets a scheduled function in;
// while it does not, at once.

import { BELL, PRESSED, SEEN } from './shared.mjs';

export class Events {
  /**
   * @param shared the cells shared with the main thread
   * @param board {listening(): Python is on the stack and ready for it, schedule(): have Python call dispatch soon,
   *   interrupt(): raise KeyboardInterrupt in Python, fetch(): a blocking call that brings waiting events}
   */
  constructor(shared, board) {
    this.shared = shared;
    this.board = board;
    this.heard = 0; // the bell's count when events were last fetched
    this.served = 0; // events handed over so far
    this.scheduled = false;
    this.waiting = [];
    this.jobs = []; // for the REPL, run one after the other
    this.measures = []; // of the heap, taken between two turns of the program
    this.current = null;
  }

  /** Ctrl-C was pressed since the last look. */
  pressed() {
    const presses = Atomics.load(this.shared, PRESSED);
    if (presses === Atomics.load(this.shared, SEEN)) return false;
    Atomics.store(this.shared, SEEN, presses);
    return true;
  }

  /** Something waits to be handed over. */
  due() {
    return this.waiting.length > 0 || Atomics.load(this.shared, BELL) !== this.heard;
  }

  /** Called at every chance while Python runs; does next to nothing when nothing waits. */
  look() {
    if (!this.board.listening()) return;
    if (this.pressed()) this.board.interrupt();
    if (this.scheduled || Atomics.load(this.shared, BELL) === this.heard) return;
    this.scheduled = true;
    try {
      this.board.schedule();
    } catch {
      this.scheduled = false; // MicroPython's queue of scheduled functions is full: next time
    }
  }

  /** Makes the next event current; its kind, or null when none waits. */
  next() {
    this.scheduled = false;
    if (!this.waiting.length && Atomics.load(this.shared, BELL) !== this.heard) this.fetch();
    this.current = this.waiting.shift() ?? null;
    if (this.current) this.served++;
    return this.current && this.current.kind;
  }

  fetch() {
    this.heard = Atomics.load(this.shared, BELL);
    const { result, data } = this.board.fetch();
    let at = 0;
    for (const [kind, id, args, bytes] of result ?? []) {
      const event = { kind, id, args, data: data.subarray(at, at + bytes) };
      at += bytes;
      if (kind === 'job') this.jobs.push(event);
      else if (kind === 'heap') this.measures.push(event);
      else this.waiting.push(event);
    }
  }
}
