// Styles as chips, one kind at a time; those that are chosen stand below, whatever kind is shown.
import { byId, el } from "./dom.js";
import { t, uiLanguage } from "./i18n.js";

const KINDS = ["motif", "dress", "architecture", "landscape", "craft"];
const MOST = 8;

const text = (texts) => texts[uiLanguage()] ?? texts.en ?? Object.values(texts)[0] ?? "";

export class Styles {
  constructor() {
    this.all = [];
    this.chosen = [];
    this.kind = KINDS[0];
    for (const happening of ["pointerover", "focusin"]) {
      byId("styles").addEventListener(happening, (event) => {
        const style = this.known(event.target.closest("label")?.dataset.style);
        if (style) byId("meaning").textContent = `${text(style.display_names)}: ${text(style.meanings)}`;
      });
    }
  }

  known(id) {
    return this.all.find((style) => style.style === id);
  }

  name(id) {
    const style = this.known(id);
    return style ? text(style.display_names) : id;
  }

  choose(ids) {
    this.chosen = ids.filter((id) => this.known(id)).slice(0, MOST);
    if (this.chosen.length) this.kind = this.known(this.chosen[0]).kind;
    this.show();
  }

  show() {
    const kinds = KINDS.filter((kind) => this.all.some((style) => style.kind === kind));
    byId("styles-field").hidden = !kinds.length;
    byId("kinds").replaceChildren(...kinds.map((kind) => el("button", {
      type: "button", "aria-pressed": kind === this.kind, "data-kind": kind,
      onclick: () => { this.kind = kind; this.show(); document.querySelector(`[data-kind=${kind}]`).focus(); },
    }, t(`images.kind.${kind}`))));
    byId("styles").replaceChildren(...this.all.filter((style) => style.kind === this.kind).map((style) => this.chip(style)));
    byId("meaning").textContent = t("images.styles.hint");
    this.mark();
  }

  chip(style) {
    const id = `meaning-${style.style}`;
    return el("li", {},
      el("label", { class: "choice", title: text(style.meanings), "data-style": style.style },
        el("input", { type: "checkbox", value: style.style, "aria-describedby": id, onchange: (event) => this.turn(style.style, event.target.checked) }),
        text(style.display_names)),
      el("span", { id, hidden: true }, text(style.meanings)));
  }

  turn(id, on) {
    this.chosen = this.chosen.filter((one) => one !== id);
    if (on) this.chosen.push(id);
    this.mark();
  }

  /** What is chosen, on the chips and below them, without building the chips anew under the user's hand. */
  mark() {
    const full = this.chosen.length >= MOST;
    for (const input of byId("styles").querySelectorAll("input")) {
      input.checked = this.chosen.includes(input.value);
      input.disabled = full && !input.checked;
    }
    if (full) byId("meaning").textContent = t("images.styles.most", { n: MOST });
    byId("chosen").hidden = !this.chosen.length;
    byId("chosen").replaceChildren(...this.chosen.map((id) => el("li", {}, el("button", {
      type: "button", class: "chip", "aria-label": t("images.styles.remove", { name: this.name(id) }),
      onclick: () => { this.turn(id, false); (byId("chosen").querySelector("button") ?? byId("kinds").querySelector("button"))?.focus(); },
    }, this.name(id), el("span", { class: "cross", "aria-hidden": "true" }, "×")))));
  }
}
