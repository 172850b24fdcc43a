// The page to read along: one or several tracks live, with all that was said before.
import { ApiError, get } from "./api.js";
import { byId, el, query, sessionOfPage } from "./dom.js";
import { startInterface, t, trackName } from "./i18n.js";
import { recall, remember } from "./preferences.js";
import { Follower } from "./scrolling.js";
import { EventStream } from "./stream.js";
import { TrackText } from "./track_text.js";

const SIZES = [1, 1.25, 1.5, 1.875, 2.25, 2.75, 3.5, 4.5];
const PAST = 600;
const SPOKEN_KEPT = 20;
const ORDER = ["source", "kk", "ru", "en"];

const session = sessionOfPage();
const token = query.get("token") ?? "";
const columns = new Map();
let tracks = ["source"];
let chosen = (query.get("tracks") ?? "").split(",").filter(Boolean);
let state = "connecting";
let connected = false;

function showState() {
  const shown = connected ? state : state === "ended" ? "stopped" : "reconnecting";
  byId("state").dataset.state = connected ? state : "";
  byId("state").textContent = t(`state.${state === "connecting" ? state : shown}`);
}

function say(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function makeColumn(track) {
  const box = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": trackName(track) });
  const place = el("div");
  const empty = el("p", { class: "empty" }, t("view.empty"));
  box.append(empty, place);
  const title = el("h2", {}, trackName(track));
  const section = el("section", { class: "column", "data-track": track }, title, box);
  const follower = new Follower(box, showJump);
  columns.set(track, { section, box, title, empty, follower, text: new TrackText(place) });
}

/** Of the chosen tracks those that there are; a chosen one may come later. */
function shownTracks() {
  const shown = tracks.filter((track) => chosen.includes(track));
  return shown.length ? shown : [tracks[0]];
}

function showJump() {
  byId("jump").hidden = shownTracks().every((track) => columns.get(track).follower.following);
}

function arrange() {
  for (const track of tracks) if (!columns.has(track)) makeColumn(track);
  const shown = shownTracks();
  byId("tracks").replaceChildren(...shown.map((track) => columns.get(track).section));
  for (const track of shown) {
    const { section, title, box, empty, follower } = columns.get(track);
    section.classList.toggle("alone", shown.length === 1);
    title.textContent = trackName(track);
    box.setAttribute("aria-label", trackName(track));
    empty.textContent = t("view.empty");
    follower.jump();
  }
  const strip = byId("choices");
  strip.classList.toggle("single", tracks.length === 1);
  strip.replaceChildren(...tracks.map((track) => el("button", {
    type: "button", class: "button", "aria-pressed": shown.includes(track), "data-track": track,
    lang: track === "source" ? null : track, onclick: () => choose(track),
  }, trackName(track))));
  showJump();
}

function choose(track) {
  const shown = shownTracks();
  chosen = shown.includes(track) ? shown.filter((other) => other !== track) : [...shown, track];
  remember("tracks", chosen);
  arrange();
  byId("choices").querySelector(`[data-track="${track}"]`)?.focus();
}

function announce(event) {
  // Whole lines are heard better than the words that come one by one.
  if (!byId("speak").checked || event.track !== shownTracks()[0]) return;
  const log = byId("spoken");
  log.append(el("p", { lang: event.language }, event.text.replaceAll("\n", " ")));
  while (log.childElementCount > SPOKEN_KEPT) log.firstElementChild.remove();
}

function showCaptions({ killed, unlabelled }) {
  byId("off").hidden = !killed;
  byId("tracks").hidden = killed;
  byId("label").hidden = unlabelled;
}

function addTrack(track) {
  if (!track || tracks.includes(track)) return;
  tracks = ORDER.filter((known) => known === track || tracks.includes(known));
  arrange();
}

function take(events) {
  const past = events.length > 20;
  for (const event of events) {
    if (event.kind === "committed" || event.kind === "tentative") addTrack(event.track);
    const text = columns.get(event.track)?.text;
    switch (event.kind) {
      case "hello":
        state = event.state;
        showCaptions(event);
        if (event.missed) say(t("view.missed"));
        break;
      case "committed": text?.commit(event); break;
      case "tentative": text?.tentative(event.text, event.language); break;
      case "correction": text?.correct(event.texts); break;
      case "cue": if (!past) announce(event); break;
      case "clear": for (const column of columns.values()) column.text.pause(); break;
      case "control":
        showCaptions(event);
        if (event.text === "clear" || event.text === "kill") {
          for (const column of columns.values()) column.text.pause();
        }
        break;
      case "feed": state = event.state; break;
      case "track-failed": say(`${trackName(event.track)}: ${t("track.failed")}`); break;
      case "missed": say(t("view.missed")); break;
      case "gateway": say(event.text === "connected" ? "" : t("state.services")); break;
    }
  }
  for (const track of shownTracks()) columns.get(track)?.follower.keepUp();
  showState();
}

function setSize(step) {
  const place = Math.min(SIZES.length - 1, Math.max(0, step));
  remember("size", place);
  document.body.style.setProperty("--text", `${SIZES[place]}rem`);
  byId("size").textContent = `${Math.round(SIZES[place] / 1.5 * 100)} %`;
  for (const { follower } of columns.values()) follower.keepUp();
  return place;
}

function setTheme(theme) {
  remember("theme", theme);
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const input of document.getElementsByName("theme")) input.checked = input.value === theme;
  return theme;
}

