// The one clock of a virtual board. Everything in its Worker that asks for the time, waits or sets a timer asks here.
// Speed 1: the clock is the wall clock, in milliseconds since 1970 (UTC), and never steps back within one boot.
// Virtual time: see virtual-clock.mjs.

const wallTimeout = globalThis.setTimeout;
const wallClear = globalThis.clearTimeout;
const wallImmediate = globalThis.setImmediate;
const wallMonotonic = performance.now.bind(performance);
const origin = Date.now() - wallMonotonic();

/** The virtual clock, null at speed 1. */
export let virtual = null;

/** Goes by a virtual clock from now on. */
export function goBy(clock) {
  virtual = clock;
}

/** Milliseconds since 1970, with microseconds behind the point. */
export function now() {
  return virtual ? virtual.now() : origin + wallMonotonic();
}

/** Calls `run` after `ms` milliseconds; 0 means as soon as waiting messages have been looked at. Speed 1 only. */
export function setTimer(run, ms) {
  if (ms <= 0) return { immediate: wallImmediate(run) };
  return { timeout: wallTimeout(run, ms) };
}

export function clearTimer(timer) {
  if (!timer) return;
  if (timer.immediate) clearImmediate(timer.immediate);
  else wallClear(timer.timeout);
}

/** Waits at most `ms` milliseconds (negative: without end) while `cell` of `shared` holds `value`; blocks the thread. */
export function waitOn(shared, cell, value, ms) {
  if (virtual) virtual.wait(ms, value);
  else Atomics.wait(shared, cell, value, ms < 0 ? Infinity : ms);
}

/** Waits `ms` milliseconds; at speed 1 less when `cell` of `shared` changes. Blocks the thread. */
export function rest(shared, cell, ms) {
  if (virtual) virtual.pass(ms * 1000);
  else Atomics.wait(shared, cell, Atomics.load(shared, cell), ms);
}

/** Lets `us` microseconds pass, counted from `startMs`: what a bus transfer costs. Too short to hand the processor away. */
export function spend(startMs, us) {
  if (virtual) {
    virtual.pass(us);
    return;
  }
  const end = startMs + us / 1000;
  while (now() < end);
}

/** The same for a transfer on a bus, which in virtual time costs the driver's share, too. */
export function transfer(startMs, us) {
  if (virtual) virtual.transfer(us);
  else spend(startMs, us);
}

/** MicroPython reads `Date.now`; make it read this clock, and call `looked` each time. */
export function install(looked) {
  Date.now = () => {
    looked();
    return virtual ? virtual.look() : Math.floor(now());
  };
}
