// One generation: its place in the queue, its steps and the unfinished picture, then the pictures.
import { ApiError, sendForStream } from "./api.js";
import { byId, el } from "./dom.js";
import { t, uiLanguage } from "./i18n.js";
import { serverEvents } from "./server_events.js";

const NARROW = "(max-width: 900px)"; // as the style sheet has it

export class Stage {
  /** `finished` is told each picture, `opens` shows one, `uses` puts its settings into the form. */
  constructor({ finished, opens, uses, fails }) {
    Object.assign(this, { finished, opens, uses, fails });
    this.images = [];
    this.leaving = null;
    byId("cancel").onclick = () => this.leaving?.abort();
  }

  get busy() {
    return this.leaving !== null;
  }

  async draw(wish) {
    this.leaving = new AbortController();
    this.images = [];
    this.wait();
    try {
      const answer = await sendForStream("/v1/images", wish, this.leaving.signal);
      let whole = false;
      for await (const { name, data } of serverEvents(answer.body)) {
        if (name === "queued") this.status(t("images.queued", { n: data.before }));
        else if (name === "step") this.step(data);
        else if (name === "image") this.take(data);
        else if (name === "error") throw new ApiError(0, data);
        else if (name === "end") whole = true;
      }
      if (!whole) throw new ApiError(0, { code: "UNAVAILABLE", message: t("images.lost") });
      this.status(t("images.done", { n: t("seconds", { n: (this.images[0]?.seconds ?? 0).toLocaleString(uiLanguage(), { maximumFractionDigits: 1 }) }) }));
    } catch (error) {
      const stopped = this.leaving.signal.aborted;
      this.status(stopped ? t("images.stopped") : "");
      if (stopped) this.images = [];
      else this.fails(error instanceof ApiError ? error : new ApiError(0, { code: "UNAVAILABLE", message: t("images.lost") }));
    } finally {
      this.leaving = null;
      this.rest();
    }
  }

  status(text) {
    if (byId("status").textContent !== text) byId("status").textContent = text;
  }

  wait() {
    byId("stage").hidden = false;
    byId("unfinished").hidden = false;
    byId("preview").hidden = true;
    byId("preview").alt = t("images.preview");
    byId("progress").removeAttribute("value");
    byId("go").disabled = true;
    byId("cancel").hidden = false;
    this.status(t("images.preparing"));
    this.show();
  }

  /** On a phone the pictures stand below the form: what happens there is brought into sight once. */
  reveal(image) {
    if (matchMedia(NARROW).matches) image.decode().then(() => image.scrollIntoView({ block: "nearest" }), () => {});
  }

  step({ step, steps, preview }) {
    Object.assign(byId("progress"), { max: steps, value: step });
    if (preview) {
      byId("preview").src = `data:image/webp;base64,${preview}`;
      if (byId("preview").hidden) this.reveal(byId("preview"));
      byId("preview").hidden = false;
    }
    // Screen readers hear that it goes on, not each of a hundred steps.
    const text = t("images.step", { n: step, of: steps });
    byId("progress").setAttribute("aria-valuetext", text);
    if (step === 1) this.status(t("images.drawing"));
    byId("steps-done").textContent = text;
  }

  take(image) {
    this.images.push(image);
    byId("unfinished").hidden = true;
    this.show();
    if (this.images.length === 1) this.reveal(byId("results").querySelector("img"));
    this.finished(image);
  }

  rest() {
    byId("unfinished").hidden = true;
    byId("steps-done").textContent = "";
    byId("go").disabled = false;
    byId("cancel").hidden = true;
    byId("stage").hidden = !this.images.length;
    this.show();
  }

  show() {
    byId("synthetic").hidden = !this.images.length;
    byId("results").className = `results of-${this.images.length}`;
    byId("results").replaceChildren(...this.images.map((image) => el("figure", { class: "result" },
      el("button", { type: "button", class: "shown", "aria-label": t("images.open", { name: nameOf(image) }), onclick: () => this.opens(image) },
        el("img", { src: sourceOf(image), alt: nameOf(image), width: image.width, height: image.height })),
      el("figcaption", { class: "row wrap" },
        el("span", { class: "small quiet apart" }, `${t("images.seed")} ${image.seed} · ${image.width} × ${image.height}`),
        el("button", { type: "button", class: "button", onclick: () => this.uses(image) }, t("images.use")),
        el("a", { class: "button", href: sourceOf(image), download: image.file_name }, t("images.download"))))));
  }

  forget(id) {
    this.images = this.images.filter((image) => image.id !== id);
    if (!this.busy) this.rest();
  }
}

export const nameOf = (image) => image.prompt.trim() || image.model_prompt.trim() || t("images.unnamed");

/** Where a picture's file is; one that was not kept came with the event. */
export const sourceOf = (image) => (image.id
  ? `/v1/images/${encodeURIComponent(image.id)}/file`
  : `data:image/${image.format};base64,${image.content}`);
