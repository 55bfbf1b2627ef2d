// The result of a decision. "Approved" is shown only for a confirmed approval.

import { api } from "/api.js";
import { el, gist, icon, isolated, sentence } from "/dom.js";

/** Shows `result` ({state, outcome, decision, reason}) of request `id` with the summary fields. */
export function outcome(app, id, result, fields, issuerName) {
  const { t } = app;
  const told = tell(result);
  const title = el("h2", { id: "outcome-title", tabindex: "-1", text: t(told.title) });
  const short = gist(fields);
  const summed = ["client", "scope", ...short, ...(short.includes("payee") ? ["reference"] : [])];
  const sums = fields.filter((field) => summed.includes(field.role));
  app.screen.replaceChildren(
    el(
      "section",
      {
        id: "outcome",
        class: "outcome",
        role: "status",
        "data-state": result.state,
        "data-outcome": result.outcome ?? "",
        "data-decision": result.decision ?? "",
      },
      el("span", { class: `hero ${told.look}` }, icon(told.icon)),
      title,
      el("p", { class: "outcome-text" }, sentence(t(told.text, { name: "\u0000" }), issuerName)),
      result.state === "queued" ? decisionToShow(app, id) : null,
      sums.length > 0
        ? el(
            "dl",
            { class: "facts" },
            sums.map((field) => el("div", {}, el("dt", {}, isolated(field.label)), el("dd", {}, isolated(field.value, field.direction)))),
          )
        : null,
    ),
  );
  app.buttons(el("a", { class: "button primary", id: "home", href: "/", text: t("to_home") }));
  app.screen.scrollTop = 0;
  title.focus({ preventScroll: true });
}

/** Shows the signed decision for the other screen, as a QR code and as text. */
function decisionToShow(app, id) {
  const text = el("textarea", { id: "answer", class: "answer-text", rows: "4", readonly: true, "aria-label": app.t("show_answer") });
  const box = el(
    "div",
    { class: "answer" },
    el("h3", { text: app.t("show_answer") }),
    el("img", { id: "answer-code", class: "answer-code", src: api.decisionPicture(id), alt: app.t("show_answer") }),
    text,
    el("p", { class: "quiet-text", text: app.t("show_answer_text") }),
  );
  api.decision(id).then(({ decision }) => (text.value = decision), () => box.remove());
  return box;
}

/** Returns style and texts for a result: `{look, icon, title, text}`. */
function tell({ state, outcome, decision, reason }) {
  const deny = decision === "deny";
  if (state === "confirmed" && outcome !== null && outcome !== undefined && outcome !== "accepted" && outcome !== "denied")
    return tell({ state: "failed", outcome, decision, reason });
  if (state === "confirmed" && deny) return { look: "denied", icon: "deny", title: "denied", text: reason === "not_me" ? "denied_not_me" : "denied_text" };
  if (state === "confirmed" && decision === "approve") return { look: "good", icon: "check", title: "approved", text: "approved_text" };
  if (state === "queued") return { look: "queued", icon: "cloud", title: "queued", text: deny ? "queued_deny" : "queued_approve" };
  if (state === "unconfirmed") return { look: "queued", icon: "cloud", title: "unconfirmed", text: "unconfirmed_text" };
  if (state === "gone") return { look: "plain", icon: "question", title: "gone", text: "gone_text" };
  if (state === "expired" || outcome === "expired") return { look: "plain", icon: "clock", title: "expired_title", text: "expired_text" };
  return FAILURES[outcome] ?? { look: "bad", icon: "alert", title: "failed", text: "failed_text" };
}

const FAILURES = {
  binding_mismatch: { look: "bad", icon: "alert", title: "wrong_code", text: "wrong_code_text" },
  already_decided: { look: "plain", icon: "alert", title: "already", text: "already_text" },
  cancelled: { look: "plain", icon: "deny", title: "cancelled", text: "cancelled_text" },
  abandoned: { look: "bad", icon: "alert", title: "abandoned", text: "abandoned_text" },
  policy: { look: "bad", icon: "alert", title: "policy", text: "policy_text" },
};
