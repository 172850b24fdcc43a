// Text of one track as paragraphs: committed pieces that corrections may change, open words last.
import { clock, el } from "./dom.js";

const PAUSE = 1.5;
const LONG = 260;
const LONGEST = 700;
const SENTENCE_END = /[.!?…]["'»”)]*$/;

export class TrackText {
  /**
   * @param {HTMLElement} place
   * @param {{keep?: number, words?: boolean, times?: boolean}} options
   *   Pieces kept; every word an element of its own; times before paragraphs.
   */
  constructor(place, { keep = 2000, words = false, times = true } = {}) {
    this.place = place;
    this.keep = keep;
    this.words = words;
    this.times = times;
    this.pieces = new Map();
    this.paragraph = null;
    this.length = 0;
    this.last = null;
    this.openWords = el("span", { class: "open" });
    place.classList.add("track-text");
  }

  commit(event) {
    if (this.pieces.has(event.id)) return;
    if (this.mustBreakBefore(event)) {
      this.paragraph = el("p", { lang: event.language });
      if (this.times) this.paragraph.append(el("time", {}, clock(event.start)));
      this.place.append(this.paragraph);
      this.length = 0;
    }
    const span = el("span", { "data-id": event.id });
    const piece = { id: event.id, text: event.text, words: event.words, span, corrected: false };
    this.pieces.set(event.id, piece);
    this.paragraph.append(span);
    this.fill(piece);
    this.length += event.text.length + 1;
    this.last = event;
    this.tentative("", event.language);
    this.forget();
  }

  mustBreakBefore(event) {
    if (!this.last || !this.paragraph?.isConnected) return true;
    return event.language !== this.last.language || event.start - this.last.end > PAUSE ||
      (this.length > LONG && SENTENCE_END.test(this.last.text)) || this.length > LONGEST;
  }

  correct(texts) {
    const changed = [];
    for (const text of texts) {
      const piece = this.pieces.get(text.id);
      if (!piece) continue;
      piece.text = text.text;
      piece.words = text.words;
      piece.corrected = true;
      this.fill(piece);
      changed.push(piece);
    }
    return changed;
  }

  fill(piece) {
    const { span, text, words } = piece;
    // What a person has written is certain.
    const written = (word) => piece.corrected && word.confidence === 1;
    if (!this.words) {
      if (piece.corrected) {
        span.replaceChildren(...words.flatMap((word) => [
          written(word) ? el("span", { class: "corrected" }, word.text) : word.text, " "]));
      } else span.textContent = text ? `${text} ` : "";
      return;
    }
    // Whoever is correcting here goes on, and sees what became of the words meanwhile.
    for (const child of [...span.childNodes]) if (!child.matches?.("input")) child.remove();
    span.append(...words.flatMap((word, place) => [
      el("span", {
        class: word.confidence < 0.5 ? "word doubtful" : written(word) ? "word seen" : "word",
        "data-word": place,
      }, word.text),
      " ",
    ]));
  }

  tentative(text, language) {
    if (!text) {
      this.openWords.remove();
      return;
    }
    this.openWords.textContent = text;
    this.openWords.lang = language;
    if (this.paragraph?.isConnected) this.paragraph.append(this.openWords);
    else this.place.append(this.openWords);
  }

  /** The next text begins a paragraph. */
  pause() {
    this.last = null;
    this.openWords.remove();
  }

  clear() {
    this.place.replaceChildren();
    this.pieces.clear();
    this.paragraph = null;
    this.pause();
  }

  forget() {
    while (this.pieces.size > this.keep) {
      const [id, piece] = this.pieces.entries().next().value;
      this.pieces.delete(id);
      const paragraph = piece.span.parentElement;
      piece.span.remove();
      if (paragraph && paragraph !== this.paragraph && !paragraph.querySelector("span")) {
        paragraph.remove();
      }
    }
  }
}
