// A picture to start from, made small in the browser, and the part of it that is painted anew.
import { byId } from "./dom.js";
import { t, uiLanguage } from "./i18n.js";

const MOST_SIDE = 2048;
const MOST_BYTES = 12 * 1024 * 1024;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class StartPicture {
  constructor(fail) {
    this.fail = fail;
    this.there = false;
    this.inpaints = false;
    this.cursor = null;
    this.painting = null;
    this.picture = byId("start-canvas");
    this.layer = byId("mask-canvas");
    this.mask = document.createElement("canvas");
    byId("start").onchange = () => { const [file] = byId("start").files; if (file) this.take(file); };
    byId("start-remove").onclick = () => { this.clear(); byId("start").focus(); };
    byId("mask").onchange = () => this.showTools();
    byId("mask-clear").onclick = () => this.wipe();
    byId("strength").oninput = () => this.figures();
    this.listen();
  }

  async take(file) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      this.clear();
      this.fail(t("images.start.unread", { name: file.name }));
      return;
    }
    const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
    for (const canvas of [this.picture, this.layer, this.mask]) Object.assign(canvas, { width, height });
    const context = this.picture.getContext("2d");
    context.fillStyle = "#fff"; // what is transparent
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    this.there = true;
    this.wipe();
    this.show();
  }

  clear() {
    this.there = false;
    byId("start").value = "";
    byId("mask").checked = false;
    this.show();
  }

  allow(starts, inpaints) {
    byId("start-field").hidden = !starts;
    this.inpaints = inpaints;
    byId("mask-field").hidden = !inpaints;
    if (!starts) this.clear();
    this.showTools();
  }

  show() {
    byId("start-picture").hidden = !this.there;
    this.figures();
    this.showTools();
  }

  showTools() {
    const on = this.inpaints && byId("mask").checked;
    byId("mask-tools").hidden = !on;
    this.layer.classList.toggle("on", on);
    this.layer.tabIndex = on ? 0 : -1;
    this.layer.setAttribute("aria-label", t("images.mask.how"));
    this.layer.setAttribute("role", "application");
  }

  figures() {
    byId("strength-value").textContent = Number(byId("strength").value).toLocaleString(uiLanguage());
  }

  /** What is sent; nothing where there is no picture. */
  async sent() {
    if (!this.there) return {};
    const sent = { image: await this.file(this.picture), strength: Number(byId("strength").value) };
    if (this.inpaints && byId("mask").checked) sent.mask = await base64(await blobOf(this.mask, "image/png"));
    return sent;
  }

  async file(canvas) {
    const exact = await blobOf(canvas, "image/png");
    return base64(exact.size <= MOST_BYTES ? exact : await blobOf(canvas, "image/jpeg", 0.92));
  }

  get radius() {
    return (Number(byId("brush").value) / 200) * Math.min(this.mask.width, this.mask.height);
  }

  listen() {
    this.layer.addEventListener("pointerdown", (event) => {
      if (!this.layer.classList.contains("on")) return;
      this.layer.setPointerCapture(event.pointerId);
      this.painting = this.place(event);
      this.paint(this.painting, this.painting);
    });
    this.layer.addEventListener("pointermove", (event) => {
      if (!this.painting) return;
      const here = this.place(event);
      this.paint(this.painting, here);
      this.painting = here;
    });
    for (const end of ["pointerup", "pointercancel"]) this.layer.addEventListener(end, () => { this.painting = null; });
    this.layer.addEventListener("keydown", (event) => this.key(event));
    this.layer.addEventListener("blur", () => { this.cursor = null; this.paintLayer(); });
  }

  key(event) {
    if (!this.layer.classList.contains("on")) return;
    this.cursor ??= [this.mask.width / 2, this.mask.height / 2];
    const way = KEYS[event.key];
    if (way) {
      const most = [this.mask.width, this.mask.height];
      this.cursor = this.cursor.map((at, axis) => Math.min(most[axis], Math.max(0, at + way[axis] * this.radius)));
    }
    if (event.key === " " || (way && event.shiftKey)) this.paint(this.cursor, this.cursor);
    if (!way && event.key !== " ") return;
    event.preventDefault();
    this.paintLayer();
  }

  place(event) {
    const box = this.layer.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.mask.width, ((event.clientY - box.top) / box.height) * this.mask.height];
  }

  wipe() {
    const context = this.mask.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.mask.width, this.mask.height);
    this.layer.getContext("2d").clearRect(0, 0, this.layer.width, this.layer.height);
  }

  paint(from, to) {
    for (const [canvas, colour] of [[this.mask, "#fff"], [this.layer, "#00c2d6"]]) {
      const context = canvas.getContext("2d");
      context.strokeStyle = colour;
      context.lineWidth = 2 * this.radius;
      context.lineCap = "round";
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(to[0], to[1] + 0.01);
      context.stroke();
    }
  }

  /** The layer anew from the mask, with the keyboard's cursor. */
  paintLayer() {
    const context = this.layer.getContext("2d");
    context.clearRect(0, 0, this.layer.width, this.layer.height);
    const shown = this.mask.getContext("2d").getImageData(0, 0, this.mask.width, this.mask.height);
    for (let at = 0; at < shown.data.length; at += 4) {
      const on = shown.data[at] > 127;
      shown.data.set([0, 194, 214, on ? 255 : 0], at);
    }
    context.putImageData(shown, 0, 0);
    if (!this.cursor) return;
    context.strokeStyle = "#ff3d7f";
    context.lineWidth = Math.max(2, this.mask.width / 150);
    context.beginPath();
    context.arc(...this.cursor, this.radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

const blobOf = (canvas, type, quality) => new Promise((done) => { canvas.toBlob(done, type, quality); });

function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}
