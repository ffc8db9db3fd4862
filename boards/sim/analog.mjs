// The voltages at a chip's inputs: windows fetched from the board process, read between by straight lines.

import { call } from './bridge.mjs';
import * as clock from './clock.mjs';

const GRID_MS = 5;
const SHORT = 51; // points: 0.25 s, since at speed 1 nobody likes to wait for a window
const LONG = 2001; // 10 s, since in virtual time the questions cost more than the windows
const INPUTS = 4;
const SETTLE_MS = 0.1; // of a divider of 10 kOhm with 10 nF at the input

export class Analog {
  constructor() {
    this.points = clock.virtual ? LONG : SHORT;
    this.windows = new Map();
    this.excited = { on: true, from: 1, ms: 0 }; // a pin feeds the dividers: since when, and from which share of the full voltage
  }

  /** Forgets what was fetched: the world has changed. */
  forget() {
    this.windows.clear();
  }

  /** Feeds the dividers from this instant on, or no longer. */
  excite(on, ms) {
    if (on !== this.excited.on) this.excited = { on, from: this.share(ms), ms };
  }

  share(ms) {
    const { on, from, ms: since } = this.excited;
    const goal = on ? 1 : 0;
    return goal + (from - goal) * Math.exp(-Math.max(0, ms - since) / SETTLE_MS);
  }

  /** {volts, noise}: four volts and four RMS noise volts at the chip `address` at the UTC instant `ms`. */
  at(address, ms) {
    let window = this.windows.get(address);
    if (!window || ms < window.startMs || ms > window.startMs + (this.points - 1) * GRID_MS) {
      window = this.fetch(address, Math.floor(ms / GRID_MS) * GRID_MS);
      this.windows.set(address, window);
    }
    const x = (ms - window.startMs) / GRID_MS;
    const i = Math.min(Math.floor(x), this.points - 2);
    const f = x - i;
    const volts = [];
    const share = this.share(ms);
    for (let input = 0; input < INPUTS; input++) {
      const k = input * this.points + i;
      volts.push(share * (window.volts[k] * (1 - f) + window.volts[k + 1] * f));
    }
    return { volts, noise: window.noise };
  }

  fetch(address, startMs) {
    const { errno, data } = call('adc.window', [address, startMs / 1000, GRID_MS / 1000, this.points]);
    if (errno) return { startMs, volts: new Float32Array(INPUTS * this.points), noise: new Float32Array(INPUTS) };
    const floats = new Float32Array(new Uint8Array(data).buffer);
    return { startMs, volts: floats.subarray(0, INPUTS * this.points), noise: floats.subarray(INPUTS * this.points) };
  }
}
