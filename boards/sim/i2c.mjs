// The I2C buses of the board: what is plugged in answers, an address where nothing is does not (NACK).

import { now, transfer } from './clock.mjs';

const ENODEV = 19; // what MicroPython on ESP32 raises when no chip acknowledges its address
const BITS_PER_BYTE = 9; // eight and the acknowledge
const START_STOP_BITS = 2;

export class I2cBus {
  constructor() {
    this.chips = new Map();
    this.plugged = new Set();
  }

  attach(chip) {
    this.chips.set(chip.address, chip);
    this.plugged.add(chip.address);
  }

  /** Pulls a chip off the bus, or puts it back. False: there is no such chip. */
  plug(address, present) {
    if (!this.chips.has(address)) return false;
    if (present && !this.plugged.has(address)) this.chips.get(address).powerOn();
    if (present) this.plugged.add(address);
    else this.plugged.delete(address);
    return true;
  }

  scan() {
    return [...this.plugged].sort((a, b) => a - b);
  }

  /** 0, or minus an errno. The time of the transfer passes. */
  write(address, bytes, hertz) {
    const started = now();
    if (!this.plugged.has(address)) return this.refuse(started, hertz);
    this.chips.get(address).write(bytes);
    this.pass(started, bytes.length, hertz);
    return 0;
  }

  read(address, buffer, hertz) {
    const started = now();
    if (!this.plugged.has(address)) return this.refuse(started, hertz);
    this.chips.get(address).read(buffer);
    this.pass(started, buffer.length, hertz);
    return 0;
  }

  /** The number of a register is written, then it is read. */
  readFrom(address, register, buffer, hertz) {
    return this.write(address, [register], hertz) || this.read(address, buffer, hertz);
  }

  refuse(started, hertz) {
    this.pass(started, 0, hertz);
    return -ENODEV;
  }

  pass(started, bytes, hertz) {
    transfer(started, ((1 + bytes) * BITS_PER_BYTE + START_STOP_BITS) * (1e6 / hertz));
  }
}
