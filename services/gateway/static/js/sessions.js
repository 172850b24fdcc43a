// All sessions: start one, stop one, see how they are, take the links of their outputs.
import { ApiError, get, me, post } from "./api.js";
import { copyText } from "./clipboard.js";
import { byId, clock, el } from "./dom.js";
import { startInterface, t, trackName, uiLanguage } from "./i18n.js";
import { offerImages } from "./navigation.js";
import { outputRow } from "./outputs.js";
import { recall, remember } from "./preferences.js";

const EVERY = 2000;
const ENDED = ["stopped", "failed"];
const LATE = 5;

let about = await me();
let sessions = [];
let profiles = new Set();

function seconds(value) {
  return t("seconds", { n: value.toLocaleString(uiLanguage(), { maximumFractionDigits: 1 }) });
}

function address(path, session, more = {}) {
  const asked = new URLSearchParams(more);
  if (session.view_token) asked.set("token", session.view_token);
  const tail = asked.size ? `?${asked}` : "";
  return `${location.origin}${path}/${encodeURIComponent(session.id)}${tail}`;
}

function link(title, href) {
  const copy = el("button", {
    type: "button", class: "button",
    onclick: async () => {
      await copyText(href);
      copy.textContent = t("sessions.copied");
      setTimeout(() => { copy.textContent = t("sessions.copy"); }, 1500);
    },
  }, t("sessions.copy"));
  return el("div", { class: "link" }, el("a", { href, target: "_blank", rel: "noopener" }, title), copy);
}

function figure(name, value, late = false) {
  return el("div", {}, el("dt", {}, name), el("dd", { class: late ? "late" : null }, value));
}

function card(session) {
  const ended = ENDED.includes(session.state);
  const tracks = ["source", ...session.translations.map((track) => track.language)];
  const name = session.display_name || t("sessions.unnamed");
  return el("article", { class: "card", "data-session": session.id },
    el("div", { class: "head" },
      el("h2", {}, name),
      el("span", { class: "state", "data-state": session.state }, t(`state.${session.state}`)),
      el("span", { class: "grow" }),
      ended ? null : el("button", { type: "button", class: "button bad", onclick: () => stop(session, name) },
        t("sessions.stop"))),
    el("p", { class: "small quiet url" }, session.url || t("sessions.pushed"),
      session.state_detail ? ` · ${session.state_detail}` : ""),
    el("dl", { class: "figures" },
      figure(t("sessions.position"), clock(session.audio_position)),
      ended ? null : figure(t("meter.lag"), seconds(session.lag), session.lag > LATE),
      ended ? null : figure(t("meter.pace"), t(`pace.${session.pace}`), session.pace === "behind"),
      figure(t("sessions.cues"), session.cue_count.toLocaleString(uiLanguage())),
      figure(t("sessions.viewers"), session.viewers.toLocaleString(uiLanguage())),
      figure(t("sessions.tracks"), tracks.map(trackName).join(", "))),
    session.outputs.length
      ? el("ul", { class: "outputs", "aria-label": t("outputs.title") }, ...session.outputs.map((output) => outputRow(output)))
      : null,
    el("div", { class: "links" },
      el("div", { class: "link" }, el("a", { href: `/operate/${encodeURIComponent(session.id)}` }, t("sessions.console"))),
      link(t("sessions.view"), address("/view", session)),
      ...tracks.map((track) => link(`${t("sessions.overlay")}: ${trackName(track)}`,
        address("/overlay", session, { track }))),
      ...session.outputs.filter((output) => output.url).map((output) =>
        link(`${output.kind}: ${output.name}`, location.origin + output.url))));
}

function show() {
  const running = sessions.filter((session) => !ENDED.includes(session.state));
  const ended = sessions.filter((session) => ENDED.includes(session.state)).slice(0, 10);
  // A card that is being used is not taken away from under its user.
  for (const [place, found] of [["running", running], ["ended", ended]]) {
    const box = byId(place);
    if (box.contains(document.activeElement)) continue;
    box.replaceChildren(...found.map(card));
  }
  byId("none").hidden = running.length > 0;
  byId("ended-section").hidden = !ended.length;
}

