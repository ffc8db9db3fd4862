// The interpreter of one boot: official MicroPython for WebAssembly with a board around it.
// Python code is entered from here only; while none runs, JavaScript waits for messages and timers.

import { readdirSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs';
import { call, goBy, tell } from './bridge.mjs';
import * as clock from './clock.mjs';
import { Console } from './console.mjs';
import { Events } from './events.mjs';
import { hardware } from './hardware.mjs';
import { BELL, TURNS } from './shared.mjs';
import { VirtualClock } from './virtual-clock.mjs';

const HEAP_BYTES = 1 << 20; // the first piece; MicroPython asks for more when it needs it
const STACK_WORDS = 4096;
const BUILT_IN = '/built-in'; // where the board's own modules lie while they are imported at start-up
const FLASHED = new Set(['board.py']); // this folder's file that is put on the board like the rest of the firmware
const CTRL_C = 3;

// How a job ends, and what a turn of the event loop may say instead of a time; the same numbers stand in _start.py.
const ENDED = 0;
const HANDED_OVER = 1;
const EXIT = 2;
const NEVER = -1;
const INTERRUPTED = -100;
const TURNS_PER_BREATH = 1000; // in virtual time; JavaScript's own housekeeping wants its turn, too

const { shared, config } = workerData;
if (config.virtual_us) {
  clock.goBy(new VirtualClock(shared, config.virtual_us, config.drift_ppm));
  goBy(clock.virtual);
}
const output = new Console((bytes) => tell('out', [], bytes));
let mp = null;
let hooks = null; // the Python functions that this file calls, see _start.py
let running = false; // Python code is on the stack
let prompted = false; // the REPL has been reached since this boot
let handedOver = null; // the job whose event loop goes on in timers
let timer = null;
const answers = new Map(); // bytes that Python has not taken yet; several, since a handler may call in between
let answered = 0;
let broken = -1; // the bell's count when a sleep ended with something to hand over
let error = ''; // what a job has to say about its failure

const events = new Events(shared, {
  listening: () => running && hooks !== null,
  schedule: () => hooks.schedule(hooks.dispatch, 0),
  interrupt: () => {
    if (interruptible()) mp._module._mp_sched_keyboard_interrupt();
  },
  fetch: () => call('events'),
});

/** Unless the program took ctrl-C for itself (micropython.kbd_intr). */
const interruptible = () => mp._module._mp_hal_get_interrupt_char() === CTRL_C;

const memory = (address, length) => mp._module.HEAPU8.subarray(address >>> 0, (address >>> 0) + length);

/** Runs Python code. INTERRUPTED when ctrl-C came when no Python code was there to catch it. */
function python(enter) {
  running = true;
  const counted = hooks !== null;
  if (counted) Atomics.add(shared, TURNS, 1);
  try {
    return enter();
  } catch (raised) {
    if (raised?.name === 'PythonError' && raised.type === 'KeyboardInterrupt') return INTERRUPTED;
    throw raised;
  } finally {
    running = false;
    if (counted) Atomics.add(shared, TURNS, 1);
    output.flush();
  }
}

/** What the built-in Python modules import as `_sim`. Buffers come as address and length. */
const sim = {
  hook(schedule, dispatch, job, turn, stop, heap) {
    hooks = { schedule, dispatch, job, turn, stop, heap };
  },
  config: (key) => config[key],
  error(text) {
    error = text;
  },

  /** JSON: [errno, result, number of the answer, its bytes]; an answer with bytes is to be taken. */
  call(name, args, address, length) {
    output.flush();
    const { errno, result, data } = call(name, JSON.parse(args), memory(address, length));
    if (data.length) answers.set(++answered, data);
    events.look();
    return JSON.stringify([errno, result, answered, data.length]);
  },
  take(number, address) {
    const data = answers.get(number);
    memory(address, data.length).set(data);
    answers.delete(number);
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
    const { errno, data } = call('fs.read', [file, length]);
    if (!errno) memory(address, data.length).set(data);
    events.look();
    return errno ? -errno : data.length;
  },
  fs_write(file, address, length) {
    const { errno, result } = call('fs.write', [file], memory(address, length));
    events.look();
    return errno ? -errno : result;
  },

  /** Sleeps up to `us`; returns what is left when something woke it. */
  sleep(us) {
    output.flush();
    const started = clock.now();
    const rung = Atomics.load(shared, BELL);
    // A scheduled function, a radio's handler among them, is not interrupted by another one: what broke a sleep off and
    // was not handed over since will not be before this one has returned, so now it sleeps on.
    const deaf = events.scheduled && rung === broken;
    if (us < 1000) clock.spend(started, us);
    else if (deaf) clock.rest(shared, BELL, us / 1000);
    else clock.waitOn(shared, BELL, events.heard, us / 1000);
    events.look();
    broken = events.scheduled && !deaf ? Atomics.load(shared, BELL) : -1;
    return Math.max(0, Math.ceil(us - (clock.now() - started) * 1000));
  },
  served: () => events.served,
  /** Blocks until an event comes (since `served` was asked) or `ms` have passed; negative: until an event comes. */
  wait(ms, served) {
    output.flush();
    if (events.served === served) clock.waitOn(shared, BELL, events.heard, ms);
    events.look();
  },
  is_virtual: () => clock.virtual !== null,
  /** Virtual time: jumps over a wait of `ms` milliseconds since the last look at the clock, if nothing comes between. */
  skip: (ms) => clock.virtual.skip(ms, events.heard),
  ticks_us() {
    events.look();
    clock.virtual?.look();
    return Math.floor((clock.virtual?.shown() ?? clock.now() * 1000) - config.powered_us) % 0x40000000;
  },
  uptime_s() {
    events.look();
    clock.virtual?.look();
    return Math.floor((clock.now() * 1000 - config.powered_us) / 1e6);
  },
  /** The board is being reset: Python never goes on. */
  end() {
    output.flush();
    clock.virtual?.stop();
    for (;;) clock.waitOn(shared, BELL, Atomics.load(shared, BELL), -1);
  },
};
Object.assign(sim, hardware(shared, config, memory, events, () => parentPort.postMessage('watchdog')));

/** Speed 1: called whenever JavaScript has the floor. */
function turn() {
  clock.clearTimer(timer);
  const due = work();
  timer = due === NEVER ? null : clock.setTimer(turn, due);
}

/** Virtual time: nothing else has the floor. */
async function live() {
  for (;;) {
    for (let turns = 0; turns < TURNS_PER_BREATH; turns++) clock.virtual.idle(work(), events.heard);
    await new Promise((resume) => setImmediate(resume));
  }
}

/** Does everything that is due; milliseconds until there is more, or NEVER. */
function work() {
  let stop = (handedOver !== null || prompted) && events.pressed() && interruptible(); // before that it waits for boot.py
  if (events.due()) stop = python(() => hooks.dispatch(0)) === INTERRUPTED || stop;
  for (const { id } of events.measures.splice(0)) done(id, heapBytes());
  while (handedOver === null && events.jobs.length) start(events.jobs.shift());
  if (handedOver === null) return NEVER;
  const served = events.served;
  let due = stop ? INTERRUPTED : python(() => hooks.turn());
  if ((due >= 0 || due === NEVER) && events.served !== served) due = 0; // an event may have made a task due
  if (due >= 0 || due === NEVER) return due;
  finish(due === INTERRUPTED ? python(() => hooks.stop()) : -due);
  return 0;
}

/** The handed-over loop is over: the script that began it counts as ended. */
function finish(status) {
  const { id } = handedOver;
  handedOver = null;
  done(id, status);
}

/** Heap in use, without garbage: it is collected on the way out of a call, when nothing is on the stack. */
function heapBytes() {
  python(() => hooks.heap(0));
  return python(() => hooks.heap(1));
}

function start(job) {
  const [kind, name] = job.args;
  if (kind === 'banner') {
    prompted = true;
    python(() => mp.replInit());
    done(job.id, ENDED);
  } else if (kind === 'chars') {
    done(job.id, typed(job.data));
  } else {
    const status = python(() => hooks.job(kind, name, job.data.toString()));
    if (status === HANDED_OVER) handedOver = job;
    else done(job.id, status === INTERRUPTED ? python(() => hooks.stop()) : status);
  }
}

/** Characters for MicroPython's own REPL. */
function typed(bytes) {
  for (const byte of bytes) {
    const status = python(() => mp.replProcessChar(byte));
    if (status > 0 && status & 0x100) return EXIT; // PYEXEC_FORCED_EXIT: ctrl-D, or SystemExit
  }
  return ENDED;
}

function done(id, status) {
  output.flush();
  tell('done', [id, status, error]);
  error = '';
}

/**
 * Each call from one MicroPython function to another goes through the table of functions, and this build checks its own
 * copy of the table against the real one each time: a fifth of all time. The real one never changes once it is filled.
 */
function rememberTable() {
  const { get } = WebAssembly.Table.prototype;
  const remembered = [];
  WebAssembly.Table.prototype.get = function look(index) {
    return (remembered[index] ??= get.call(this, index));
  };
}

rememberTable();
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
python(() => mp.runPython(`import sys\nsys.path.insert(0, '${BUILT_IN}')\nimport _start\n`));
clock.virtual?.boot();
tell('up', [heapBytes()]);
if (clock.virtual) {
  live();
} else {
  parentPort.on('message', turn);
  turn();
}
