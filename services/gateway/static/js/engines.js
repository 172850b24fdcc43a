// The engines that hear a session, as operators are shown them.
import { el } from "./dom.js";
import { t, uiLanguage } from "./i18n.js";

function facts(engine) {
  const texts = [];
  if (engine.state !== "failed") {
    const n = engine.lag.toLocaleString(uiLanguage(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    texts.push(`${t("meter.lag")} ${t("seconds", { n })}`);
  }
  if (engine.failure_count) {
    texts.push(t("engines.failures", { n: engine.failure_count.toLocaleString(uiLanguage()) }));
  }
  return texts.join(" · ");
}

/** One engine; `putOnAir` is offered where it can take over. */
export function engineRow(engine, putOnAir) {
  const look = { "on-air": "live", failed: "failed" }[engine.state] ?? "";
  return el("li", { class: "output", "data-engine": engine.name },
    el("div", { class: "output-head" },
      el("b", { class: "grow" }, engine.name),
      el("span", { class: "state small", "data-state": look }, t(`engine.${engine.state}`))),
    el("div", { class: "output-head" }, el("p", { class: "small quiet grow" }, facts(engine)),
      putOnAir ? el("button", { type: "button", class: "button small", onclick: putOnAir }, t("engines.hand-over")) : null),
    engine.failure && engine.state === "failed" ? el("p", { class: "small trouble" }, engine.failure) : null);
}
