// The interpreter of one boot: official MicroPython for WebAssembly with a board around it.
// Python code is entered from here only; when it is not running, JavaScript waits for messages and timers.

import { workerData, parentPort } from 'node:worker_threads';
import { readdirSync, readFileSync } from 'node:fs';
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs';
import * as clock from './clock.mjs';
import { call, tell } from './bridge.mjs';
import { Console } from './console.mjs';
import { Events } from './events.mjs';
import { hardware } from './hardware.mjs';

const HEAP_BYTES = 1 << 20; // the first piece; MicroPython asks for more when it needs it
const STACK_WORDS = 4096;
const BUILT_IN = '/built-in'; // where the board's own modules lie while they are imported at start-up
const FLASHED = new Set(['board.py']); // this folder's file that is put on the board like the rest of the firmware

const { shared, config } = workerData;
const output = new Console((bytes) => tell('out', [], bytes));
let mp = null;
let running = false; // Python code is on the stack
let hooks = null; // the Python functions that this file calls, see _start.py
let handed = null; // id of the job whose event loop goes on in timers
let timer = null;

/** Runs `enter` with the interpreter marked as busy. */
function inside(enter) {
  running = true;
  try {
    return enter();
  } finally {
    running = false;
    output.flush();
  }
}

const events = new Events(shared, {
  running: () => running,
  schedule: () => hooks.schedule(hooks.dispatch, 0),
  interrupt: () => {
    if (mp._module._mp_hal_get_interrupt_char() === 3) mp._module._mp_sched_keyboard_interrupt();
  },
  fetch: () => call('events'),
});

const memory = (address, length) => mp._module.HEAPU8.subarray(address >>> 0, (address >>> 0) + length);

let answer = { errno: 0, result: null, data: Buffer.alloc(0) };

/** What the built-in Python modules import as `_sim`. Buffers come as address and length. */
const sim = {
  hook(schedule, dispatch, job, turn, stop, heap) {
    hooks = { schedule, dispatch, job, turn, stop, heap };
  },
  config: (key) => config[key],

  call(name, args, address, length) {
    output.flush();
    answer = call(name, JSON.parse(args), Buffer.from(memory(address, length)));
    events.look();
    return answer.errno;
  },
  result: () => JSON.stringify(answer.result),
  answered: () => answer.data.length,
  take(address, length) {
    memory(address, length).set(answer.data.subarray(0, length));
  },
  tell(name, args) {
    output.flush();
    tell(name, JSON.parse(args));
    events.look();
  },

  next_event: () => events.next(),
  event_args: () => JSON.stringify(events.current.args),
  event_bytes: () => events.current.data.length,
  event_take(address) {
    memory(address, events.current.data.length).set(events.current.data);
  },
  event_answer(value) {
    if (events.current.id) tell('answer', [events.current.id, value]);
  },

  fs_read(file, address, length) {
    answer = call('fs.read', [file, length]);
    if (answer.errno) return -answer.errno;
    memory(address, answer.data.length).set(answer.data);
    events.look();
    return answer.data.length;
  },
  fs_write(file, address, length) {
    answer = call('fs.write', [file], Buffer.from(memory(address, length)));
    events.look();
    return answer.errno ? -answer.errno : answer.result;
  },

  /** Sleeps up to `us`; returns what is left when something woke it. */
  sleep(us) {
    output.flush();
    const end = clock.now() + us / 1000;
    if (us >= 1000) clock.waitOn(shared, 0, events.heard, us / 1000);
    else clock.spend(end - us / 1000, us);
    events.look();
    return Math.max(0, Math.ceil((end - clock.now()) * 1000));
  },
  /** Blocks until the bell rings or `ms` have passed; negative: until the bell rings. */
  wait(ms) {
    output.flush();
    if (ms) clock.waitOn(shared, 0, events.heard, ms);
    events.look();
  },
  ticks_us: () => Math.floor(clock.now() * 1000 - config.powered_us) % 0x40000000,
  uptime_s: () => Math.floor((clock.now() * 1000 - config.powered_us) / 1e6),
  /** The board is being reset: Python never goes on. */
  end() {
    output.flush();
    for (;;) clock.waitOn(shared, 0, Atomics.load(shared, 0), -1);
  },
};
Object.assign(sim, hardware(shared, config, memory, events, () => parentPort.postMessage('watchdog')));

/** Everything that is due; called whenever JavaScript has the floor. */
function turn() {
  clock.clearTimer(timer);
  timer = null;
  const pressed = events.pressed();
  if (pressed && handed !== null) finish(inside(() => hooks.stop()));
  inside(() => hooks.dispatch(0));
  for (const { id } of events.measures.splice(0)) done(id, heapBytes(), '');
  while (events.jobs.length && handed === null) start(events.jobs.shift());
  if (handed === null) return;
  const dueMs = inside(() => hooks.turn());
  if (dueMs === -2) finish(0);
  else if (dueMs >= 0) timer = clock.setTimer(turn, dueMs);
  if (events.jobs.length && handed === null) turn();
}

/** Heap in use, without garbage: it is collected on the way out of a call, when nothing is on the stack. */
function heapBytes() {
  inside(() => hooks.heap(0));
  return inside(() => hooks.heap(1));
}

const JOB_HANDED = 1;

function start({ id, args, data }) {
  const [kind, name] = args;
  if (kind === 'banner') {
    inside(() => mp.replInit());
    return done(id, 0, '');
  }
  if (kind === 'chars') {
    for (const byte of data) if (inside(() => mp.replProcessChar(byte)) & 0x100) return done(id, 2, '');
    return done(id, 0, '');
  }
  const status = inside(() => hooks.job(kind, name, data.toString()));
  if (status === JOB_HANDED) handed = id;
  else done(id, status, errorText());
}

let error = '';
sim.error = (text) => {
  error = text;
};

function errorText() {
  const text = error;
  error = '';
  return text;
}

function finish(status) {
  const id = handed;
  handed = null;
  done(id, status, errorText());
}

function done(id, status, text) {
  output.flush();
  tell('done', [id, status, text]);
}

clock.install(() => events.look());
mp = await loadMicroPython({
  heapsize: HEAP_BYTES,
  pystack: STACK_WORDS,
  linebuffer: false,
  stdin: () => null,
  stdout: (bytes) => output.put(bytes[0]),
  stderr: (bytes) => output.put(bytes[0]),
});
mp.registerJsModule('_sim', sim);
mp.FS.mkdir(BUILT_IN);
const here = new URL('./', import.meta.url);
for (const name of readdirSync(here)) {
  if (name.endsWith('.py') && !FLASHED.has(name)) mp.FS.writeFile(`${BUILT_IN}/${name}`, readFileSync(new URL(name, here)));
}
inside(() => mp.runPython(`import sys\nsys.path.insert(0, '${BUILT_IN}')\nimport _start\n`));
tell('up', [heapBytes()]);
parentPort.on('message', turn);
turn();
