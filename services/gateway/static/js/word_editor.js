// Choosing words with the keys and putting them right. Nothing is sent before it is saved.
import { el } from "./dom.js";

const MERGES = 3;

/** The words before and after the only place where `own` stands in a text; null: none or several. */
function surroundings(text, own) {
  const words = text.split(" ");
  const places = words.map((_, place) => place)
    .filter((place) => own.every((word, n) => words[place + n] === word));
  if (!own.length || places.length !== 1) return null;
  return [words.slice(0, places[0]), words.slice(places[0] + own.length)];
}

/** The words of one track, chosen and corrected by an operator. */
export class WordEditor {
  /**
   * @param {HTMLElement} box Gets the keys; holds the text.
   * @param {import("./track_text.js").TrackText} text
   * @param {(correction: object) => Promise<{saved: boolean, current?: string}>} save
   *   `current`: what the text says by now, where somebody has changed it.
   * @param {() => void} conflict It was refused for good.
   */
  constructor(box, text, save, conflict) {
    this.box = box;
    this.text = text;
    this.save = save;
    this.conflict = conflict;
    this.anchor = null;
    this.focus = null;
    this.input = null;
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("click", (event) => this.onClick(event));
  }

  get words() {
    return [...this.box.querySelectorAll(".word")];
  }

  /** Places of the chosen words in order: {id, place} of the first and the last. */
  get chosen() {
    if (!this.focus) return [];
    const words = this.words;
    const from = words.indexOf(this.find(this.anchor));
    const to = words.indexOf(this.find(this.focus));
    if (from < 0 || to < 0) return [];
    return words.slice(Math.min(from, to), Math.max(from, to) + 1);
  }

  find(place) {
    return place && this.box.querySelector(`[data-id="${place.id}"] [data-word="${place.word}"]`);
  }

  static placeOf(word) {
    return { id: Number(word.parentElement.dataset.id), word: Number(word.dataset.word) };
  }

  choose(word, extend = false) {
    this.focus = WordEditor.placeOf(word);
    if (!extend || !this.anchor) this.anchor = this.focus;
    this.paint();
    word.scrollIntoView({ block: "nearest" });
  }

  paint() {
    for (const word of this.box.querySelectorAll(".word.chosen")) word.classList.remove("chosen");
    for (const word of this.chosen) word.classList.add("chosen");
  }

  release() {
    this.anchor = this.focus = null;
    this.paint();
  }

  onClick(event) {
    if (this.input) return;
    const word = event.target.closest(".word");
    if (!word) return;
    const again = !event.shiftKey && this.chosen.includes(word);
    this.choose(word, event.shiftKey);
    this.box.focus({ preventScroll: true });
    if (again) this.edit();
  }

  onKey(event) {
    if (this.input || event.isComposing) return;
    const words = this.words;
    if (!words.length) return;
    const now = words.indexOf(this.find(this.focus));
    const typed = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const step = event.key === "ArrowLeft" ? -1 : 1;
      const next = now < 0 ? words.length - 1 : Math.min(words.length - 1, Math.max(0, now + step));
      this.choose(words[next], event.shiftKey);
    } else if (event.key === "Enter" && now >= 0) this.edit();
    else if (event.key === "Escape") this.release();
    else if (event.key === "Delete" && now >= 0) this.send(this.draft(), "", false);
    else if (typed && now >= 0 && event.key !== " ") this.edit(event.key);
    else return;
    event.preventDefault();
  }

  edit(typed = null) {
    const chosen = this.chosen;
    if (!chosen.length) return;
    const before = chosen.map((word) => word.textContent).join(" ");
    const draft = this.draft();
    const input = el("input", { type: "text", class: "edit", maxlength: 1000, spellcheck: "false",
      "aria-label": before });
    input.value = typed ?? before;
    this.input = input;
    chosen[0].before(input);
    for (const word of chosen) word.hidden = true;
    input.focus();
    if (typed === null) input.select();
    let done = false;
    const end = (text, learn) => {
      if (done) return;
      done = true;
      input.remove();
      for (const word of chosen) word.hidden = false;
      this.input = null;
      this.box.focus({ preventScroll: true });
      if (text !== null && text !== before) this.send(draft, text, learn);
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Enter") end(input.value.trim(), event.ctrlKey || event.metaKey);
      else if (event.key === "Escape") end(null);
      else return;
      event.preventDefault();
    });
    input.addEventListener("blur", () => end(null));
  }

  /** The pieces that the chosen words stand in, as they read now: what a correction is made of. */
  draft() {
    const chosen = this.chosen.map(WordEditor.placeOf);
    const first = chosen[0];
    const last = chosen[chosen.length - 1];
    const draft = { first: first.id, last: last.id, before: [], heard: [], after: [] };
    for (const [id, piece] of this.text.pieces) {
      if (id < first.id || id > last.id) continue;
      for (const [place, word] of piece.words.entries()) {
        const early = id === first.id && place < first.word;
        const late = id === last.id && place > last.word;
        (early ? draft.before : late ? draft.after : draft.heard).push(word);
      }
    }
    return draft;
  }

  async send({ first, last, before, heard, after }, text, learn) {
    const own = heard.map((word) => word.text);
    let [left, right] = [before.map((word) => word.text), after.map((word) => word.text)];
    for (let tries = 0; tries < MERGES; tries += 1) {
      const answer = await this.save({
        event_id: first,
        last_event_id: last,
        expected_text: [...left, ...own, ...right].join(" "),
        text: [...left, ...(text ? [text] : []), ...right].join(" "),
        written: text,
        heard: heard.map((word) => word.spoken || word.text).join(" "),
        learn: learn && text !== "",
      });
      if (answer.saved) {
        this.release();
        return;
      }
      // Another operator changed words beside these: both changes stand. The same words: neither is
      // overwritten, and whoever came second looks again.
      const around = answer.current === undefined ? null : surroundings(answer.current, own);
      if (!around) break;
      [left, right] = around;
    }
    this.conflict();
    this.paint();
  }

  /** The text was changed: what was chosen may be other words now. */
  changed() {
    if (this.focus && !this.find(this.focus)) this.release();
    else this.paint();
  }
}
