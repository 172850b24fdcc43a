// Calls of the gateway's API. Writes carry a token that pages of other sites cannot read.

let known = null;

export class ApiError extends Error {
  constructor(status, error) {
    super(error?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = error?.code ?? "";
    this.fields = error?.fields ?? [];
    this.currentText = error?.current_text;
  }
}

export async function me() {
  known = await get("/v1/me");
  return known;
}

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error);
  return body;
}

export async function get(path) {
  return answerOf(await fetch(path, { headers: { Accept: "application/json" } }));
}

async function written(method, path, body, signal) {
  const attempt = async () => fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": known?.csrf ?? "" },
    body: JSON.stringify(body),
    signal,
  });
  let response = await attempt();
  if (response.status === 403) {
    // The gateway was started anew: its tokens are others.
    await me();
    response = await attempt();
  }
  return response;
}

export async function send(method, path, body = {}) {
  return answerOf(await written(method, path, body));
}

/** A write whose answer is read as it comes. */
export async function sendForStream(path, body, signal) {
  const response = await written("POST", path, body, signal);
  if (!response.ok) await answerOf(response);
  return response;
}

export const post = (path, body) => send("POST", path, body);
