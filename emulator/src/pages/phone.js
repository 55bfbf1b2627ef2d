// The phone's page: keeps the state from the API and shows the view that the address names.
// / home, /enrol#… enrolment, /r/{id} one request

import { api, follow } from "/api.js";
import { el, icon } from "/dom.js";
import { drawer } from "/drawer.js";
import { enrolView } from "/enrol.js";
import { homeView } from "/home.js";
import { requestView } from "/request.js";
import { closeSheets } from "/sheet.js";
import { LOCALES, pickLocale, translator } from "/strings.js";

const place = (id) => document.getElementById(id);
const screen = place("screen");
const bar = place("bar");
const actions = place("actions");
const notice = place("notice");

let view = null;

/** The context of every view: state, texts, clock and navigation. */
export const app = {
  state: null,
  locale: "en",
  t: translator("en"),
  clockOffset: 0,
  screen,
  actions,

  /** Returns the phone's time in seconds since 1970. */
  now: () => Date.now() / 1000 + app.clockOffset,

  go(path) {
    history.pushState(null, "", path);
    open();
  },

  /** Shows the title bar, with a back button except on the home view. */
  title(text, { home = false } = {}) {
    document.title = home ? "Countersign" : `${text} · Countersign`;
    const left = home
      ? el("div", { class: "brand" }, icon("mark", "mark"), el("h1", { text: "Countersign" }))
      : [
          el("a", { class: "round", href: "/", "aria-label": app.t("back"), id: "back" }, icon("back")),
          el("h1", { class: "bar-title", text }),
        ];
    const gear = el(
      "button",
      { class: "round", id: "settings", type: "button", "aria-label": app.t("settings"), on: { click: () => drawer(app) } },
      icon("gear"),
    );
    bar.replaceChildren(...[left, gear].flat());
  },

  /** Shows the buttons below the screen; no buttons hides the bar. */
  buttons(...nodes) {
    actions.replaceChildren(...nodes);
    actions.hidden = nodes.length === 0;
  },

  announce(text) {
    place("announce").textContent = text;
  },

  async setLocale(locale) {
    app.locale = pickLocale([locale]);
    app.t = translator(app.locale);
    localStorage.setItem("locale", app.locale);
    document.documentElement.lang = app.locale;
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = app.t(node.dataset.word);
    if (view) await open();
  },

  async refresh() {
    try {
      app.state = await api.state();
      if (typeof app.state.now === "number") app.clockOffset = app.state.now - Date.now() / 1000;
      say(app.state.online ? null : app.t("offline"), "cloud");
    } catch {
      say(app.t("unreachable"), "alert");
      return;
    }
    view?.update?.();
    document.dispatchEvent(new CustomEvent("phone-state"));
  },
};

function say(text, name) {
  if (notice.textContent === (text ?? "")) return;
  notice.hidden = text === null;
  notice.replaceChildren(...(text === null ? [] : [icon(name), el("span", { text })]));
}

async function open() {
  view?.leave?.();
  closeSheets();
  app.buttons();
  screen.scrollTop = 0;
  const path = location.pathname;
  const request = /^\/r\/([^/]+)$/.exec(path);
  if (request) view = requestView(app, decodeURIComponent(request[1]));
  else if (path === "/enrol") view = enrolView(app);
  else view = homeView(app);
  screen.dataset.view = view.name;
  if (app.state) view.update?.();
  await view.ready;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/']");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  app.go(link.getAttribute("href"));
  screen.focus({ preventScroll: true });
});
addEventListener("popstate", open);
addEventListener("hashchange", open);

const asked = [localStorage.getItem("locale"), ...navigator.languages].filter(Boolean);
await app.setLocale(pickLocale(asked.length > 0 ? asked : LOCALES));
await open();
follow(() => app.refresh());
