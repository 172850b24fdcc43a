// All pictures that were kept: small ones, page after page, and a search in their prompts.
import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { nameOf } from "./image_stage.js";
import { t } from "./i18n.js";

const PAUSE = 300; // milliseconds after the last letter

export class Gallery {
  constructor({ opens, fails }) {
    Object.assign(this, { opens, fails });
    this.images = [];
    this.token = "";
    this.contains = "";
    this.turn = 0;
    byId("next").onclick = () => this.more();
    byId("search").addEventListener("submit", (event) => { event.preventDefault(); this.search(); });
    let pause;
    byId("contains").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(() => this.search(), PAUSE); });
    new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) this.more(); }, { rootMargin: "400px" })
      .observe(byId("next"));
  }

  async search() {
    const wanted = byId("contains").value.trim();
    if (wanted === this.contains && this.turn) return;
    this.contains = wanted;
    await this.load();
  }

  /** From the newest on. */
  async load() {
    this.turn += 1;
    this.token = "";
    await this.page(true);
  }

  async more() {
    if (this.token && !this.loading) await this.page(false);
  }

  async page(first) {
    const turn = this.turn;
    const asked = new URLSearchParams({ contains: this.contains, page_token: first ? "" : this.token });
    this.loading = true;
    try {
      const { images, next_page_token: next } = await get(`/v1/images?${asked}`);
      if (turn !== this.turn) return; // somebody has searched for something else
      const known = new Set(first ? [] : this.images.map((image) => image.id));
      const fresh = images.filter((image) => !known.has(image.id));
      this.images = first ? images : [...this.images, ...fresh];
      this.token = next;
      if (first) byId("gallery").replaceChildren();
      byId("gallery").append(...(first ? images : fresh).map((image) => this.small(image)));
      this.state();
    } catch (error) {
      if (turn === this.turn) this.fails(error);
    } finally {
      if (turn === this.turn) this.loading = false;
    }
  }

  small(image) {
    return el("li", { "data-image": image.id },
      el("button", { type: "button", class: "shown", title: nameOf(image), "aria-label": t("images.open", { name: nameOf(image) }), onclick: () => this.opens(image) },
        el("img", { src: `/v1/images/${encodeURIComponent(image.id)}/thumbnail`, alt: "", loading: "lazy", decoding: "async" })));
  }

  /** One was drawn: it is the newest. */
  add(image) {
    if (!image.id || this.contains || this.images.some((one) => one.id === image.id)) return;
    this.images.unshift(image);
    byId("gallery").prepend(this.small(image));
    this.state();
  }

  remove(id) {
    this.images = this.images.filter((image) => image.id !== id);
    byId("gallery").querySelector(`[data-image="${CSS.escape(id)}"]`)?.remove();
    this.state();
  }

  show() {
    byId("gallery").replaceChildren(...this.images.map((image) => this.small(image)));
    this.state();
  }

  state() {
    byId("none").hidden = this.images.length > 0;
    byId("none").textContent = t(this.contains ? "images.none.found" : "images.none");
    byId("next").hidden = !this.token;
  }
}
