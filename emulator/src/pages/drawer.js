// The developer settings: test switches of the virtual phone, and the messages that it rejected.

import { api } from "/api.js";
import { el, isolated } from "/dom.js";
import { sheet } from "/sheet.js";
import { LOCALES, LOCALE_NAMES } from "/strings.js";

export function drawer(app) {
  const { t } = app;
  const error = el("p", { class: "error", id: "drawer-error", role: "alert" });
  const act = async (call) => {
    error.textContent = "";
    try {
      await call();
      await app.refresh();
    } catch (problem) {
      error.textContent = problem.code === "no_response" ? t("unreachable") : problem.message;
    }
  };
  const toggle = (id, label, changed) =>
    el("label", { class: "switch" }, el("span", { text: label }), el("input", { type: "checkbox", role: "switch", id, on: { change: (event) => act(() => changed(event.target.checked)) } }));
  const choose = (id, label, entries, changed) => {
    const box = el("select", { id, on: { change: (event) => changed(event.target.value) } }, entries.map(([value, text]) => el("option", { value, text })));
    return el("label", { class: "choose", for: id }, el("span", { text: label }), box);
  };

  const shift = el("input", { id: "clock-shift", type: "number", step: "1", inputmode: "numeric", "aria-label": `${t("dev_clock")}, ${t("dev_clock_s")}` });
  const setClock = (event) => {
    event.preventDefault();
    act(() => api.clock(Number.parseInt(shift.value, 10) || 0));
  };
  const facts = el("dl", { class: "facts", id: "dev-facts" });
  const rejected = el("ul", { class: "rejected", id: "rejections" });
  const dialog = sheet(
    { id: "drawer", title: t("settings"), side: true, close: t("close") },
    choose("locale", t("dev_locale"), LOCALES.map((tag) => [tag, LOCALE_NAMES[tag]]), async (tag) => {
      await app.setLocale(tag);
      drawer(app);
    }),
    toggle("online", t("dev_online"), (on) => api.network(on)),
    toggle("lose-pushes", t("dev_push"), (lose) => api.push(!lose)),
    choose("biometric", t("dev_bio"), ["ok", "fail", "cancel"].map((answer) => [answer, t(`bio_${answer}`)]), (answer) => act(() => api.biometric(answer))),
    el("form", { class: "choose", on: { submit: setClock } }, el("span", { text: t("dev_clock") }), el("span", { class: "pair" }, shift, el("button", { class: "button small", text: t("dev_set") }))),
    el("button", { class: "button", type: "button", id: "refresh", text: t("dev_refresh"), on: { click: () => act(() => api.refresh()) } }),
    error,
    facts,
    el("h3", { text: t("dev_diag") }),
    rejected,
  );

  function fill() {
    const { state } = app;
    if (!state || !dialog.isConnected) return;
    const box = (id) => dialog.querySelector(`#${id}`);
    box("locale").value = app.locale;
    box("online").checked = state.online;
    box("lose-pushes").checked = state.push === "off";
    box("biometric").value = state.biometric;
    if (document.activeElement !== shift) shift.value = state.clock_shift_s;
    const push = state.last_push;
    const last = push ? `${push.kind} · ${t("dev_bytes", { n: push.bytes })} · ${t(push.sealed ? "dev_sealed" : "dev_open")}` : t("dev_last_none");
    facts.replaceChildren(fact(t("dev_last"), last), fact(t("dev_storage"), state.storage));
    const time = new Intl.DateTimeFormat(app.locale, { timeStyle: "medium" });
    const items = state.rejections.map(({ code, at }) => el("li", {}, isolated(code), el("span", { class: "sub", text: time.format(at * 1000) })));
    rejected.replaceChildren(...(items.length > 0 ? items : [el("li", { class: "sub", text: t("dev_diag_none") })]));
  }

  document.addEventListener("phone-state", fill);
  dialog.addEventListener("close", () => document.removeEventListener("phone-state", fill));
  fill();
}

function fact(label, value) {
  return el("div", {}, el("dt", { text: label }), el("dd", {}, isolated(value)));
}
