// The operator's console: live text to put right, and the acts that all outputs follow.
import { ApiError, get, me, post, send } from "./api.js";
import { byId, clock, el, sessionOfPage } from "./dom.js";
import { startInterface, t, trackName, uiLanguage } from "./i18n.js";
import { engineRow } from "./engines.js";
import { isOver, offsetText, outputRow } from "./outputs.js";
import { recall, remember } from "./preferences.js";
import { Follower } from "./scrolling.js";
import { EventStream } from "./stream.js";
import { TrackText } from "./track_text.js";
import { WordEditor } from "./word_editor.js";

const PAST = 400;
const KEPT = 400;
const LOGGED = 200;
const EVERY = 2000;
const ORDER = ["source", "kk", "ru", "en"];
const STRIPPED = /^[«"'(]+|[»"').,!?:;…]+$/g;

const session = sessionOfPage();
const path = `/v1/sessions/${encodeURIComponent(session)}`;
const columns = new Map();
let about = null;
let known = null;
let captions = { held: false, killed: false, unlabelled: false };
let state = "connecting";
let connected = false;
let problem = "";
let refused = "";

const operator = () => byId("you").value.trim();
const dated = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

function say(text) {
  problem = text;
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function explain(error) {
  if (error.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  return error.currentText === undefined ? t("operate.failed", { why: error.message })
    : t("operate.conflict", { text: error.currentText });
}

async function attempt(act) {
  try {
    const answer = await act();
    if (problem) say("");
    return answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(explain(error));
    return null;
  }
}

// Text

function makeColumn(track) {
  const place = el("div");
  const box = el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": trackName(track) }, place);
  const title = el("span", {}, trackName(track));
  const section = el("section", { class: "column", "data-track": track }, el("h2", {}, title), box);
  const text = new TrackText(place, { keep: KEPT, words: true });
  const follower = new Follower(box);
  const editor = new WordEditor(box, text, (correction) => correct(track, correction),
    () => say(refused));
  columns.set(track, { section, box, title, text, follower, editor });
  const shown = ORDER.filter((code) => columns.has(code));
  byId("tracks").replaceChildren(...shown.map((code) => columns.get(code).section));
  for (const code of shown) columns.get(code).follower.jump();
}

async function correct(track, { written, heard, learn, ...correction }) {
  const name = written.replace(STRIPPED, "");
  const glossary = learn && name
    ? [{ spelling: name, language: track === "source" ? "" : track, sounds_like: [heard.replace(STRIPPED, "")] }] : [];
  try {
    await post(`${path}/corrections`, { ...correction, track, glossary, operator: operator() });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused = explain(error);
    return { saved: false, current: error.currentText };
  }
  if (problem) say("");
  if (glossary.length) await refresh();
  return { saved: true };
}

// What happens

function record(event, ...text) {
  const item = el("li", {}, el("time", {}, event.past ? clock(event.wall) : dated.format(new Date())), el("span", {}, ...text));
  byId("log").prepend(item);
  while (byId("log").childElementCount > LOGGED) byId("log").lastElementChild.remove();
}

function who(event) {
  return el("b", {}, event.operator || t("operate.somebody"));
}

function take(events) {
  const past = events.length > 20;
  for (const event of events) {
    event.past = past;
    const track = event.track;
    if ((event.kind === "committed" || event.kind === "tentative") && !columns.has(track)) makeColumn(track);
    const column = columns.get(track);
    switch (event.kind) {
      case "hello": state = event.state; captions = event; break;
      case "committed": column.text.commit(event); break;
      case "tentative": column.text.tentative(event.text, event.language); break;
      case "correction": {
        const changed = column?.text.correct(event.texts) ?? [];
        column?.editor.changed();
        if (!event.texts.length) break;
        for (const piece of changed) {
          for (const word of piece.span.children) if (!past) word.classList.add("flash");
        }
        const text = event.texts.map((piece) => piece.text).filter(Boolean).join(" ");
        record(event, who(event), ": ", text ? t("operate.corrected", { text }) : t("operate.removed"));
        break;
      }
      case "control":
        captions = event;
        record(event, who(event), ": ", t(`control.${event.text}`));
        break;
      case "clear": record(event, t("log.clear")); break;
      case "feed":
        state = event.state;
        record(event, t(`state.${event.state}`), event.text.slice(event.state.length));
        break;
      case "pace": record(event, t("meter.pace"), ": ", t(`pace.${event.text}`)); break;
      case "track-failed":
        record(event, t("log.track-failed", { track: trackName(track), why: event.text }));
        break;
      case "output":
        record(event, t("log.output", { name: event.output, state: t(`output.${event.text}`) }),
          event.detail ? `: ${event.detail}` : "");
        break;
      case "hand-over":
        record(event, ...(event.operator ? [who(event), ": "] : []),
          t("log.hand-over", { name: event.text }), event.operator ? "" : `: ${event.reason}`);
        break;
      case "missed": record(event, t("log.missed", { n: event.count })); break;
      case "gateway": say(event.text === "connected" ? "" : t("state.services")); break;
    }
  }
  for (const { follower, editor } of columns.values()) {
    if (!editor.focus) follower.keepUp();
  }
  showAir();
  showState();
}

// How things stand

function showState() {
  const shown = connected ? state : "reconnecting";
  byId("state").dataset.state = connected ? state : "";
  byId("state").textContent = t(`state.${shown}`);
}

function showAir() {
  byId("hold").setAttribute("aria-pressed", String(captions.held));
  byId("hold").firstElementChild.textContent = t(captions.held ? "operate.release" : "operate.hold");
  byId("kill").setAttribute("aria-pressed", String(captions.killed));
  byId("kill").firstElementChild.textContent = t(captions.killed ? "operate.restore" : "operate.kill");
  byId("label").checked = !captions.unlabelled;
  const air = byId("air");
  air.hidden = !captions.held && !captions.killed;
  air.classList.toggle("bad", captions.killed);
  air.textContent = captions.killed ? t("operate.killed") : captions.held ? t("operate.held") : "";
  const ended = state === "stopped" || state === "failed";
  for (const button of document.querySelectorAll(".acts button, #label, #spoken input, #into input, #preset, #outputs button, #outputs input")) button.disabled = ended;
}

function meter(name, value, trouble = "") {
  return el("div", {}, el("dt", {}, name), el("dd", { class: trouble || null }, value));
}

function seconds(value) {
  return t("seconds", { n: value.toLocaleString(uiLanguage(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }) });
}

const grade = (lag) => (lag > 5 ? "late" : lag > 3 ? "slow" : "");

function showMeters() {
  byId("meters").replaceChildren(
    meter(t("meter.lag"), seconds(known.lag), grade(known.lag)),
    ...(known.pace === "full" || known.pace === "unspecified" ? []
      : [meter(t("meter.pace"), t(`pace.${known.pace}`), known.pace === "behind" ? "late" : "slow")]),
    ...known.translations.map((track) => meter(trackName(track.language),
      track.failure ? "✕" : seconds(track.lag), track.failure ? "late" : grade(track.lag))),
    meter(t("meter.viewers"), known.viewers.toLocaleString(uiLanguage())));
}

function showSettings() {
  const heard = known.languages.length ? known.languages : about.languages;
  byId("spoken").replaceChildren(...about.languages.map((code) => el("label", { class: "choice", lang: code },
    el("input", { type: "checkbox", value: code, checked: heard.includes(code), onchange: changeSpoken }), trackName(code))));
  const into = known.translations.map((track) => track.language);
  byId("into").replaceChildren(...about.languages.map((code) => el("label", { class: "choice", lang: code },
    el("input", { type: "checkbox", value: code, checked: into.includes(code), onchange: changeLanguages }), trackName(code))));
  byId("preset").replaceChildren(...about.presets.map((name) => el("option", { value: name, selected: name === known.preset }, t(`preset.${name}`))));
  byId("names").textContent = known.glossary.map((entry) => entry.spelling).join(", ");
}

function showOutputs() {
  byId("outputs-section").hidden = !known.outputs.length;
  // What is being used is not taken away from under its user.
  if (byId("outputs").contains(document.activeElement)) return;
  const ended = state === "stopped" || state === "failed";
  byId("outputs").replaceChildren(...known.outputs.map((output) => outputRow(output,
    el("label", { class: "offset small" }, `${t("outputs.offset")} `,
      el("input", {
        type: "number", step: "0.1", min: "-60", max: "60", value: String(output.offset), disabled: ended,
        "aria-label": `${output.name}: ${t("outputs.offset")}`,
        onchange: (event) => changeOffset(output, event.target),
      })),
    isOver(output) && !ended
      ? el("button", { type: "button", class: "button small", onclick: () => changeOutputs(known.outputs) }, t("outputs.again")) : null)));
}

function showEngines() {
  byId("engines-section").hidden = !known.engines.length;
  if (byId("engines").contains(document.activeElement)) return;
  const ended = state === "stopped" || state === "failed";
  byId("engines").replaceChildren(...known.engines.map((engine) => engineRow(engine,
    engine.state === "standby" && !ended ? () => handOver(engine.name) : null)));
}

async function handOver(engine) {
  const answer = await attempt(() => post(`${path}/engine`, { engine, operator: operator() }));
  if (answer) known.engines = answer.engines;
  document.activeElement?.blur();
  showEngines();
}

async function changeOutputs(outputs) {
  const wanted = outputs.map(({ name, offset }) => ({ name, offset }));
  const answer = await attempt(() => send("PATCH", path, { outputs: wanted }));
  if (answer) known = answer;
  document.activeElement?.blur();
  showOutputs();
  return answer;
}

async function changeOffset(output, box) {
  const offset = box.valueAsNumber;
  if (!Number.isFinite(offset) || !box.reportValidity()) return;
  const answer = await changeOutputs(known.outputs.map((other) => (other.name === output.name ? { ...other, offset } : other)));
  if (answer) record({}, `${output.name}: ${offsetText(offset)}`);
}

function show() {
  byId("title").textContent = known.display_name || t("sessions.unnamed");
  document.title = `${known.display_name || t("sessions.unnamed")} · ${t("operate.title")}`;
  if (!columns.size) makeColumn("source");
  for (const track of known.translations) if (!columns.has(track.language)) makeColumn(track.language);
  for (const [track, { title, section, box }] of columns) {
    title.textContent = trackName(track);
    box.setAttribute("aria-label", trackName(track));
    section.classList.toggle("off", track !== "source" && !known.translations.some((other) => other.language === track));
  }
  showMeters();
  showEngines();
  showOutputs();
  if (!document.querySelector(".settings").contains(document.activeElement)) showSettings();
  byId("names").textContent = known.glossary.map((entry) => entry.spelling).join(", ");
}

async function refresh() {
  try {
    known = await get(path);
    show();
  } catch (error) {
    if (!(error instanceof ApiError)) return;  // The stream tells that the gateway is away.
    if (error.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    say(t(error.status === 404 ? "view.gone" : "state.services"));
  }
}

// Acts

const act = (action) => attempt(() => post(`${path}/controls`, { action, operator: operator() }));
const hold = () => act(captions.held ? "release" : "hold");
const kill = () => act(captions.killed ? "restore" : "kill");

async function changeSpoken() {
  const languages = [...byId("spoken").querySelectorAll(":checked")].map((input) => input.value);
  if (!languages.length) say(t("operate.spoken.one"));
  else {
    const answer = await attempt(() => send("PATCH", path, { languages }));
    if (answer) known = answer;
  }
  showSettings();
  show();
}

async function changeLanguages() {
  const translations = [...byId("into").querySelectorAll(":checked")].map((input) => input.value);
  const answer = await attempt(() => send("PATCH", path, { translations }));
  if (answer) known = answer;
  showSettings();
  show();
}

byId("hold").onclick = hold;
byId("clear").onclick = () => act("clear");
byId("kill").onclick = kill;
byId("label").onchange = () => act(byId("label").checked ? "label" : "unlabel");
byId("preset").onchange = async () => {
  const answer = await attempt(() => send("PATCH", path, { preset: byId("preset").value }));
  if (answer) known = answer;
  showSettings();
};
byId("you").value = recall("operator", "");
byId("you").onchange = () => remember("operator", operator());
byId("name-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const spelling = byId("name").value.trim();
  const heard = byId("heard").value.trim();
  if (!spelling) return;
  const answer = await attempt(() => post(`${path}/glossary`, { spelling, sounds_like: heard ? [heard] : [] }));
  if (!answer) return;
  known = answer;
  byId("name").value = byId("heard").value = "";
  byId("name").focus();
  record({}, t("operate.glossary.added", { name: spelling }));
  show();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "F8") hold();
  else if (event.key === "F9") act("clear");
  else if (event.key === "F10" && event.shiftKey) kill();
  else return;
  event.preventDefault();
});

about = await me();
await startInterface(() => { if (known) { show(); showSettings(); } showAir(); showState(); });
await refresh();
if (known) {
  captions = known.captions;
  state = known.state;
  showSettings();
}
showAir();
new EventStream({
  session, view: "operator", last: PAST, onEvents: take,
  onStatus: (status) => {
    connected = status === "open" || status === "ended";
    if (status === "ended") state = state === "failed" ? "failed" : "stopped";
    if (status === "gone") say(t("view.gone"));
    if (status === "denied") location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    showState();
    showAir();
  },
});
setInterval(() => { if (!document.hidden && connected) refresh(); }, EVERY);
