// The models that draw, and what they can do: known for sure only once one is loaded.
import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { t, trackName } from "./i18n.js";

/** Sides to each other, for drawing a size before the model's own figures are known. */
const RATIOS = { square: [1, 1], news: [16, 9], story: [9, 16], poster: [100, 141], link: [191, 100] };

export class Models {
  constructor(changed) {
    this.changed = changed;
    this.all = [];
    this.asked = new Map();
    this.wanted = false;
    byId("model").onchange = () => { this.show(); this.changed(); this.load(); };
  }

  async list() {
    ({ models: this.all } = await get("/v1/image-models"));
    this.choices();
    if (this.wanted) this.load();
  }

  get chosen() {
    return this.all.find((model) => model.model === byId("model").value)
      ?? this.all.find((model) => model.is_default) ?? this.all[0];
  }

  get abilities() {
    return this.chosen?.capabilities ?? null;
  }

  get sizes() {
    const known = this.abilities?.sizes;
    if (known?.length) return known;
    return Object.entries(RATIOS).map(([size, [width, height]]) => ({ size, width, height, nominal: true }));
  }

  choose(model) {
    if (this.all.some((one) => one.model === model)) byId("model").value = model;
    this.show();
    this.changed();
    return this.load();
  }

  choices() {
    const before = byId("model").value;
    const chosen = this.all.some((model) => model.model === before) ? before : this.chosen?.model;
    byId("model").replaceChildren(...this.all.map((model) => el("option",
      { value: model.model, selected: model.model === chosen, disabled: !model.available },
      model.available ? model.display_name || model.model : t("images.model.absent", { name: model.display_name || model.model }))));
    this.show();
  }

  show() {
    const model = this.chosen;
    byId("model-about").textContent = model ? [model.license, model.commercial_use ? null : t("speak.noncommercial"),
      model.languages.length ? t("images.model.reads", { languages: model.languages.map(trackName).join(", ") }) : null]
      .filter(Boolean).join(" · ") : t("images.model.none");
  }

  /** Ask what the chosen model can do, for which it is loaded: so not before somebody means to draw. */
  load() {
    const model = this.chosen;
    this.wanted = true;
    if (!model?.available || model.capabilities) return Promise.resolve();
    if (!this.asked.has(model.model)) {
      this.asked.set(model.model, get(`/v1/image-models/${encodeURIComponent(model.model)}`).then((known) => {
        model.capabilities = known.capabilities;
        if (this.chosen === model) this.changed();
      }, () => this.asked.delete(model.model))); // drawing will tell what is wrong
    }
    return this.asked.get(model.model);
  }
}
