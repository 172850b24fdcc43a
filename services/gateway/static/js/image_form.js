// What is asked for: the form, and the settings of a picture that are used again.
import { byId, el } from "./dom.js";
import { StartPicture } from "./image_start.js";
import { Models } from "./image_models.js";
import { Styles } from "./image_styles.js";
import { t, UI_LANGUAGES, uiLanguage } from "./i18n.js";
import { recall, remember } from "./preferences.js";

const CORNERS = ["bottom-right", "bottom-left", "top-right", "top-left", "none"];
const MOST_COUNT = 4;
const PREVIEWS = 10; // of a generation: each costs the model some work
const SHAPE = 26; // pixels, the longer side of a drawn size

/** Fields of the services' errors, by the element that holds them. */
const PLACES = {
  prompt: "prompt", negative_prompt: "negative", model: "model", width: "width", height: "height",
  seed: "seed", steps: "steps", guidance: "guidance", scheduler: "scheduler", strength: "strength",
  image: "start", mask: "mask", format: "format", badge: "corner", contains: "contains",
};
const NAMES = {
  prompt: "images.prompt", negative_prompt: "images.negative", model: "images.model", width: "images.width",
  height: "images.height", seed: "images.seed", steps: "images.steps", guidance: "images.guidance",
  scheduler: "images.scheduler", strength: "images.strength", image: "images.start", mask: "images.mask",
  format: "images.format", badge: "images.badge", styles: "images.styles", size: "images.size",
  count: "images.count", adapters: "images.adapters", contains: "images.search",
};
const CODES = ["INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED",
  "UNAVAILABLE", "UNIMPLEMENTED", "PERMISSION_DENIED", "UNAUTHENTICATED"];

/** An error in the language of the page; what the services said, which is English, stands after it. */
export function told(error) {
  const field = fieldOf(error);
  const what = t(`images.error.${CODES.includes(error.code) ? error.code : "other"}`);
  const whole = field && NAMES[field] ? `${t(NAMES[field])}: ${what}` : what;
  return error.message ? `${whole} (${error.message})` : whole;
}

