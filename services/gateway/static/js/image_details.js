// One picture, large, with all that draws it again.
import { ApiError, send } from "./api.js";
import { copyText } from "./clipboard.js";
import { byId, el } from "./dom.js";
import { told } from "./image_form.js";
import { nameOf, sourceOf } from "./image_stage.js";
import { t, trackName, uiLanguage } from "./i18n.js";

/** Many a browser has no Kazakh dates; written in figures they are as the Russian ones. */
const DATES = { kk: "ru", ru: "ru", en: "en-GB" };

export class Details {
  constructor({ styleName, uses, deleted }) {
    Object.assign(this, { styleName, uses, deleted });
    this.image = null;
    byId("details-close").onclick = () => byId("details").close();
    byId("details").onclick = (event) => { if (event.target === byId("details")) byId("details").close(); };
    byId("details-use").onclick = () => { byId("details").close(); this.uses(this.image); };
    byId("details-copy").onclick = () => this.copy();
    byId("details-tile").onclick = () => this.tile(byId("details-tiles").hidden);
    byId("details-delete").onclick = () => this.delete();
  }

  open(image) {
    this.image = image;
    const source = sourceOf(image);
    Object.assign(byId("details-picture"), { src: source, alt: nameOf(image), width: image.width, height: image.height });
    byId("details-tiles").style.backgroundImage = `url("${source}")`;
    byId("details-tile").hidden = !image.seamless;
    this.tile(false);
    Object.assign(byId("details-download"), { href: source, download: image.file_name });
    byId("details-delete").hidden = !image.id;
    byId("details-problem").hidden = true;
    byId("details-copy").textContent = t("images.copy");
    this.facts();
    byId("details").showModal();
    byId("details-title").focus();
  }

  facts() {
    const image = this.image;
    const number = (value) => value.toLocaleString(uiLanguage(), { maximumFractionDigits: 2 });
    const rows = [
      [t("images.asked"), image.prompt, image.language],
      [t("images.read"), image.model_prompt !== image.prompt ? image.model_prompt : ""],
      ["", image.translation_model ? t("images.translated", { model: image.translation_model }) : ""],
      ["", image.prompt_cut ? t("images.cut") : ""],
      [t("images.negative"), image.negative_prompt, image.language],
      [t("images.negative.read"), image.model_negative_prompt !== image.negative_prompt ? image.model_negative_prompt : ""],
      [t("images.styles"), image.styles.map(this.styleName).join(", ")],
      [t("images.model"), image.model],
      [t("images.seed"), String(image.seed)],
      [t("images.size"), `${image.width} × ${image.height}`],
      [t("images.steps"), [image.steps, image.scheduler].filter(Boolean).join(" · ")],
      [t("images.guidance"), number(image.guidance)],
      [t("images.adapters"), image.adapters.map((one) => `${one.adapter} × ${number(one.weight)}`).join(", ")],
      [t("images.start"), image.from_image ? t("images.start.strength", { n: number(image.strength) }) : ""],
      [t("images.badge"), t(image.badge ? "images.yes" : "images.no")],
      [t("images.file"), [image.format.toUpperCase(), image.size_bytes ? t("images.kilobytes", { n: number(Math.ceil(image.size_bytes / 1024)) }) : ""].filter(Boolean).join(", ")],
      [t("images.created"), image.create_time ? new Date(image.create_time).toLocaleString(DATES[uiLanguage()], { dateStyle: "short", timeStyle: "short" }) : ""],
      ["SHA-256", image.sha256],
    ];
    byId("details-facts").replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value, lang]) => [
      el("dt", {}, name), el("dd", { lang: lang && lang in { kk: 1, ru: 1, en: 1 } ? lang : null, class: name === "SHA-256" ? "hash" : null, title: lang ? trackName(lang) : null }, value)]));
  }

  tile(on) {
    byId("details-tiles").hidden = !on;
    byId("details-picture").hidden = on;
    byId("details-tile").setAttribute("aria-pressed", String(on));
  }

  /** As the API takes them: what is posted to /v1/images draws the picture again. */
  async copy() {
    const { prompt, negative_prompt, model, styles, width, height, steps, guidance, seed, scheduler, adapters, seamless, format } = this.image;
    const settings = { prompt, negative_prompt, model, styles, width, height, steps, guidance, seed, scheduler, adapters, seamless, format };
    await copyText(JSON.stringify(settings, null, 1));
    byId("details-copy").textContent = t("sessions.copied");
    setTimeout(() => { byId("details-copy").textContent = t("images.copy"); }, 1500);
  }

  delete() {
    const image = this.image;
    const sure = byId("sure");
    byId("sure-text").textContent = t("images.delete.sure", { name: nameOf(image).slice(0, 80) });
    sure.returnValue = "no";
    sure.showModal();
    sure.onclose = async () => {
      if (sure.returnValue !== "yes") return;
      try {
        await send("DELETE", `/v1/images/${encodeURIComponent(image.id)}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status !== 404) { // another has deleted it: that is what was wanted
          byId("details-problem").textContent = told(error);
          byId("details-problem").hidden = false;
          return;
        }
      }
      byId("details").close();
      this.deleted(image.id);
    };
  }
}
