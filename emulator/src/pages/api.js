// The phone's automation API. The page has no other source of data.

/**
 * An error of the phone: a problem document (RFC 9457), or `no_response` if it does not respond.
 */
export class Problem extends Error {
  constructor({ code = "no_response", title = "", detail = "" } = {}) {
    super(detail || title || code);
    this.code = code;
  }
}

async function call(method, path, body) {
  const init = { method, headers: { accept: "application/json" } };
  if (body !== undefined) {
    init.headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Problem();
  }
  const json = await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem({ code: `http_${answer.status}`, ...json });
  return json;
}

const at = (id) => encodeURIComponent(id);

export const api = {
  state: () => call("GET", "/api/state"),
  enrol: (offer) => call("POST", "/api/enrol", { offer }),
  request: (id, locale) => call("GET", `/api/requests/${at(id)}?locale=${at(locale)}`),
  approve: (id, report) => call("POST", `/api/requests/${at(id)}/approve`, report),
  deny: (id, reason) => call("POST", `/api/requests/${at(id)}/deny`, { reason }),
  remove: (id) => call("POST", `/api/enrolments/${at(id)}/remove`, {}),
  forget: (id) => call("POST", `/api/enrolments/${at(id)}/forget`, {}),
  scan: (text) => call("POST", "/api/scan", { text }),
  decision: (id) => call("GET", `/api/requests/${at(id)}/decision`),
  decisionPicture: (id) => `/api/requests/${at(id)}/decision.svg`,
  refresh: () => call("POST", "/api/refresh", {}),
  network: (online) => call("POST", "/api/network", { online }),
  push: (on) => call("POST", "/api/push", { on }),
  clock: (shift_s) => call("POST", "/api/clock", { shift_s }),
  biometric: (answer) => call("POST", "/api/biometric", { answer }),
};

/** The interval of additional polls in milliseconds, in case the event stream is delayed. */
const ANYWAY = 4000;

/** Calls `changed` at once and after each change on the phone. */
export function follow(changed) {
  const events = new EventSource("/api/events");
  events.addEventListener("state", changed);
  events.addEventListener("open", changed);
  events.addEventListener("error", changed);
  setInterval(() => document.visibilityState === "visible" && changed(), ANYWAY);
  changed();
}