const fieldOf = (error) => error.fields?.[0]?.split(/[.[]/)[0] ?? "";

export class ImageForm {
  constructor() {
    this.lastSeed = null;
    this.size = recall("images.size", "");
    this.count = 1;
    this.start = new StartPicture((why) => this.problem(why));
    this.models = new Models(() => this.show());
    this.styles = new Styles();
    byId("again").onclick = () => { byId("seed").value = String(this.lastSeed); };
    // Only who begins to fill it in has the model loaded.
    byId("draw").addEventListener("focusin", () => this.models.load());
    byId("prompt").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("draw").requestSubmit();
    });
  }

  show() {
    const can = this.models.abilities;
    byId("negative-field").hidden = !can?.negative_prompt;
    byId("seamless-field").hidden = !can?.seamless;
    this.start.allow(Boolean(can?.image_to_image), Boolean(can?.inpainting));
    this.showSizes(can);
    byId("count").replaceChildren(...Array.from({ length: MOST_COUNT }, (_, n) => el("label", { class: "choice" },
      el("input", { type: "radio", name: "count", value: n + 1, checked: n + 1 === this.count, class: "visually-hidden", onchange: () => { this.count = n + 1; } }),
      String(n + 1))));
    byId("steps").placeholder = can?.steps ? String(can.steps) : "";
    byId("guidance").placeholder = can ? can.guidance.toLocaleString(uiLanguage()) : "";
    const options = (place, values) => {
      const before = byId(place).value;
      byId(place).replaceChildren(...values.map(([value, name]) => el("option", { value, selected: value === before }, name)));
    };
    byId("scheduler-field").hidden = !(can?.schedulers.length > 1);
    options("scheduler", [["", t("images.own", { name: can?.scheduler ?? "" })], ...(can?.schedulers ?? []).map((name) => [name, name])]);
    options("corner", [["", t("images.badge.server")], ...CORNERS.map((corner) => [corner, t(`images.badge.${corner}`)])]);
    options("badge-language", [["", t("images.badge.prompt")], ...Object.entries(UI_LANGUAGES)]);
    this.showAdapters(can?.adapters ?? []);
    byId("again").disabled = this.lastSeed === null;
  }

  showSizes(can) {
    const sizes = [...this.models.sizes];
    if (can && !this.models.sizes[0].nominal) sizes.unshift({ size: "", width: can.width, height: can.height });
    else sizes.unshift({ size: "", width: 1, height: 1, nominal: true });
    if (!sizes.some((one) => one.size === this.size) && this.size !== "own") this.size = "";
    const shape = ({ width, height }) => {
      const drawn = el("span", { class: "shape", "aria-hidden": "true" });
      const scale = SHAPE / Math.max(width, height);
      drawn.style.width = `${Math.round(width * scale)}px`;
      drawn.style.height = `${Math.round(height * scale)}px`;
      return drawn;
    };
    const choice = (size, drawn, name, sides) => el("label", { class: "choice size" },
      el("input", { type: "radio", name: "size", value: size, checked: size === this.size, class: "visually-hidden", onchange: () => this.resize(size) }),
      el("span", { class: "frame" }, drawn),
      el("span", { class: "small" }, name, sides ? el("span", { class: "sides quiet" }, sides) : null));
    byId("sizes").replaceChildren(
      ...sizes.map((one) => choice(one.size, shape(one), t(`images.size.${one.size || "model"}`), one.nominal ? null : `${one.width} × ${one.height}`)),
      choice("own", el("span", { class: "shape own", "aria-hidden": "true" }), t("images.size.own"), null));
    byId("own-size").hidden = this.size !== "own";
    for (const side of ["width", "height"]) {
      byId(side).step = String(can?.multiple ?? 1);
      byId(side).placeholder = String(can?.[side] ?? "");
    }
  }

  resize(size) {
    this.size = size;
    remember("images.size", size === "own" ? "" : size);
    byId("own-size").hidden = size !== "own";
  }

  showAdapters(names) {
    const before = new Map([...byId("adapters").querySelectorAll("input")].map((input) => [input.name, input.value]));
    byId("adapters").hidden = !names.length;
    byId("adapters").replaceChildren(...names.map((name) => el("label", { class: "field" },
      el("span", {}, t("images.adapter", { name })),
      el("input", { type: "number", name, min: -4, max: 4, step: 0.1, placeholder: "0", value: before.get(name) ?? "" }))));
  }

  /** What is posted; what is left empty is the model's or the server's. */
  async asked() {
    const wish = { prompt: byId("prompt").value, model: byId("model").value, count: this.count, ...await this.start.sent() };
    const number = (place, name = place) => { const { value } = byId(place); if (value.trim() !== "") wish[name] = Number(value); };
    if (!byId("negative-field").hidden && byId("negative").value.trim()) wish.negative_prompt = byId("negative").value;
    if (this.styles.chosen.length) wish.styles = this.styles.chosen;
    if (this.size === "own") ["width", "height"].forEach((side) => number(side));
    else if (this.size) wish.size = this.size;
    number("seed");
    number("steps");
    number("guidance");
    const can = this.models.abilities;
    if (can?.previews !== false) wish.preview_every = Math.max(1, Math.ceil((wish.steps || can?.steps || PREVIEWS) / PREVIEWS)) || 1;
    if (!byId("scheduler-field").hidden && byId("scheduler").value) wish.scheduler = byId("scheduler").value;
    const adapters = [...byId("adapters").querySelectorAll("input")].filter((input) => Number(input.value));
    if (adapters.length) wish.adapters = adapters.map((input) => ({ adapter: input.name, weight: Number(input.value) }));
    if (!byId("seamless-field").hidden && byId("seamless").checked) wish.seamless = true;
    if (byId("format").value !== "png") wish.format = byId("format").value;
    const corner = byId("corner").value;
    const language = byId("badge-language").value;
    if (corner || language) {
      wish.badge = corner === "none" ? { hidden: true } : { ...(corner && { corner }), ...(language && { language }) };
    }
    if (byId("keep-language").checked) wish.keep_language = true;
    if (byId("discard").checked) wish.discard = true;
    return wish;
  }

  /** Put a picture's settings into the form. */
  async use(image) {
    await this.models.choose(image.model);
    const can = this.models.abilities;
    byId("prompt").value = image.prompt;
    byId("negative").value = image.negative_prompt;
    byId("seed").value = String(image.seed);
    byId("steps").value = image.steps === can?.steps ? "" : String(image.steps);
    byId("guidance").value = image.guidance === can?.guidance ? "" : String(image.guidance);
    byId("seamless").checked = image.seamless;
    byId("format").value = image.format;
    if (image.badge && byId("corner").value === "none") byId("corner").value = "";
    if (!image.badge) byId("corner").value = "none";
    this.count = 1;
    this.size = this.models.sizes.find((one) => !one.nominal && one.width === image.width && one.height === image.height)?.size ?? "own";
    if (can?.width === image.width && can.height === image.height) this.size = "";
    byId("width").value = String(image.width);
    byId("height").value = String(image.height);
    this.styles.choose(image.styles);
    this.show();
    byId("scheduler").value = can && can.scheduler !== image.scheduler && can.schedulers.includes(image.scheduler) ? image.scheduler : "";
    for (const input of byId("adapters").querySelectorAll("input")) {
      input.value = image.adapters.find((one) => one.adapter === input.name)?.weight ?? "";
    }
    byId("more").open ||= ["steps", "guidance", "scheduler"].some((place) => byId(place).value) || image.adapters.length > 0;
    byId("draw").scrollIntoView({ block: "start" });
    byId("prompt").focus({ preventScroll: true });
  }

  /** A picture was drawn: "the last seed" is this one. */
  drawn(image) {
    this.lastSeed = image.seed;
    byId("again").disabled = false;
  }

  problem(text) {
    byId("problem").textContent = text;
    byId("problem").hidden = false;
  }

  clearProblem() {
    byId("problem").hidden = true;
    for (const input of byId("draw").querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  }

  /** Say what went wrong, and lead to the field that it is about. */
  fail(error) {
    this.problem(told(error));
    const place = byId(PLACES[fieldOf(error)] ?? "");
    if (!place || !byId("draw").contains(place)) return;
    place.setAttribute("aria-invalid", "true");
    const fold = place.closest("details");
    if (fold) fold.open = true;
    if (place.id === "width" || place.id === "height") { this.size = "own"; this.showSizes(this.models.abilities); }
    place.focus();
  }
}
