// One boot of the virtual board: a Node process whose only Worker runs the interpreter.
// This thread stays free, so it hears the board process even while the interpreter is in a hard loop:
//   'e' events wait to be fetched     'c' ctrl-C     end of input: the board process is gone, so are we
// It answers on its standard output: 'w' the watchdog bit     's' ctrl-C is not seen by what runs, see STUCK_MS.

import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import * as clock from './clock.mjs';
import { BELL, PRESSED, SEEN, WATCHDOG_MS, FED, TURNS, CELLS } from './shared.mjs';

// Of this process's own work inside one call of Python. An interpreter that is not up yet, or a busy machine that lets
// it wait, is not stuck: what is pressed then is seen later.
const STUCK_MS = 1000;
const LOOK_MS = 100;

const shared = new Int32Array(new SharedArrayBuffer(4 * CELLS));
const config = JSON.parse(process.argv[2]);
const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { shared, config } });
worker.on('error', (error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(3);
});

function ring() {
  Atomics.add(shared, BELL, 1);
  Atomics.notify(shared, BELL);
  worker.postMessage(0);
}

const worked_ms = () => (({ user, system }) => (user + system) / 1000)(process.cpuUsage());

function interrupt() {
  const press = Atomics.add(shared, PRESSED, 1) + 1;
  ring();
  lookFor(press, Atomics.load(shared, TURNS), worked_ms());
}

/** Says 's' when a press is still not seen after so much work in the same call of Python: a loop that never calls out. */
function lookFor(press, turn, since_ms) {
  setTimeout(() => {
    if (Atomics.load(shared, SEEN) >= press) return;
    const now = Atomics.load(shared, TURNS);
    if (now !== turn || now % 2 === 0) lookFor(press, now, worked_ms());
    else if (worked_ms() - since_ms < STUCK_MS) lookFor(press, turn, since_ms);
    else writeSync(1, 's');
  }, LOOK_MS);
}

function watch() {
  const timeout = Atomics.load(shared, WATCHDOG_MS);
  if (!timeout) return;
  const age = (Math.floor(clock.now()) - Atomics.load(shared, FED)) | 0;
  if (age > timeout) writeSync(1, 'w');
  else clock.setTimer(watch, Math.max(1, timeout - age + 1));
}

worker.on('message', () => watch()); // the watchdog was started
process.stdin.on('data', (bytes) => {
  for (const byte of bytes) {
    if (byte === 0x63) interrupt();
    else ring();
  }
});
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
