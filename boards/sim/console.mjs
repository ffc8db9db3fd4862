// What the interpreter prints, on its way to the serial port: gathered into lines, newline made CR LF as boards do.

const CR = 13;
const LF = 10;
const FULL_BYTES = 512;

export class Console {
  /** @param send called with a Buffer */
  constructor(send) {
    this.send = send;
    this.bytes = [];
    this.last = 0;
  }

  put(byte) {
    if (byte === LF && this.last !== CR) this.bytes.push(CR);
    this.bytes.push(byte);
    this.last = byte;
    if (byte === LF || this.bytes.length >= FULL_BYTES) this.flush();
  }

  flush() {
    if (!this.bytes.length) return;
    const bytes = Buffer.from(this.bytes);
    this.bytes = [];
    this.send(bytes);
  }
}
