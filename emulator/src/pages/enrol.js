// Enrolment: the offer in the address, the confirmation, then the code for the bank's page.

import { api } from "/api.js";
import { el, grouped, icon, isolated, sentence } from "/dom.js";

/**
 * The offer's link. It is kept here and removed from the address, so that its one-time code is not
 * in the history.
 */
let offered = null;

export function enrolView(app) {
  const { t } = app;
  app.title(t("add"));
  if (location.hash) {
    offered = location.href;
    history.replaceState(null, "", location.pathname + location.search);
  }
  let account = new URLSearchParams(location.search).get("account");
  let phase = "";

  if (!account) showOffer();

  function showOffer() {
    const link = offered;
    const issuer = link && issuerOf(new URL(link).hash);
    if (!issuer) return showFailure(t("enrol_bad"), "");
    phase = "offer";
    const accept = el("button", { class: "button primary", id: "enrol-accept", type: "button", text: t("enrol_accept") });
    accept.addEventListener("click", async () => {
      accept.disabled = true;
      accept.replaceChildren(el("span", { class: "spinner" }), el("span", { text: t("enrol_busy") }));
      try {
        const enrolment = await api.enrol(link);
        account = enrolment.id;
        offered = null;
        history.replaceState(null, "", `/enrol?account=${encodeURIComponent(account)}`);
        await app.refresh();
        update(enrolment);
      } catch (problem) {
        showFailure(t("enrol_failed"), problem.message);
      }
    });
    app.screen.replaceChildren(
      el(
        "section",
        { class: "enrol" },
        el("span", { class: "hero" }, icon("bank")),
        el("h2", { text: t("enrol_title") }),
        el("p", { class: "issuer", id: "issuer" }, isolated(issuer.host, "ltr")),
        el("p", { text: t("enrol_lead") }),
        el("p", { class: "hint" }, icon("alert"), el("span", { text: t("enrol_only") })),
      ),
    );
    app.buttons(el("a", { class: "button quiet-button", href: "/", text: t("cancel") }), accept);
  }

  function update(fresh = null) {
    if (!account) return;
    const enrolment = app.state?.enrolments.find((known) => known.id === account) ?? fresh;
    if (!enrolment) return phase === "" && app.state ? app.go("/") : undefined;
    if (enrolment.state === "pending" && phase !== "code") showCode(enrolment);
    if (enrolment.state === "active" && phase !== "active") showActive(enrolment);
    if (["suspended", "revoked"].includes(enrolment.state) && phase !== "failed") showFailure(t("enrol_failed"), t(enrolment.state));
  }

  function showCode(enrolment) {
    phase = "code";
    const code = String(enrolment.confirm_code ?? "");
    app.screen.replaceChildren(
      el(
        "section",
        { class: "enrol" },
        el("p", { class: "from" }, isolated(enrolment.issuer_name), " · ", isolated(enrolment.account)),
        el("h2", { text: t("code_title") }),
        el(
          "p",
          { class: "big-code", id: "confirm-code", "aria-label": `${t("code_label")}: ${[...code].join(" ")}`, role: "img" },
          grouped(code).map((part) => el("span", { text: part })),
        ),
        el("p", { text: t("code_text") }),
        el("p", { class: "wait", id: "enrol-state", role: "status" }, el("span", { class: "spinner" }), el("span", { text: t("code_wait") })),
      ),
    );
    app.buttons();
    app.screen.focus({ preventScroll: true });
  }

  function showActive(enrolment) {
    phase = "active";
    app.screen.replaceChildren(
      el(
        "section",
        { class: "enrol" },
        el("span", { class: "hero good" }, icon("check")),
        el("h2", { id: "enrol-state", role: "status", text: t("enrolled") }),
        el("p", {}, sentence(t("enrolled_text", { name: "\u0000" }), enrolment.issuer_name)),
        el("p", { class: "from" }, isolated(enrolment.account)),
      ),
    );
    app.buttons(el("a", { class: "button primary", id: "done", href: "/", text: t("done") }));
  }

  function showFailure(title, detail) {
    phase = "failed";
    app.screen.replaceChildren(
      el(
        "section",
        { class: "enrol", role: "alert" },
        el("span", { class: "hero bad" }, icon("alert")),
        el("h2", { id: "enrol-error", text: title }),
        el("p", { text: t("enrol_failed_text") }),
        detail ? el("p", { class: "from" }, isolated(detail)) : null,
      ),
    );
    app.buttons(el("a", { class: "button primary", href: "/", text: t("to_home") }));
  }

  return { name: "enrol", update };
}

/** Returns the issuer URL in an offer's fragment, or null if the fragment is not an offer. */
function issuerOf(fragment) {
  const offer = new URLSearchParams(fragment.slice(1));
  try {
    const issuer = new URL(offer.get("i"));
    return offer.get("v") === "1" && ["http:", "https:"].includes(issuer.protocol) ? issuer : null;
  } catch {
    return null;
  }
}
