// Links to pages that not every gateway has something to show on.
import { get } from "./api.js";

/** Show the links to the images where a server draws; never waits for it. */
export function offerImages() {
  get("/v1/image-models").then(({ models }) => {
    const draws = models.some((model) => model.available);
    for (const link of document.querySelectorAll('a[href="/images"]')) link.hidden = !draws;
  }, () => {});
}