async function refresh() {
  try {
    ({ sessions } = await get("/v1/sessions"));
    byId("notice").hidden = true;
    show();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) location.assign("/login");
    byId("notice").textContent = t("state.services");
    byId("notice").hidden = false;
  }
}

async function stop(session, name) {
  byId("sure-text").textContent = t("sessions.stop.sure", { name });
  const sure = byId("sure");
  sure.returnValue = "no";
  sure.showModal();
  sure.onclose = async () => {
    if (sure.returnValue !== "yes") return;
    try {
      await post(`/v1/sessions/${encodeURIComponent(session.id)}/stop`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      byId("notice").textContent = error.message;
      byId("notice").hidden = false;
    }
    document.activeElement?.blur();
    await refresh();
  };
}

function choices(place, kind, checked) {
  byId(place).replaceChildren(...about.languages.map((code) => el("label", { class: "choice", lang: code },
    el("input", { type: "checkbox", name: kind, value: code, checked: checked.includes(code) }),
    trackName(code))));
}

const picked = (place) => [...byId(place).querySelectorAll(":checked")].map((input) => input.value);

async function form() {
  choices("spoken", "languages", recall("new.languages", ["kk", "ru"]));
  choices("into", "translations", recall("new.translations", []));
  const choice = await get("/v1/outputs").catch(() => ({ profiles: [], files: false }));
  const chosen = recall("new.outputs", []);
  const files = choice.files ? [{ name: "hls", description: t("outputs.hls") }, { name: "dash", description: t("outputs.dash") }] : [];
  const named = new Set(choice.profiles.map((profile) => profile.name));
  const offered = [...files.filter((file) => !named.has(file.name)), ...choice.profiles];
  byId("outputs").replaceChildren(...offered.map((one) => el("label", { class: "choice", title: one.description },
    el("input", { type: "checkbox", name: "outputs", value: one.name, checked: chosen.includes(one.name) }),
    one.name)));
  byId("outputs").parentElement.hidden = !offered.length;
  profiles = new Set(choice.profiles.map((profile) => profile.name));
  byId("preset").replaceChildren(...about.presets.map((name) => el("option", { value: name }, t(`preset.${name}`))));
  const { models } = await get("/v1/models").catch(() => ({ models: [] }));
  byId("model").replaceChildren(
    el("option", { value: "" }, t("sessions.model.default")),
    ...models.filter((model) => model.task === "speech-to-text" && model.state !== "available")
      .map((model) => el("option", { value: model.id }, model.display_name || model.id)));
}

let request = null;
byId("new").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  const languages = picked("spoken");
  const translations = picked("into");
  remember("new.languages", languages);
  remember("new.translations", translations);
  remember("new.outputs", picked("outputs"));
  const outputs = picked("outputs").map((name) => (profiles.has(name) ? { name, profile: name } : { name, kind: name }));
  button.disabled = true;
  byId("problem").hidden = true;
  // The same press, sent twice, starts one session.
  request ??= Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  try {
    await post("/v1/sessions", {
      url: byId("url").value.trim(), display_name: byId("name").value.trim(), languages, translations,
      model: byId("model").value, preset: byId("preset").value, outputs, request_id: request,
    });
    byId("url").value = "";
    byId("name").value = "";
    byId("url").removeAttribute("aria-invalid");
    await refresh();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    byId("problem").textContent = error.message;
    byId("problem").hidden = false;
    if (error.fields.some((field) => field.includes("url"))) byId("url").setAttribute("aria-invalid", "true");
  } finally {
    request = null;
    button.disabled = false;
  }
});

offerImages();
byId("logout").hidden = !about.login;
byId("logout").onclick = async () => {
  await post("/v1/logout");
  location.assign("/login");
};
await startInterface(() => { show(); form(); document.title = `${t("sessions.title")} · Dauys`; });
document.title = `${t("sessions.title")} · Dauys`;
await form();
await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, EVERY);
