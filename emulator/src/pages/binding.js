// The control for the binding value: a code to type, one of three values to choose, a message to
// compare, or a code to scan. It is the request's binding field, so it counts as drawn like other
// fields.

import { el, isolated } from "/dom.js";

/**
 * Builds the control for `binding` (the API's object) around `field` (the binding field, if there
 * is one). Returns `{node, value, ready, focus, missing}`; `missing` is the key of the text for a
 * missing value.
 */
export function bindingControl(app, binding, field) {
  const build = { entry, choice, display, scan }[binding?.mode] ?? none;
  const control = build(app, binding, field);
  if (control.node && field) control.node.dataset.field = field.id;
  return control;
}

/**
 * Returns the label of the control: the value of the binding field, or the page's own text if there
 * is none.
 */
function told(field, fallback, { id = null, for: control = null } = {}) {
  return el(control ? "label" : "p", { class: "binding-label", id, for: control }, isolated(field?.value ?? fallback, field?.direction));
}

function none(app, binding, field) {
  const node = field ? el("div", { class: "binding" }, told(field)) : null;
  return { node, value: () => null, ready: () => true, focus() {}, missing: "" };
}

function display(app, binding, field) {
  const node = el(
    "div",
    { class: "binding" },
    told(field, app.t("compare_code")),
  );
  return { node, value: () => null, ready: () => true, focus() {}, missing: "" };
}

function choice(app, binding, field) {
  let chosen = null;
  const buttons = (binding.options ?? []).map((option) =>
    el("button", { class: "option", type: "button", role: "radio", "aria-checked": "false", "data-choice": option, tabindex: "-1" }, isolated(option)),
  );
  const pick = (index, focus) => {
    chosen = binding.options[index];
    buttons.forEach((button, at) => {
      button.setAttribute("aria-checked", String(at === index));
      button.tabIndex = at === index ? 0 : -1;
    });
    if (focus) buttons[index].focus();
  };
  buttons.forEach((button, at) => {
    button.addEventListener("click", () => pick(at, false));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        pick((at + step + buttons.length) % buttons.length, true);
      } else if (event.key === " ") {
        event.preventDefault();
        pick(at, false);
      }
    });
  });
  if (buttons[0]) buttons[0].tabIndex = 0;
  const node = el(
    "div",
    { class: "binding", id: "value", role: "radiogroup", "aria-labelledby": "binding-label" },
    told(field, app.t("pick_code"), { id: "binding-label" }),
    el("div", { class: "options" }, buttons),
    el("p", { class: "error", id: "value-error", role: "alert" }),
  );
  return { node, value: () => chosen, ready: () => chosen !== null, focus: () => buttons[0]?.focus(), missing: "pick_first" };
}

function entry(app, binding, field) {
  const length = binding.length ?? 6;
  const digits = binding.charset !== "alphanumeric";
  const strange = digits ? /[^0-9]/g : /[^0-9A-Z]/g;
  const cells = length <= 8 ? Array.from({ length }, () => el("span", { class: "cell" })) : [];
  const input = el("input", {
    id: "value",
    name: "value",
    type: "text",
    inputmode: digits ? "numeric" : "text",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    enterkeyhint: "done",
    "aria-describedby": "value-hint value-error",
    class: cells.length > 0 ? "over-cells" : "plain-entry",
  });
  const clean = () => input.value.normalize("NFKC").toUpperCase().replace(strange, "").slice(0, length);
  const draw = () => {
    const text = clean();
    if (input.value !== text) input.value = text;
    cells.forEach((cell, at) => {
      cell.textContent = text[at] ?? "";
      cell.classList.toggle("next", at === Math.min(text.length, length - 1));
    });
    if (text.length === length) input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => {
    document.getElementById("value-error").textContent = "";
    draw();
  });
  draw();
  const half = length === 6 ? "six" : "";
  const node = el(
    "div",
    { class: "binding" },
    told(field, app.t("type_code"), { for: "value" }),
    el("div", { class: `cells ${half}`, "data-length": length }, el("div", { class: "cell-row", "aria-hidden": "true" }, cells), input),
    el("p", { class: "quiet", id: "value-hint", text: app.t("box_hint", { n: length }) }),
    el("p", { class: "error", id: "value-error", role: "alert" }),
  );
  return { node, value: clean, ready: () => clean().length === length, focus: () => input.focus(), missing: "type_first" };
}

/**
 * This phone has no camera, so the text of the code is pasted. Text that is not a scan secret is
 * not accepted.
 */
function scan(app, binding, field) {
  const input = el("input", {
    id: "value",
    name: "value",
    type: "text",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "done",
    "aria-describedby": "value-hint value-error",
    class: "plain-entry scanned",
  });
  input.addEventListener("input", () => {
    document.getElementById("value-error").textContent = "";
    input.removeAttribute("aria-invalid");
  });
  const node = el(
    "div",
    { class: "binding" },
    told(field, app.t("scan_code"), { for: "value" }),
    input,
    el("p", { class: "quiet", id: "value-hint", text: app.t("scan_hint") }),
    el("p", { class: "error", id: "value-error", role: "alert" }),
  );
  const value = () => input.value.trim();
  return { node, value, ready: () => /^[A-Za-z0-9_-]{21}[AQgw]$/.test(value()), focus: () => input.focus(), missing: "scan_first" };
}
