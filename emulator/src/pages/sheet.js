// Modal sheets. The dialog keeps the keyboard focus and closes with Escape.

import { el, icon } from "/dom.js";

/**
 * Opens a sheet and returns its dialog. `options`: `id`, `title`, `text` (a string or nodes),
 * `side` for the drawer form, `close` (the text of the close button).
 */
export function sheet({ id, title, text = null, side = false, close }, ...content) {
  const heading = el("h2", { id: `${id}-title`, text: title });
  const shut = el("button", { class: "round", type: "button", "aria-label": close, "data-close": true }, icon("close"));
  const dialog = el(
    "dialog",
    { id, class: side ? "sheet side" : "sheet", "aria-labelledby": `${id}-title`, lang: document.documentElement.lang },
    el("div", { class: "sheet-head" }, heading, shut),
    text === null ? null : el("p", { class: "sheet-text" }, text),
    ...content,
  );
  shut.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.getElementById("phone").append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeSheets() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}
