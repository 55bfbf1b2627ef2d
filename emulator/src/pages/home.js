// The home view: pending requests, accounts and history.

import { api } from "/api.js";
import { clock, el, icon, isolated } from "/dom.js";
import { sheet } from "/sheet.js";

export function homeView(app) {
  const { t } = app;
  app.title("Countersign", { home: true });
  let shown = "";
  const timer = setInterval(tick, 1000);

  function update() {
    const { enrolments, requests, online } = app.state;
    const now = JSON.stringify([enrolments, requests, online]);
    if (now === shown) return;
    shown = now;
    const focused = document.activeElement?.dataset?.key;
    const typed = document.getElementById("offer")?.value ?? "";
    const pasted = document.getElementById("scan")?.value ?? "";
    const waiting = requests.filter((request) => request.state === "pending" && request.expires_at > app.now());
    const past = requests.filter((request) => !waiting.includes(request)).sort((a, b) => b.received_at - a.received_at);
    app.screen.replaceChildren(
      ...(enrolments.length === 0
        ? [welcome()]
        : [
            section(t("waiting"), "requests", waiting.map(requestCard), t("waiting_none"), scanner()),
            section(t("accounts"), "accounts", enrolments.map(accountCard), "", adder()),
            section(t("history"), "history", past.map(historyRow), t("history_none")),
          ]),
    );
    const offer = document.getElementById("offer");
    if (offer) offer.value = typed;
    const scan = document.getElementById("scan");
    if (scan) scan.value = pasted;
    if (focused) app.screen.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    tick();
  }

  function section(title, id, items, empty, more = null) {
    const list = items.length > 0 ? el("ul", { id, class: "cards" }, items) : el("p", { id, class: "empty", text: empty });
    return el("section", { class: `part ${id}` }, el("h2", { text: title }), list, more);
  }

  function requestCard(request) {
    const account = app.state.enrolments.find((enrolment) => enrolment.id === request.enrolment);
    return el(
      "li",
      {},
      el(
        "a",
        { class: "card ask", href: `/r/${encodeURIComponent(request.id)}`, "data-key": `r-${request.id}`, "data-id": request.id },
        el("span", { class: "badge" }, icon("edit")),
        el(
          "span",
          { class: "lines" },
          el("strong", {}, isolated(request.client)),
          el("span", { class: "sub" }, account ? isolated(account.issuer_name) : "", " · ", el("span", { class: "left", "data-until": request.expires_at })),
        ),
        icon("next", "go"),
      ),
    );
  }

  function accountCard(account) {
    const state = el("span", { class: `pill ${account.state}`, "data-state": account.state, text: t(account.state) });
    const card = el(
      "button",
      { class: "card account", type: "button", "data-key": `e-${account.id}`, on: { click: () => accountSheet(account) } },
      el("span", { class: "badge" }, icon("bank")),
      el("span", { class: "lines" }, el("strong", {}, isolated(account.issuer_name)), el("span", { class: "sub" }, isolated(account.account))),
      state,
    );
    const code = account.state === "pending" && account.confirm_code
      ? el(
          "a",
          { class: "card-more", href: `/enrol?account=${encodeURIComponent(account.id)}` },
          el("span", { text: t("show_code") }),
          icon("next", "go"),
        )
      : null;
    return el("li", {}, card, code);
  }

  function historyRow(request) {
    const [name, word] = pastWord(request);
    const when = new Intl.DateTimeFormat(app.locale, { hour: "2-digit", minute: "2-digit", day: "numeric", month: "short" });
    return el(
      "li",
      {},
      el(
        "a",
        { class: "row", href: `/r/${encodeURIComponent(request.id)}`, "data-key": `h-${request.id}` },
        el("span", { class: `dot ${name}` }, icon(PAST_ICONS[name])),
        el("span", { class: "lines" }, el("strong", {}, isolated(request.client)), el("span", { class: "sub", text: when.format(request.received_at * 1000) })),
        el("span", { class: `word ${name}`, text: t(word) }),
      ),
    );
  }

  function accountSheet(account) {
    const remove = el("button", { class: "button danger", type: "button", id: "remove-account", text: t("remove") });
    const forget = el("button", { class: "button danger", type: "button", id: "forget-account", hidden: true, text: t("forget") });
    const text = el("p", { class: "sheet-text", text: t("remove_text") });
    const dialog = sheet(
      { id: "account-sheet", title: t("account_title"), close: t("close") },
      el(
        "dl",
        { class: "facts" },
        fact(account.account, account.issuer_name),
        fact(t("issuer"), account.issuer),
        fact(t("protection"), account.protection === "software" ? t("software") : account.protection),
      ),
      text,
      remove,
      forget,
    );
    remove.addEventListener("click", async () => {
      remove.disabled = true;
      try {
        await api.remove(account.id);
        dialog.close();
      } catch (problem) {
        remove.disabled = false;
        // The bank was not informed. The user can remove the account from this phone only.
        text.textContent = t("forget_text");
        forget.hidden = false;
        app.announce(problem.message);
      }
    });
    forget.addEventListener("click", async () => {
      forget.disabled = true;
      try {
        await api.forget(account.id);
        dialog.close();
      } catch (problem) {
        forget.disabled = false;
        app.announce(problem.message);
      }
    });
  }

  function fact(label, value) {
    return el("div", {}, el("dt", {}, isolated(label)), el("dd", {}, isolated(value)));
  }

  function welcome() {
    return el(
      "section",
      { class: "welcome" },
      el("span", { class: "hero" }, icon("mark", "mark")),
      el("h2", { text: t("welcome") }),
      el("p", { text: t("welcome_text") }),
      offerForm(),
    );
  }

  function adder() {
    return el("details", { class: "adder" }, el("summary", {}, icon("plus"), el("span", { text: t("add") })), offerForm());
  }

  /**
   * Receives a request from a scanned code. This phone has no camera, so the text of the code is
   * pasted.
   */
  function scanner() {
    const input = el("textarea", { id: "scan", name: "scan", rows: "4", autocomplete: "off", spellcheck: "false", "data-key": "scan", "aria-describedby": "scan-error" });
    const error = el("p", { class: "error", id: "scan-error", role: "alert" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        app.go(`/r/${encodeURIComponent((await api.scan(input.value)).id)}`);
      } catch (problem) {
        error.textContent = problem.code === "rejected" ? t("scan_request_bad") : problem.message;
        input.setAttribute("aria-invalid", "true");
        input.focus();
      }
    };
    const form = el(
      "form",
      { class: "offer", novalidate: true, on: { submit } },
      el("label", { for: "scan", text: t("scan_request_label") }),
      input,
      error,
      el("button", { class: "button primary", id: "scan-take", text: t("scan_request_button") }),
    );
    return el("details", { class: "adder", id: "scanner", open: !app.state.online }, el("summary", {}, icon("plus"), el("span", { text: t("scan_request") })), form);
  }

  function offerForm() {
    const input = el("input", { id: "offer", name: "offer", type: "url", autocomplete: "off", spellcheck: "false", "data-key": "offer", "aria-describedby": "offer-error" });
    const error = el("p", { class: "error", id: "offer-error", role: "alert" });
    const submit = (event) => {
      event.preventDefault();
      const link = input.value.trim();
      const at = link.indexOf("/enrol#v=1&");
      if (at < 0) {
        error.textContent = t("add_bad");
        input.setAttribute("aria-invalid", "true");
        input.focus();
      } else app.go(link.slice(at));
    };
    return el(
      "form",
      { class: "offer", novalidate: true, on: { submit } },
      el("label", { for: "offer", text: t("add_label") }),
      input,
      error,
      el("button", { class: "button primary", text: t("add_button") }),
    );
  }

  function tick() {
    for (const node of app.screen.querySelectorAll("[data-until]")) {
      const left = Number(node.dataset.until) - app.now();
      node.textContent = left > 0 ? t("left", { time: clock(left) }) : t("st_expired");
      if (left <= 0 && left > -1.5) shown = "";
    }
    if (shown === "" && app.state) update();
  }

  return { name: "home", update, leave: () => clearInterval(timer) };
}

const PAST_ICONS = { good: "check", denied: "deny", queued: "cloud", failed: "alert", expired: "clock" };

/** Returns style and text for a request in the history. */
function pastWord(request) {
  if (request.state === "queued") return ["queued", "st_queued"];
  if (request.state === "confirmed") return request.decision === "deny" ? ["denied", "st_denied"] : ["good", "st_confirmed"];
  if (request.state === "failed" && request.outcome !== "expired") return ["failed", "st_failed"];
  return ["expired", "st_expired"];
}

