// How the outputs of a session fare, as operators are shown it.
import { el } from "./dom.js";
import { t, uiLanguage } from "./i18n.js";

const OVER = ["failed", "ended"];

export function offsetText(seconds) {
  const n = seconds.toLocaleString(uiLanguage(), { maximumFractionDigits: 3, signDisplay: "exceptZero" });
  return t("seconds", { n });
}

function counts(output) {
  const texts = [t("outputs.cues", { n: (output.cues ?? 0).toLocaleString(uiLanguage()) })];
  if (output.lost) texts.push(t("outputs.lost", { n: output.lost.toLocaleString(uiLanguage()) }));
  if (output.retries) texts.push(t("outputs.retries", { n: output.retries.toLocaleString(uiLanguage()) }));
  if (output.offset) texts.push(offsetText(output.offset));
  return texts.join(" · ");
}

/** One output: its name, state and counts, and what else the page has to say or offer. */
export function outputRow(output, ...more) {
  const trouble = output.state === "failing" || output.state === "failed";
  return el("li", { class: "output", "data-output": output.name },
    el("div", { class: "output-head" },
      el("b", {}, output.name),
      output.kind && output.kind !== output.name ? el("span", { class: "quiet small" }, output.kind) : null,
      el("span", { class: "state small", "data-state": trouble ? "failed" : output.state === "live" ? "live" : "" },
        t(`output.${output.state}`))),
    el("div", { class: "output-head" }, el("p", { class: "small quiet grow" }, counts(output)), ...more),
    output.detail ? el("p", { class: "small trouble" }, output.detail) : null);
}

export const isOver = (output) => OVER.includes(output.state);
