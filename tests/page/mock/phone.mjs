// A mock phone without the core: the automation API with test data. `answers` selects the results
// of approvals.

import { details, enrolment } from "./data.mjs";
import { serve } from "./files.mjs";

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6H1z"/></svg>';

/**
 * Starts the mock. The returned `phone` is its whole state; call `phone.changed()` after a change.
 */
export async function startPhone({ enrolments = [enrolment()], requests = [], bankIsGone = false } = {}) {
  const listeners = new Set();
  const phone = {
    state: { online: true, push: "on", biometric: "ok", clock_shift_s: 0, storage: "file", rejections: [], last_push: null },
    enrolments,
    requests,
    /** The bank cannot be reached. */
    bankIsGone,
    code: "482913",
    /** The text that the other screen shows to a phone without network, and its request. */
    shown: "a.signed.request",
    scanned: null,
    calls: [],
    changed() {
      for (const response of listeners) response.write("event: state\ndata: \n\n");
    },
  };
  const find = (id) => phone.requests.find((known) => known.record.id === id);

  function decide(known, decision, value) {
    if (known.record.state !== "pending") return { outcome: "failed", receipt: { outcome: "already_decided" } };
    known.record.decision = decision;
    if (!phone.state.online) known.record.state = "queued";
    else if (decision === "approve" && known.binding.mode === "entry" && value !== phone.code) Object.assign(known.record, { state: "failed", outcome: "binding_mismatch" });
    else if (known.answer) Object.assign(known.record, { state: "failed", outcome: known.answer });
    else Object.assign(known.record, { state: "confirmed", outcome: decision === "deny" ? "denied" : "accepted" });
    phone.changed();
    return { outcome: known.record.state, receipt: phone.state.online ? { outcome: known.record.outcome } : null };
  }

  async function api({ method, url, body, send, problem, response, headers }) {
    const path = url.pathname;
    if (method === "POST") phone.calls.push({ path, body });
    if (path === "/api/events") {
      response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
      response.write("event: state\ndata: \n\n");
      listeners.add(response);
      return response.on("close", () => listeners.delete(response));
    }
    if (path === "/api/state") return send(200, { ...phone.state, enrolments: phone.enrolments, requests: phone.requests.map((known) => known.record) });
    if (path === "/api/enrol") {
      if (phone.refuse) return problem(409, "offer_used", phone.refuse);
      const added = enrolment({ id: "en-2", state: "pending", confirm_code: "731904" });
      phone.enrolments.push(added);
      phone.changed();
      return send(200, added);
    }
    const change = { "/api/network": ["online", "online"], "/api/biometric": ["biometric", "answer"], "/api/clock": ["clock_shift_s", "shift_s"] }[path];
    if (change) phone.state[change[0]] = body[change[1]];
    if (path === "/api/push") phone.state.push = body.on ? "on" : "off";
    if (change || path === "/api/push" || path === "/api/refresh") {
      phone.changed();
      return send(200, {});
    }
    if (path === "/api/scan") {
      if (body.text.trim() !== phone.shown) return problem(502, "rejected", "the message was rejected");
      phone.requests.push(phone.scanned);
      phone.changed();
      return send(200, { id: phone.scanned.record.id });
    }
    const answer = /^\/api\/requests\/[^/]+\/decision(\.svg)?$/.exec(path);
    if (answer) return answer[1] ? send(200, PICTURE, "image/svg+xml") : send(200, { decision: "a.signed.decision" });
    const gone = /^\/api\/enrolments\/([^/]+)\/(remove|forget)$/.exec(path);
    if (gone && gone[2] === "remove" && phone.bankIsGone) return problem(502, "unreachable", "The server cannot be reached.");
    if (gone) {
      phone.enrolments = phone.enrolments.filter((known) => known.id !== decodeURIComponent(gone[1]));
      phone.changed();
      return send(200, {});
    }
    const [, id, action] = /^\/api\/requests\/([^/]+)(?:\/(approve|deny))?$/.exec(path) ?? [];
    const known = id && find(decodeURIComponent(id));
    if (!known) return problem(404, "not_found", "There is no such request.");
    if (!action) return send(200, details(known, url.searchParams.get("locale")));
    if (action === "approve" && phone.state.biometric !== "ok")
      return problem(409, phone.state.biometric === "fail" ? "user_not_verified" : "prompt_cancelled", "The fingerprint did not match.");
    return send(200, decide(known, action, body.value));
  }

  const server = await serve({ api, page: (path) => (path === "/" || path === "/enrol" || path.startsWith("/r/") ? "phone.html" : null) });
  return Object.assign(phone, server);
}
