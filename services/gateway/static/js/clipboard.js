// Copying where the browser allows it, and the old way where it does not.
import { el } from "./dom.js";

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain http off loopback has no clipboard. An open dialog takes the focus of all else.
    const box = el("textarea", { class: "visually-hidden" });
    box.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}