let theme = setTheme(query.get("theme") ?? recall("theme", "auto"));
let size = setSize(Number(query.get("size") ?? recall("size", 2)));
byId("smaller").onclick = () => { size = setSize(size - 1); };
byId("larger").onclick = () => { size = setSize(size + 1); };
for (const input of document.getElementsByName("theme")) {
  input.onchange = () => { theme = setTheme(input.value); };
}
for (const name of ["speak", "keys"]) {
  byId(name).checked = recall(name, true);
  byId(name).onchange = () => remember(name, byId(name).checked);
}
byId("open-settings").onclick = () => byId("settings").showModal();
byId("full").onclick = () => (document.fullscreenElement
  ? document.exitFullscreen() : document.documentElement.requestFullscreen());
byId("jump").onclick = () => {
  for (const { follower } of columns.values()) follower.jump();
  showJump();
};
document.addEventListener("keydown", (event) => {
  if (!byId("keys").checked || event.ctrlKey || event.altKey || event.metaKey) return;
  if (byId("settings").open || event.target.matches("input, select")) return;
  if (event.key === "+" || event.key === "=") size = setSize(size + 1);
  else if (event.key === "-") size = setSize(size - 1);
  else if (event.key === "End") byId("jump").click();
  else if (event.code === "KeyT") {
    const all = ["auto", "light", "dark", "contrast"];
    theme = setTheme(all[(all.indexOf(theme) + 1) % all.length]);
  } else if (/^[1-4]$/.test(event.key)) {
    const track = tracks[Number(event.key) - 1];
    if (track) choose(track);
  } else return;
  event.preventDefault();
});

await startInterface(() => { arrange(); showState(); });
try {
  const about = await get(`/v1/sessions/${encodeURIComponent(session)}?${token ? new URLSearchParams({ token }) : ""}`);
  byId("title").textContent = about.display_name || "Dauys";
  document.title = about.display_name || "Dauys";
  tracks = ["source", ...ORDER.filter((code) => about.translations.some((track) => track.language === code))];
  state = about.state;
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  say(t(error.status === 404 ? "view.gone" : error.status === 401 ? "view.denied" : "state.services"));
}
if (!chosen.length) chosen = recall("tracks", ["source"]);
arrange();
showState();
new EventStream({
  session, token, last: PAST, onEvents: take,
  onStatus: (status) => {
    connected = status === "open" || status === "ended";
    if (status === "gone") say(t("view.gone"));
    if (status === "denied") say(t("view.denied"));
    showState();
  },
});
