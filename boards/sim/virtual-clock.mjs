// Virtual time: the clock stands still but for what something costs, and jumps when the program waits.
// The conductor (host/gradsock/sim/conductor.py) grants the interpreter time up to a horizon, before which nothing in
// the world around it happens. Within it the interpreter goes on by itself; beyond it, it asks.

import { call, tell } from './bridge.mjs';
import { BELL } from './shared.mjs';

// What a board's processor needs, of the kind of a 160 MHz ESP32-C3 running MicroPython.
const LOOK_US = 120; // each look at the clock: asyncio looks once per step, so this stands for the step's Python, too
// Around each transfer on a bus: an ADS1115 driver needs 74,000 instructions of a Cortex-M3 for three of them.
const DRIVER_US = 150;
const BOOT_US = 400000; // from power-on to boot.py

export class VirtualClock {
  /**
   * @param us the time at which the interpreter begins, UTC microseconds
   * @param drift_ppm how much the board's own clock is fast
   */
  constructor(shared, us, drift_ppm = 0) {
    this.shared = shared;
    this.beganUs = us;
    this.rate = 1 + drift_ppm / 1e6;
    this.us = us;
    this.horizonUs = us;
    this.lookedMs = Math.floor(this.shown() / 1000);
    this.dogMs = 0; // 0: the watchdog does not run
    this.dogDueUs = Infinity;
    this.biting = false;
  }

  now() {
    return this.us / 1000;
  }

  /** What the board's own clock shows, in microseconds. */
  shown() {
    return this.beganUs + (this.us - this.beganUs) * this.rate;
  }

  /** The first moment at which the board's own clock shows this. */
  when(shownUs) {
    return Math.ceil(this.beganUs + (shownUs - this.beganUs) / this.rate - 1e-6);
  }

  /** A transfer on a bus, with the Python around it. */
  transfer(us) {
    this.pass(us + DRIVER_US);
  }

  /** The program reads the clock. */
  look() {
    this.pass(LOOK_US);
    this.lookedMs = Math.floor(this.shown() / 1000);
    return this.lookedMs;
  }

  boot() {
    this.pass(BOOT_US);
  }

  /** The conductor's answer to anything: the time it is, the next horizon, how often the bell has rung. */
  grant(us, horizonUs, bell) {
    this.us = us;
    this.horizonUs = horizonUs;
    Atomics.store(this.shared, BELL, bell);
  }

  /** What was told may change the world: it has to be asked before any time passes. */
  told() {
    this.horizonUs = this.us;
  }

  /** The program keeps the processor busy for so long. */
  pass(us) {
    const until = this.us + Math.round(us); // whole microseconds are the world's grid
    if (until <= this.horizonUs && until < this.dogDueUs) this.us = until;
    else this.park(until, false);
  }

  /** The program waits: until `ms` have passed since it last looked at the clock (negative: for ever), or an event. */
  idle(ms, heard) {
    this.sleepUntil(ms < 0 ? Infinity : this.when((this.lookedMs + ms) * 1000), heard);
  }

  /** Waits like `idle`, but only if nobody has to be asked for it; whether it did. */
  skip(ms, heard) {
    if (ms < 0 || Atomics.load(this.shared, BELL) !== heard) return false;
    const until = this.when((this.lookedMs + ms) * 1000);
    if (until > this.horizonUs || until >= this.dogDueUs) return false;
    this.us = Math.max(this.us, until);
    return true;
  }

  /** The same, from now. */
  wait(ms, heard) {
    this.sleepUntil(ms < 0 ? Infinity : this.us + Math.round(ms * 1000), heard);
  }

  sleepUntil(us, heard) {
    if (us <= this.us || Atomics.load(this.shared, BELL) !== heard) return;
    if (us <= this.horizonUs && us < this.dogDueUs) this.us = us;
    else this.park(us, true);
  }

  park(us, wakeable) {
    if (us < this.dogDueUs) {
      call('park', [us === Infinity ? null : us, wakeable]);
      return;
    }
    call('park', [this.dogDueUs, wakeable]);
    if (this.us < this.dogDueUs) return; // an event came first
    tell('watchdog');
    this.stop();
  }

  /** The interpreter never goes on. */
  stop() {
    for (;;) call('park', [null, false]);
  }

  watchdog(ms) {
    this.dogMs = ms;
    tell('armed', [ms]);
    this.feed();
  }

  feed() {
    if (this.dogMs) this.dogDueUs = this.us + this.dogMs * 1000;
  }
}
