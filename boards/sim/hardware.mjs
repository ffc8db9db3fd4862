// The board's parts behind `machine`: buses, pins, watchdog, battery.

import { openSync, writeSync } from 'node:fs';
import * as clock from './clock.mjs';
import { beforeAsking, call, tell } from './bridge.mjs';
import { Ads1115, seeded } from './ads1115.mjs';
import { Analog } from './analog.mjs';
import { I2cBus } from './i2c.mjs';
import { WATCHDOG_MS, FED } from './shared.mjs';

const EXCITATION_PIN = '8'; // feeds the sensors' dividers while it is high, as in board.py
const RECORD_BYTES = 14;
const RECORDS_KEPT = 64; // in virtual time, where time stands still for whoever reads them

/** One record per conversion: t_us u64 (UTC), address u8, mux u8, counts i16, config u16, little endian. */
function recorder(path) {
  const file = openSync(path, 'a');
  const records = Buffer.alloc(RECORD_BYTES * RECORDS_KEPT);
  let used = 0;
  const flush = () => {
    if (used) writeSync(file, records, 0, used);
    used = 0;
  };
  beforeAsking(flush); // whoever may end this interpreter is asked first
  return (ms, address, mux, counts, config) => {
    const us = Math.round(ms * 1000);
    records.writeUInt32LE(us % 2 ** 32, used);
    records.writeUInt32LE(Math.floor(us / 2 ** 32), used + 4);
    records.writeUInt8(address, used + 8);
    records.writeUInt8(mux, used + 9);
    records.writeInt16LE(counts, used + 10);
    records.writeUInt16LE(config, used + 12);
    used += RECORD_BYTES;
    if (!clock.virtual || used === records.length) flush();
  };
}

/** The functions of `_sim` that touch hardware. */
export function hardware(shared, config, memory, events, watch) {
  const analog = new Analog();
  const bus = new I2cBus();
  const record = recorder(config.conversions);
  for (const address of config.adc) {
    const chip = new Ads1115(address, seeded(config.seed * 131 + address), analog, record);
    chip.random = seeded(config.seed * 131 + address + 7919 * config.boot); // the chip stays the same, its noise does not
    bus.attach(chip);
    if (!config.plugged.includes(address)) bus.plug(address, false);
  }
  const levels = new Map();
  const seen = new Map(); // levels that the board process knows of
  const changed = new Set();
  const show = (pin) => {
    if (seen.get(pin) === levels.get(pin)) return;
    seen.set(pin, levels.get(pin));
    tell('pin', [pin, levels.get(pin)]);
  };
  beforeAsking(() => {
    changed.forEach(show);
    changed.clear();
  });
  const after = (value) => {
    events.look();
    return value;
  };
  return {
    i2c_write: (address, at, length, hertz) => after(bus.write(address, memory(at, length), hertz)),
    i2c_read: (address, at, length, hertz) => after(bus.read(address, memory(at, length), hertz)),
    i2c_read_from: (address, register, at, length, hertz) =>
      after(bus.readFrom(address, register, memory(at, length), hertz)),
    i2c_scan: () => after(JSON.stringify(bus.scan())),
    plug: (address, present) => bus.plug(address, present),
    world_changed: () => analog.forget(),

    pin_read: (pin) => after(levels.get(String(pin)) ?? -1),
    pin_write(pin, level, told) {
      levels.set(String(pin), level);
      if (String(pin) === EXCITATION_PIN) analog.excite(level !== 0, clock.now());
      if (!told) seen.set(String(pin), level);
      else if (clock.virtual) changed.add(String(pin)); // time stands still for whoever looks: the last one will do
      else show(String(pin));
      return after(0);
    },
    adc_volts(pin) {
      const { errno, result } = call('adc.pin', [String(pin)]);
      return after(errno ? 0 : result);
    },

    watchdog(ms) {
      if (clock.virtual) {
        clock.virtual.watchdog(ms);
        return;
      }
      Atomics.store(shared, FED, Math.floor(clock.now()) | 0);
      Atomics.store(shared, WATCHDOG_MS, ms);
      watch();
    },
    feed() {
      if (clock.virtual) clock.virtual.feed();
      else Atomics.store(shared, FED, Math.floor(clock.now()) | 0);
      events.look();
    },
  };
}
