// An ADS1115 as seen from the bus: four registers behind a pointer, and a conversion that takes its time.
// Source of all figures: Texas Instruments ADS1115 data sheet, SBAS444E, sections 7.5, 8.4 and 8.6.

import { now } from './clock.mjs';

// Registers; 2 and 3 are the comparator's thresholds, which nothing is wired to.
const CONVERSION = 0;
const CONFIG = 1;

const OS = 0x8000;
const SINGLE_SHOT = 0x0100;
const FULL_SCALE_V = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
const RATE_SPS = [8, 16, 32, 64, 128, 250, 475, 860];
const MUX = [[0, 1], [0, 3], [1, 3], [2, 3], [0, null], [1, null], [2, null], [3, null]];
const WAKE_UP_MS = 0.025;
const RATE_TOLERANCE = 0.1; // the chip's own oscillator: +-10 %

export class Ads1115 {
  /**
   * @param address 7-bit bus address
   * @param random random numbers in [0, 1), seeded
   * @param analog `at(ms)` -> {volts: 4 numbers, noise: 4 numbers (RMS)} at that instant
   * @param record `(ms, address, mux, counts, config)`, called once for each conversion whose end the bus has seen
   */
  constructor(address, random, analog, record) {
    this.address = address;
    this.random = random;
    this.analog = analog;
    this.record = record;
    this.slowness = 1 + RATE_TOLERANCE * (2 * random() - 1);
    this.powerOn();
  }

  powerOn() {
    this.pointer = CONVERSION;
    this.registers = [0x0000, 0x8583, 0x8000, 0x7fff];
    this.running = null; // {config, endMs} of the conversion under way
  }

  write(bytes) {
    this.settle();
    if (bytes.length === 0) return;
    this.pointer = bytes[0] & 3;
    if (bytes.length < 3 || this.pointer === CONVERSION) return; // the result is read-only; half a register is no write
    const value = (bytes[1] << 8) | bytes[2];
    if (this.pointer === CONFIG) this.configure(value);
    else this.registers[this.pointer] = value;
  }

  read(buffer) {
    this.settle();
    let value = this.registers[this.pointer] & 0xffff;
    if (this.pointer === CONFIG) value = this.idle() ? value | OS : value & ~OS;
    for (let i = 0; i < buffer.length; i++) buffer[i] = i % 2 ? value & 0xff : value >> 8;
  }

  idle() {
    return !this.running || !(this.running.config & SINGLE_SHOT);
  }

  configure(value) {
    this.registers[CONFIG] = value;
    const startNow = value & SINGLE_SHOT ? value & OS : true;
    // A conversion under way ends as it began; OS has no effect on it (8.6.3), and what was stored is the next one's.
    if (this.running && this.running.config & SINGLE_SHOT) return;
    if (!startNow) {
      this.running = null;
      return;
    }
    this.start(value, now() + WAKE_UP_MS);
  }

  start(config, beginMs) {
    const periodMs = (1000 / RATE_SPS[(config >> 5) & 7]) * this.slowness;
    this.running = { config, periodMs, endMs: beginMs + periodMs };
  }

  /** Brings the result register up to now. In continuous mode only the latest finished conversion is made. */
  settle() {
    const at = now();
    if (!this.running || at < this.running.endMs) return;
    const { config, periodMs, endMs } = this.running;
    if (config & SINGLE_SHOT) {
      this.running = null;
      this.convert(config, endMs);
    } else {
      const latest = endMs + Math.floor((at - endMs) / periodMs) * periodMs;
      this.convert(config, latest);
      this.start(this.registers[CONFIG], latest);
    }
  }

  convert(config, ms) {
    const mux = (config >> 12) & 7;
    const [positive, negative] = MUX[mux];
    const { volts, noise } = this.analog.at(this.address, ms);
    let v = volts[positive] + noise[positive] * this.gauss();
    if (negative !== null) v -= volts[negative] + noise[negative] * this.gauss();
    const counts = Math.round((v / FULL_SCALE_V[(config >> 9) & 7]) * 32768);
    const clipped = Math.max(-32768, Math.min(32767, counts));
    this.registers[CONVERSION] = clipped & 0xffff;
    this.record(ms, this.address, mux, clipped, config);
  }

  gauss() {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }
}

/** Random numbers in [0, 1) from a 32-bit seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
