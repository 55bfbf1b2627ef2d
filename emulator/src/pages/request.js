// One request: its fields, the binding control, and the approve and deny buttons. Only outcome.js
// says "approved", after the phone reports `confirmed`.

import { api } from "/api.js";
import { bindingControl } from "/binding.js";
import { clock, el, gist, icon, isolated, shownValue } from "/dom.js";
import { outcome } from "/outcome.js";
import { watchSeen } from "/seen.js";
import { closeSheets, sheet } from "/sheet.js";

export function requestView(app, id) {
  const { t } = app;
  app.title(t("request"));
  let details = null;
  let answer = null;
  let shown = "";
  let seen = null;
  let timer = null;
  let warned = false;

  const ready = api.request(id, app.locale).then(
    (found) => {
      details = found;
      update();
    },
    () => {
      details = { fields: [], missing: true };
      update();
    },
  );

  function update() {
    if (!details || !app.state) return;
    const record = app.state.requests.find((request) => request.id === id) ?? null;
    const decided = record && record.state !== "pending" ? record : answer;
    if (decided) return showOutcome({ reason: answer?.reason, ...decided, decision: decided.decision ?? answer?.decision });
    if (details.missing) return showOutcome({ state: "gone" });
    if (["queued", "confirmed", "failed", "expired"].includes(details.state)) return showOutcome({ state: details.state, decision: null });
    if (left() <= 0) return showOutcome({ state: "expired" });
    const enrolment = account(record);
    const ask = `ask ${enrolment?.state}`;
    if (shown === ask) return;
    stop();
    shown = ask;
    showRequest(enrolment);
  }

  const left = () => details.expires_at - app.now();

  function account(record) {
    return app.state.enrolments.find((enrolment) => enrolment.id === record?.enrolment) ?? null;
  }

  function showOutcome(result) {
    const key = JSON.stringify(result);
    if (shown === key) return;
    shown = key;
    stop();
    closeSheets();
    const record = app.state.requests.find((request) => request.id === id);
    outcome(app, id, result, details.fields, account(record)?.issuer_name ?? "");
  }

  function showRequest(enrolment) {
    const nodes = new Map();
    const byRole = (roles) => details.fields.filter((field) => roles(field.role)).map((field) => drawField(app, field, nodes));
    const bindingField = details.fields.find((field) => field.role === "binding");
    const approvable = details.approvable && (enrolment === null || enrolment.state === "active");
    const control = bindingControl(app, approvable ? details.binding : { mode: "none" }, bindingField);
    // A message to compare takes the place of a code to type, next to its instructions.
    const compared = approvable && details.binding.mode === "display" ? ["message"] : [];
    // The summary is followed by the other fields as a list. The binding control is last.
    const head = ["client", ...gist(details.fields)];
    const form = el(
      "form",
      { class: "slip", id: "slip", novalidate: true, autocomplete: "off" },
      el("dl", { class: "slip-head" }, byRole((role) => head.includes(role))),
      el("dl", { class: "slip-list" }, byRole((role) => ![...head, ...compared, "binding"].includes(role))),
      control.node ? el("div", { class: "slip-binding" }, el("dl", { class: "compare" }, byRole((role) => compared.includes(role))), control.node) : null,
    );
    if (control.node && bindingField) nodes.set(bindingField.id, control.node);
    app.screen.replaceChildren(
      el(
        "div",
        { class: "whose" },
        el("span", { class: "whose-name" }, enrolment ? [icon("bank"), isolated(enrolment.issuer_name), el("span", { class: "sub" }, isolated(enrolment.account))] : null),
        el("span", { class: "timer", id: "timer", role: "timer", "aria-label": t("decide_within") }, icon("clock"), el("span", { id: "time-left" })),
      ),
      ...(approvable ? [form] : [blocked(), form]),
    );
    seen = watchSeen(app.screen, nodes, label);
    const deny = el("button", { class: "button deny", id: "deny", type: "button", on: { click: denySheet } }, icon("deny"), el("span", { text: t("deny") }));
    const approve = el("button", { class: "button primary", id: "approve", type: "submit", form: "slip" }, el("span", { text: t("approve") }));
    app.buttons(...(approvable ? [deny, approve] : [deny]));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (approvable) ask(control);
    });
    timer = setInterval(tick, 500);
    tick();
    label();
    app.screen.focus({ preventScroll: true });
  }

  function blocked() {
    return el(
      "section",
      { class: "blocked", id: "blocked", role: "alert" },
      icon("alert"),
      el("div", {}, el("h2", { text: t("blocked_title") }), el("p", { text: t(details.approvable ? "blocked_account" : "blocked_text") }), details.not_approvable ? el("p", { class: "code", text: t("blocked_code", { code: details.not_approvable }) }) : null),
    );
  }

  /** The approve button first scrolls to fields that have not been visible, then approves. */
  function label() {
    const button = document.getElementById("approve");
    if (!button) return;
    const unread = seen.missing() !== null;
    button.firstChild.textContent = t(unread ? "read_all" : "approve");
    button.dataset.unread = String(unread);
    if (unread) button.title = t("read_hint");
    else button.removeAttribute("title");
  }

  function ask(control) {
    // What the button said when the customer tapped it. The text may become "Approve" in `look`.
    const saidReadOn = document.getElementById("approve").dataset.unread === "true";
    seen.look();
    const unread = seen.missing();
    if (saidReadOn && !unread) return;
    if (unread) {
      const box = app.screen.getBoundingClientRect();
      const rect = unread.getBoundingClientRect();
      const fits = rect.height <= box.height && rect.top >= box.bottom - 1;
      app.screen.scrollBy({ top: fits ? rect.bottom - box.bottom + 16 : Math.min(rect.bottom - box.bottom + 16, box.height - 48) });
      requestAnimationFrame(() => seen?.look());
      return;
    }
    if (!control.ready()) {
      const error = document.getElementById("value-error");
      error.textContent = t(control.missing);
      document.getElementById("value").setAttribute("aria-invalid", "true");
      control.focus();
      return;
    }
    fingerSheet(control.value());
  }

  function fingerSheet(value) {
    // Recorded before the sheet covers the screen.
    const report = { value, drawn: seen.drawn(), shown_ms: seen.shownMs(), locale: app.locale, obscured: false };
    const word = el("p", { class: "finger-word", id: "finger-word", role: "status", text: t("finger_touch") });
    const sensor = el("button", { class: "sensor", id: "finger-ok", type: "button", "aria-label": t("finger_touch"), autofocus: true }, icon("finger"));
    const summary = details.fields.filter((field) => gist(details.fields).includes(field.role)).map((field) => isolated(field.value, field.direction));
    const client = details.fields.find((field) => field.role === "client");
    const dialog = sheet(
      { id: "finger-sheet", title: t("finger_title"), close: t("cancel") },
      el("p", { class: "finger-summary" }, summary.length > 0 ? summary : client ? isolated(client.value) : null),
      sensor,
      word,
    );
    sensor.focus();
    sensor.addEventListener("click", async () => {
      sensor.disabled = true;
      word.textContent = t("finger_busy");
      dialog.classList.add("busy");
      try {
        decided("approve", await api.approve(id, report));
      } catch (problem) {
        sensor.disabled = false;
        dialog.classList.remove("busy");
        word.textContent = fingerProblem(problem);
        sensor.focus();
      }
    });
  }

  function fingerProblem(problem) {
    if (problem.code === "no_response") return t("unreachable");
    if (/cancel/.test(problem.code)) return t("finger_cancelled");
    if (/user_not_verified|device_locked/.test(problem.code)) return t("finger_failed");
    return `${t("send_failed")} ${problem.message}`;
  }

  function denySheet() {
    const reason = (name, sign) =>
      el("button", { class: `reason ${name}`, type: "button", "data-reason": name, on: { click: () => deny(name) } }, icon(sign), el("span", { text: t(name) }));
    const error = el("p", { class: "error", id: "deny-error", role: "alert" });
    const dialog = sheet(
      { id: "deny-sheet", title: t("deny_title"), text: t("deny_text"), close: t("cancel") },
      el("div", { class: "reasons" }, reason("not_me", "person"), reason("wrong_details", "edit"), reason("unexpected", "question"), reason("other", "deny")),
      error,
    );
    dialog.querySelector("[data-reason]").focus();
    async function deny(name) {
      for (const button of dialog.querySelectorAll(".reason")) button.disabled = true;
      try {
        decided("deny", await api.deny(id, name), name);
      } catch (problem) {
        for (const button of dialog.querySelectorAll(".reason")) button.disabled = false;
        error.textContent = problem.code === "no_response" ? t("unreachable") : problem.message;
      }
    }
  }

  function decided(decision, result, reason = null) {
    answer = { state: result.outcome, outcome: result.receipt?.outcome ?? null, decision, reason };
    update();
    app.refresh();
  }

  function tick() {
    const seconds = left();
    if (seconds <= 0) return update();
    document.getElementById("time-left").textContent = clock(seconds);
    document.getElementById("timer").classList.toggle("soon", seconds < 30);
    if (seconds < 30 && !warned) {
      warned = true;
      app.announce(t("left", { time: clock(seconds) }));
    }
  }

  function stop() {
    clearInterval(timer);
    seen?.stop();
  }

  return { name: "request", update, ready, leave: stop };
}

function drawField(app, field, nodes) {
  const length = [...String(field.value)].length;
  const size = length > 28 ? "long" : length > 13 ? "medium" : "short";
  const node = el(
    "div",
    { class: `field role-${word(field.role)} ${field.emphasis ? `emphasis-${word(field.emphasis)}` : ""} ${size}`, "data-field": field.id },
    el("dt", {}, isolated(field.label)),
    el("dd", {}, shownValue(app, field)),
  );
  nodes.set(field.id, node);
  return node;
}

const word = (text) => String(text ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-");
