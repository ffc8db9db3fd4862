// The voltages at a chip's inputs: windows fetched from the board process, read between by straight lines.

import { call } from './bridge.mjs';

const GRID_MS = 5;
const POINTS = 51; // 0.25 s
const INPUTS = 4;

export class Analog {
  constructor() {
    this.windows = new Map();
  }

  /** Forgets what was fetched: the world has changed. */
  forget() {
    this.windows.clear();
  }

  /** {volts, noise}: four volts and four RMS noise volts at the chip `address` at the UTC instant `ms`. */
  at(address, ms) {
    let window = this.windows.get(address);
    if (!window || ms < window.startMs || ms > window.startMs + (POINTS - 1) * GRID_MS) {
      window = this.fetch(address, Math.floor(ms / GRID_MS) * GRID_MS);
      this.windows.set(address, window);
    }
    const x = (ms - window.startMs) / GRID_MS;
    const i = Math.min(Math.floor(x), POINTS - 2);
    const f = x - i;
    const volts = [];
    for (let input = 0; input < INPUTS; input++) {
      const k = input * POINTS + i;
      volts.push(window.volts[k] * (1 - f) + window.volts[k + 1] * f);
    }
    return { volts, noise: window.noise };
  }

  fetch(address, startMs) {
    const { errno, data } = call('adc.window', [address, startMs / 1000, GRID_MS / 1000, POINTS]);
    if (errno) return { startMs, volts: new Float32Array(INPUTS * POINTS), noise: new Float32Array(INPUTS) };
    const floats = new Float32Array(new Uint8Array(data).buffer);
    return { startMs, volts: floats.subarray(0, INPUTS * POINTS), noise: floats.subarray(INPUTS * POINTS) };
  }
}
