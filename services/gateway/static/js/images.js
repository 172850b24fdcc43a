// Pictures: ask for one, watch it being drawn, and the gallery of those that were kept.
import { ApiError, get, me } from "./api.js";
import { byId } from "./dom.js";
import { Details } from "./image_details.js";
import { ImageForm, told } from "./image_form.js";
import { Gallery } from "./image_gallery.js";
import { Stage } from "./image_stage.js";
import { startInterface, t } from "./i18n.js";

await me();
const form = new ImageForm();
const uses = (image) => form.use(image);
const details = new Details({
  styleName: (id) => form.styles.name(id), uses,
  deleted: (id) => { gallery.remove(id); stage.forget(id); byId("gallery-title").focus(); },
});
const opens = (image) => details.open(image);
const gallery = new Gallery({ opens, fails: notice });
const stage = new Stage({
  opens, uses, fails: (error) => form.fail(error),
  finished: (image) => { form.drawn(image); gallery.add(image); },
});

let preparing = false;

function notice(error) {
  if (error instanceof ApiError && error.status === 401) location.assign("/login?next=/images");
  byId("notice").textContent = told(error instanceof ApiError ? error : { code: "UNAVAILABLE" });
  byId("notice").hidden = false;
}

function show() {
  document.title = `${t("images.title")} · Dauys`;
  form.models.choices();
  form.show();
  form.styles.show();
  stage.show();
  gallery.show();
}

byId("draw").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (stage.busy || preparing) return;
  preparing = true; // a large picture to start from takes its time
  form.clearProblem();
  try {
    const wish = await form.asked();
    preparing = false;
    await stage.draw(wish);
  } finally {
    preparing = false;
  }
});

await startInterface(show);
try {
  await form.models.list();
  ({ styles: form.styles.all } = await get("/v1/image-styles"));
} catch (error) {
  notice(error);
}
show();
await gallery.load();
