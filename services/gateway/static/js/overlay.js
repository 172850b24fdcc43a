// A page for OBS, vMix and other mixers: text on nothing. How it looks is said in its address.
import { captionScreen } from "./caption_screen.js";
import { el, query, sessionOfPage } from "./dom.js";
import { EventStream } from "./stream.js";

const LABELS = { kk: "Автоматты субтитр", ru: "Автоматические субтитры", en: "Automatic subtitles" };
const PAST = 40;
const RECENT = 8;
const AGAIN = 15_000;

function number(name, otherwise, least, most) {
  const value = Number.parseFloat(query.get(name) ?? "");
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}

function choice(name, among) {
  return among.includes(query.get(name)) ? query.get(name) : among[0];
}

/** A colour as CSS knows it; anything else is passed over. */
function colour(name) {
  const given = query.get(name) ?? "";
  const value = /^[0-9a-f]{3,8}$/i.test(given) ? `#${given}` : given;
  return CSS.supports("color", value) ? value : "";
}

const tracks = (query.get("tracks") ?? query.get("track") ?? "source").split(",").filter(Boolean).slice(0, 3);
const options = {
  mode: choice("mode", ["roll-up", "block"]),
  tentative: query.get("tentative") === "1",
  idle: number("idle", 8, 0, 600) * 1000,
};
const root = document.documentElement.style;
root.setProperty("--size", `${number("size", 4.6, 1, 30)}vh`);
root.setProperty("--lines", String(Math.round(number("lines", 2, 1, 8))));
root.setProperty("--safe", `${number("safe", 5, 0, 30)}%`);
root.setProperty("--width", `${number("width", 84, 10, 100)}%`);
root.setProperty("--weight", String(Math.round(number("weight", 550, 400, 900))));
if (colour("color")) root.setProperty("--ink", colour("color"));
if (colour("box")) root.setProperty("--box", colour("box"));
document.body.classList.toggle("outlined", query.get("box") === "none");

const screens = new Map(tracks.map((track) => [track, captionScreen(options)]));
const label = el("div", { class: "label", hidden: true });
const safe = el("div", {
  class: "safe",
  "data-position": choice("position", ["bottom", "top", "middle"]),
  "data-align": choice("align", ["center", "left", "right"]),
}, query.get("label") === "0" ? null : label, ...[...screens.values()].map((screen) => screen.element));
const problem = el("div", { class: "problem", hidden: true });
document.body.append(safe, problem);

const translated = tracks.find((track) => track in LABELS);
label.textContent = LABELS[query.get("ui")] ?? LABELS[translated] ?? LABELS.kk;

let captions = { killed: false, unlabelled: false };

function clear() {
  for (const screen of screens.values()) screen.clear();
}

function setCaptions(state) {
  captions = state;
  safe.hidden = captions.killed;
}

function take(events) {
  // What was said long ago does not belong on the picture of now.
  const newest = Math.max(...events.map((event) => event.wall ?? 0));
  for (const event of events) {
    switch (event.kind) {
      case "hello": setCaptions(event); break;
      case "control":
        setCaptions(event);
        if (event.text === "clear" || event.text === "kill") clear();
        break;
      case "clear": clear(); break;
      case "feed": if (event.state === "stopped" || event.state === "failed") endSoon(); break;
      default:
        if (captions.killed || event.wall < newest - RECENT && event.kind !== "correction") break;
        screens.get(event.track)?.take(event);
    }
  }
  showLabel(events);
}

function showLabel(events) {
  if (captions.unlabelled) {
    label.hidden = true;
    return;
  }
  if (events.some((event) => event.text && ["committed", "cue", "tentative"].includes(event.kind))) {
    label.hidden = false;
  }
  if ([...screens.values()].every((screen) => screen.element.classList.contains("empty"))) {
    label.hidden = true;
  }
}

function endSoon() {
  setTimeout(() => { clear(); label.hidden = true; }, options.idle || 8000);
}

new MutationObserver(() => showLabel([])).observe(safe, {
  subtree: true, attributes: true, attributeFilter: ["class"],
});

function tell(text) {
  // The picture on air is never written on, unless whoever sets it up asks for it.
  problem.textContent = text;
  problem.hidden = !text || query.get("debug") !== "1";
}

function watch() {
  new EventStream({
    session: sessionOfPage(), token: query.get("token") ?? "", tracks, last: PAST, onEvents: take,
    onStatus: (status) => {
      tell(status === "open" ? "" : status);
      document.body.dataset.status = status;
      if (status === "gone" || status === "denied") {
        clear();
        // A mixer is not reloaded by hand: whoever mends the address or the gateway finds it alive.
        setTimeout(watch, AGAIN);
      }
    },
  });
}
watch();
