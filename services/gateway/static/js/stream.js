// A session's events: WebSocket, or server-sent events where that does not pass; resumes by itself.

const SILENCE = 25_000;
const DELAYS = [300, 700, 1500, 3000, 5000];
const FINAL = { 1000: "ended", 4401: "denied", 4404: "gone", 4400: "denied" };

export class EventStream {
  /**
   * @param {{session: string, onEvents: (events: object[]) => void,
   *          onStatus?: (status: string) => void, tracks?: string[], view?: string,
   *          token?: string, last?: number}} options
   *   Status: "connecting", "open", "lost", "ended", "gone" or "denied"; the last three are final,
   *   but a session that has ended may be looked for again.
   */
  constructor(options) {
    this.options = { onStatus: () => {}, ...options };
    this.after = 0;
    this.failures = 0;
    this.neverOpened = 0;
    this.closed = false;
    this.connect();
  }

  close() {
    this.closed = true;
    this.drop();
  }

  address(scheme) {
    const { session, tracks, view, token, last } = this.options;
    const asked = new URLSearchParams();
    if (this.after) asked.set("after", this.after);
    else if (last) asked.set("last", last);
    if (tracks?.length) asked.set("tracks", tracks.join(","));
    if (view) asked.set("view", view);
    if (token) asked.set("token", token);
    const base = scheme ? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}` : "";
    return `${base}/v1/sessions/${encodeURIComponent(session)}/events?${asked}`;
  }

  connect() {
    if (this.closed) return;
    this.opened = false;
    this.options.onStatus(this.after ? "lost" : "connecting");
    this.listen();
    if (this.neverOpened < 2) this.byWebSocket();
    else this.byServerSentEvents();
  }

  byWebSocket() {
    const socket = new WebSocket(this.address("ws"));
    this.drop = () => socket.close();
    socket.onmessage = (message) => this.take(message.data);
    socket.onclose = (event) => {
      if (this.drop === null || this.socket !== socket) return;
      if (!this.opened) this.neverOpened += 1;
      this.finish(FINAL[event.code]);
    };
    this.socket = socket;
  }

  byServerSentEvents() {
    const source = new EventSource(this.address());
    this.drop = () => source.close();
    this.socket = source;
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.kind !== "end") {
        this.take(message.data);
        return;
      }
      source.close();
      this.finish(FINAL[event.code]);
    };
    source.onerror = () => {
      source.close();  // Ours is the better patience, and it can try the WebSocket again.
      if (this.socket !== source) return;
      if (!this.opened) this.neverOpened = 0;
      this.finish();
    };
  }

  take(data) {
    this.listen();
    if (!this.opened) {
      this.opened = true;
      this.failures = 0;
      this.options.onStatus("open");
    }
    const events = data.split("\n").map((line) => JSON.parse(line));
    for (const event of events) {
      if (event.id) this.after = Math.max(this.after, event.id);
    }
    this.options.onEvents(events.filter((event) => event.kind !== "beat"));
  }

  /** A connection that says nothing for so long is dead, whatever the browser believes. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.drop();
      this.finish();
    }, SILENCE);
  }

  finish(final) {
    clearTimeout(this.silence);
    this.socket = null;
    if (this.closed) return;
    if (final) {
      this.closed = true;
      this.options.onStatus(final);
      return;
    }
    const delay = DELAYS[Math.min(this.failures, DELAYS.length - 1)] * (0.7 + 0.6 * Math.random());
    this.failures += 1;
    this.options.onStatus("lost");
    setTimeout(() => this.connect(), delay);
  }
}
