// The interface in Kazakh, Russian or English: by ?ui=, by the last choice, or by the browser's own.
import { el } from "./dom.js";
import { recall, remember } from "./preferences.js";

export const UI_LANGUAGES = { kk: "Қазақша", ru: "Русский", en: "English" };
let language = "en";
let texts = {};

export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const uiLanguage = () => language;

/** Name of a track in the language of the interface; languages keep their own names. */
export const trackName = (track) => UI_LANGUAGES[track] ?? t(`track.${track}`);

function wanted() {
  const asked = new URLSearchParams(location.search).get("ui") ?? recall("ui", "");
  if (asked in UI_LANGUAGES) return asked;
  for (const tag of navigator.languages ?? []) {
    const base = tag.slice(0, 2).toLowerCase();
    if (base in UI_LANGUAGES) return base;
  }
  return "kk";
}

async function load(chosen) {
  const answer = await fetch(`/static/i18n/${chosen}.json`);
  texts = await answer.json();
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    element.title = t(element.dataset.tLabel);
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}

/** Load the texts; `again` is called whenever another language is chosen. */
export async function startInterface(again = () => {}) {
  await load(wanted());
  for (const place of document.querySelectorAll(".languages")) {
    for (const code of Object.keys(UI_LANGUAGES)) {
      const button = el("button", {
        type: "button", lang: code, "aria-pressed": code === language, "aria-label": UI_LANGUAGES[code],
        title: UI_LANGUAGES[code],
        onclick: async () => {
          remember("ui", code);
          await load(code);
          for (const other of place.children) {
            other.setAttribute("aria-pressed", String(other === button));
          }
          again();
        },
      }, code === "kk" ? "Қаз" : code === "ru" ? "Рус" : "Eng");
      place.append(button);
    }
  }
}
