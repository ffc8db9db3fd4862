// Blocking calls from the Worker to the board process, over two pipes.
// A frame is: u32 length of the JSON part, u32 length of the data part, u32 1 when an answer is expected, JSON, data.
// Asked: [name, args]. Answered: [errno, result], the data behind it.
// In virtual time both carry it: [name, args, us] and [errno, result, us, horizon in us, rings of the bell].

import { readSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { request_fd: REQUEST_FD, answer_fd: ANSWER_FD } = workerData.config;
const HEADER_BYTES = 12;
const EMPTY = Buffer.alloc(0);
const UNHURRIED = ['out', 'pin']; // messages that nobody in the world answers

let clock = null;
const before = [];

/** Goes by a virtual clock: what is said carries its time, what is answered sets it. */
export function goBy(virtual) {
  clock = virtual;
}

/** Has `run` called before this thread blocks. */
export function beforeAsking(run) {
  before.push(run);
}

function write(json, data, answered) {
  if (clock) json.push(clock.us);
  const text = Buffer.from(JSON.stringify(json));
  const frame = Buffer.allocUnsafe(HEADER_BYTES + text.length + data.length);
  frame.writeUInt32LE(text.length, 0);
  frame.writeUInt32LE(data.length, 4);
  frame.writeUInt32LE(answered ? 1 : 0, 8);
  text.copy(frame, HEADER_BYTES);
  frame.set(data, HEADER_BYTES + text.length);
  let done = 0;
  while (done < frame.length) done += writeSync(REQUEST_FD, frame, done);
}

function read(bytes) {
  const buffer = Buffer.allocUnsafe(bytes);
  let have = 0;
  while (have < bytes) {
    const n = readSync(ANSWER_FD, buffer, have, bytes - have, null);
    if (n === 0) for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // the board process is gone
    have += n;
  }
  return buffer;
}

/** Tells the board process something; no answer. */
export function tell(name, args = [], data = EMPTY) {
  write([name, args], data, false);
  if (clock && !UNHURRIED.includes(name)) clock.told();
}

/** Asks the board process and blocks until it answers: {errno, result, data}. */
export function call(name, args = [], data = EMPTY) {
  for (const run of before) run();
  write([name, args], data, true);
  const header = read(8);
  const [errno, result, us, horizonUs, bell] = JSON.parse(read(header.readUInt32LE(0)).toString());
  if (clock) clock.grant(us, horizonUs, bell);
  const length = header.readUInt32LE(4);
  return { errno, result, data: length ? read(length) : EMPTY };
}
