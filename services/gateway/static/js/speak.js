// Voices to try: speech is played while it is spoken, and can be taken along as a file.
import { ApiError, get, me, sendForStream } from "./api.js";
import { byId, el } from "./dom.js";
import { startInterface, t, trackName, uiLanguage } from "./i18n.js";
import { offerImages } from "./navigation.js";
import { PcmPlayer } from "./player.js";
import { recall, remember } from "./preferences.js";

const about = await me();
let voices = [];
let speaking = null;

const number = (value, digits = 1) => value.toLocaleString(uiLanguage(), { maximumFractionDigits: digits });
const seconds = (value, digits) => t("seconds", { n: number(value, digits) });
const chosenLanguage = () => document.querySelector("#language :checked")?.value ?? "";

function languages() {
  const chosen = chosenLanguage() || recall("speak.language", "kk");
  byId("language").replaceChildren(...[...about.languages, "auto"].map((code) => el("label",
    { class: "choice", lang: code === "auto" ? null : code },
    el("input", { type: "radio", name: "language", value: code, checked: code === chosen, onchange: turn }),
    code === "auto" ? t("speak.language.auto") : trackName(code))));
}

function turn() {
  remember("speak.language", chosenLanguage());
  voiceChoices();
  example();
}

function example() {
  const box = byId("text");
  const examples = about.languages.map((code) => t(`speak.example.${code}`));
  if (box.value.trim() && !examples.includes(box.value) && box.value !== examples.join("\n")) return;
  const language = chosenLanguage();
  box.value = language === "auto" ? examples.join("\n") : t(`speak.example.${language}`);
  box.lang = language === "auto" ? "" : language;
}

function voiceChoices() {
  const language = chosenLanguage();
  const fit = voices.filter((voice) => voice.available && (language === "auto" || voice.languages.includes(language)));
  const before = byId("voice").value;
  byId("voice").replaceChildren(
    el("option", { value: "" }, t("speak.voice.default")),
    ...fit.map((voice) => el("option", { value: voice.voice, selected: voice.voice === before }, voice.display_name)));
  speakerChoices();
}

function speakerChoices() {
  const voice = voices.find((one) => one.voice === byId("voice").value);
  const several = voice?.speakers.length > 1;
  byId("speaker-field").hidden = !several;
  byId("speaker").replaceChildren(...(several ? voice.speakers : []).map((one) => el("option",
    { value: one.speaker }, one.display_name || one.speaker)));
}

function list() {
  byId("voices").replaceChildren(...voices.map((voice) => el("li", { class: voice.available ? null : "absent" },
    el("strong", {}, voice.display_name),
    el("span", { class: "small quiet" }, [voice.languages.map(trackName).join(", "), voice.license,
      voice.commercial_use ? null : t("speak.noncommercial")].filter(Boolean).join(" · ")),
    voice.available ? null : el("span", { class: "small quiet" }, t("speak.pull"), " ",
      el("code", {}, `dauys models pull ${voice.voice}`)))));
}

function figures() {
  const rate = Number(byId("rate").value);
  const pitch = Number(byId("pitch").value);
  byId("rate-value").textContent = `× ${number(rate, 2)}`;
  byId("pitch-value").textContent = t("speak.semitones", { n: (pitch > 0 ? "+" : "") + number(pitch) });
}

function asked(format) {
  const language = chosenLanguage();
  return {
    text: byId("text").value, format, language: language === "auto" ? "" : language,
    voice: byId("voice").value, speaker: byId("speaker").value,
    rate: Number(byId("rate").value), pitch: Number(byId("pitch").value),
    notice: byId("say-notice").checked, tag: byId("tag").checked,
  };
}

function fail(error) {
  if (error.name === "AbortError") return;
  byId("problem").textContent = t("speak.failed", { why: error.message });
  byId("problem").hidden = false;
  byId("status").textContent = "";
}

async function play() {
  const mine = { leaving: new AbortController(), player: null };
  speaking = mine;
  byId("problem").hidden = true;
  byId("play").disabled = true;
  byId("stop").hidden = false;
  byId("status").textContent = t("speak.preparing");
  const begun = performance.now();
  try {
    const answer = await sendForStream("/v1/speech", asked("pcm"), mine.leaving.signal);
    mine.player = new PcmPlayer(Number(answer.headers.get("X-Dauys-Sample-Rate")));
    const reader = answer.body.getReader();
    let first = null;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      first ??= (performance.now() - begun) / 1000;
      document.querySelector(".synthetic").classList.add("sounding");
      byId("status").textContent = `${t("speak.speaking")} · ${t("speak.first", { n: seconds(first, 2) })}`;
      await mine.player.add(value);
    }
    await mine.player.finish();
    if (speaking === mine) byId("status").textContent = t("speak.done", { n: seconds(mine.player.seconds) });
  } catch (error) {
    fail(error);
    await mine.player?.close();
  } finally {
    document.querySelector(".synthetic").classList.remove("sounding");
    if (speaking === mine) speaking = null;
    byId("play").disabled = false;
    byId("stop").hidden = true;
  }
}

async function stop() {
  const mine = speaking;
  if (!mine) return;
  speaking = null;
  byId("status").textContent = "";
  await mine.player?.stop();
  mine.leaving.abort();
}

async function download() {
  const format = byId("format").value;
  byId("problem").hidden = true;
  byId("download").disabled = true;
  try {
    const answer = await sendForStream("/v1/speech", asked(format));
    const file = URL.createObjectURL(await answer.blob());
    const name = byId("text").value.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.join("-").slice(0, 40) || "speech";
    el("a", { href: file, download: `${name}.${format}` }).click();
    setTimeout(() => URL.revokeObjectURL(file), 60_000);
  } catch (error) {
    fail(error);
  } finally {
    byId("download").disabled = false;
  }
}

function show() {
  document.title = `${t("speak.title")} · Dauys`;
  languages();
  voiceChoices();
  list();
  figures();
}

offerImages();
byId("try").addEventListener("submit", (event) => { event.preventDefault(); play(); });
byId("stop").onclick = stop;
byId("download").onclick = download;
byId("voice").onchange = speakerChoices;
byId("rate").oninput = figures;
byId("pitch").oninput = figures;
await startInterface(show);
try {
  ({ voices } = await get("/v1/voices"));
} catch (error) {
  if (error instanceof ApiError && error.status === 401) location.assign("/login?next=/speak");
  byId("notice").textContent = t("state.services");
  byId("notice").hidden = false;
}
show();
example();
