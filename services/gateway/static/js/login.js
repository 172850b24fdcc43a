import { ApiError, post } from "./api.js";
import { byId, query } from "./dom.js";
import { startInterface, t } from "./i18n.js";

await startInterface();
const form = byId("form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = byId("token");
  const problem = byId("problem");
  try {
    await post("/v1/login", { token: token.value });
    const next = query.get("next") ?? "/";
    location.assign(/^\/(?!\/)[\w/.-]*$/.test(next) ? next : "/");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem.textContent = t(error.status === 429 ? "login.throttled" : "login.wrong");
    problem.hidden = false;
    token.setAttribute("aria-invalid", "true");
    token.select();
  }
});
