// One track on a picture, rolling up word by word or block by block.
import { el } from "./dom.js";
import { TrackText } from "./track_text.js";

const KEPT = 120;
const LEAST_SHOWN = 900;
const WAITING = 3;

class RollUp {
  constructor(options) {
    this.window = el("div", { class: "window" });
    this.element = el("div", { class: "screen roll-up empty" }, this.window);
    this.options = options;
    this.text = new TrackText(this.window, { keep: KEPT, times: false });
  }

  take(event) {
    switch (event.kind) {
      case "committed": this.text.commit(event); this.show(); break;
      case "tentative":
        if (!this.options.tentative) break;
        this.text.tentative(event.text, event.language);
        if (event.text) this.show();
        break;
      case "correction": this.text.correct(event.texts); break;
    }
  }

  show() {
    const filled = this.window.textContent.trim() !== "";
    this.element.classList.toggle("empty", !filled);
    clearTimeout(this.idle);
    if (filled && this.options.idle) this.idle = setTimeout(() => this.clear(), this.options.idle);
  }

  clear() {
    clearTimeout(this.idle);
    this.text.clear();
    this.element.classList.add("empty");
  }
}

class Block {
  constructor(options) {
    this.element = el("div", { class: "screen block empty" });
    this.options = options;
    this.waiting = [];
    this.shown = null;
    this.until = 0;
  }

  take(event) {
    if (event.kind === "cue" && event.text) {
      this.waiting.push(event);
      // A screen that comes late, or falls behind, catches up.
      if (this.waiting.length > WAITING) this.waiting.splice(0, this.waiting.length - 1);
      this.next();
    } else if (event.kind === "correction") {
      for (const cue of event.cues) this.correct(cue);
    }
  }

  correct(cue) {
    this.waiting = this.waiting.map((other) => (other.index === cue.index ? { ...other, ...cue } : other))
      .filter((other) => other.text);
    if (this.shown?.index !== cue.index) return;
    this.shown = cue;
    if (cue.text) this.paint(cue);
    else this.empty();
  }

  next() {
    clearTimeout(this.timer);
    const now = performance.now();
    if (!this.waiting.length) {
      this.timer = setTimeout(() => this.empty(), Math.max(0, this.away - now));
      return;
    }
    if (now < this.until) {
      this.timer = setTimeout(() => this.next(), this.until - now);
      return;
    }
    const cue = this.waiting.shift();
    this.shown = cue;
    this.paint(cue);
    const long = (cue.end - cue.start) * 1000;
    this.until = now + Math.max(LEAST_SHOWN, Math.min(long, 2500));
    this.away = now + Math.max(long, this.options.idle || long);
    this.timer = setTimeout(() => this.next(), this.until - now);
  }

  paint(cue) {
    this.element.replaceChildren(...cue.text.split("\n").map(
      (line) => el("p", { lang: cue.language }, el("span", {}, line))));
    this.element.classList.remove("empty");
  }

  empty() {
    this.shown = null;
    this.element.replaceChildren();
    this.element.classList.add("empty");
  }

  clear() {
    clearTimeout(this.timer);
    this.waiting = [];
    this.until = 0;
    this.empty();
  }
}

/** @param {{mode: "roll-up" | "block", tentative: boolean, idle: number}} options idle: ms */
export const captionScreen = (options) => (
  options.mode === "block" ? new Block(options) : new RollUp(options));
