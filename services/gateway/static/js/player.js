// Plays 16-bit PCM as it comes: each piece is scheduled to begin with the sample after the last.

const LEAD = 0.08;
const FULL = 20;
const FADE = 0.03;

export class PcmPlayer {
  #context = new AudioContext();
  #gain = this.#context.createGain();
  #rate;
  #until = 0;
  #odd = new Uint8Array(0);
  #stopped = false;
  seconds = 0;

  constructor(rate) {
    this.#rate = rate;
    this.#gain.connect(this.#context.destination);
  }

  /** Take bytes; waits while more than 20 s are scheduled, so that a long text is read no faster. */
  async add(bytes) {
    const whole = new Uint8Array(this.#odd.length + bytes.length);
    whole.set(this.#odd);
    whole.set(bytes, this.#odd.length);
    const count = whole.length >> 1;
    this.#odd = whole.slice(count * 2);
    if (!count || this.#stopped) return;
    await this.#context.resume();
    const view = new DataView(whole.buffer, 0, count * 2);
    const buffer = this.#context.createBuffer(1, count, this.#rate);
    const samples = buffer.getChannelData(0);
    for (let n = 0; n < count; n += 1) samples[n] = view.getInt16(n * 2, true) / 32768;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#gain);
    this.#until = Math.max(this.#until, this.#context.currentTime + LEAD);
    source.start(this.#until);
    this.#until += count / this.#rate;
    this.seconds += count / this.#rate;
    while (!this.#stopped && this.#left() > FULL) await pause(250);
  }

  #left() {
    return this.#until - this.#context.currentTime;
  }

  /** Wait until all was heard. */
  async finish() {
    while (!this.#stopped && this.#left() > 0) await pause(Math.min(this.#left() * 1000 + 20, 250));
    await this.close();
  }

  /** Silence at once, without a click. */
  async stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#gain.gain.setTargetAtTime(0, this.#context.currentTime, FADE / 3);
    await pause(FADE * 1000);
    await this.close();
  }

  async close() {
    this.#stopped = true;
    if (this.#context.state !== "closed") await this.#context.close();
  }
}

const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
