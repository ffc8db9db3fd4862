// The one socket to the server that made the page; it comes back by itself.
const LONGEST_MS = 5000;

export class Socket {
  // take: called with each message; told: called with a line about the connection, empty when it stands
  constructor(take, told) {
    Object.assign(this, { take, told, waited: 500 });
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    this.socket.addEventListener("open", () => { this.waited = 500; this.told(""); });
    this.socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => {
      this.told("gradsock serve does not answer; trying again");
      setTimeout(() => this.connect(), this.waited);
      this.waited = Math.min(LONGEST_MS, this.waited * 2);
    });
  }

  // whether it could be sent
  send(wish) {
    const open = this.socket.readyState === WebSocket.OPEN;
    if (open) this.socket.send(JSON.stringify(wish));
    return open;
  }
}
