// Helpers for building the page. All text is inserted as text nodes, never as markup.

/**
 * Returns an element. `props`: `class`, `id`, `data-…`, `aria-…` and other attributes (null or
 * false omits one), `on` for listeners, `text` for the text content. Children are nodes, strings or
 * null.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Returns external text, isolated so that its direction cannot reorder the text around it. */
export function isolated(text, direction = "auto", className = "value") {
  const dir = ["ltr", "rtl"].includes(direction) ? direction : "auto";
  return el("bdi", { dir, class: className, text: String(text ?? "") });
}

/**
 * Returns a field's value. Times arrive as RFC 3339 in UTC and are shown in the local time zone and
 * language.
 */
export function shownValue(app, { value, role, direction }) {
  const time = ["began", "expiry"].includes(role) ? new Date(value) : null;
  if (!time || Number.isNaN(time.getTime())) return isolated(value, direction);
  const today = time.toDateString() === new Date(app.now() * 1000).toDateString();
  const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return isolated(new Intl.DateTimeFormat(app.locale, style).format(time));
}

/** Returns a sentence of the page with one external text, which is isolated. */
export function sentence(template, text) {
  const [before, after = ""] = template.split("\u0000");
  return [before, isolated(text, "auto", "inline"), after];
}

/**
 * Returns the roles of the fields that summarise a request. For several payments, the summary shows
 * the total, and each amount is listed with its payee in the details.
 */
export function gist(fields) {
  const several = fields.filter((field) => field.role === "amount").length > 1;
  return ["kind", "access", "count", "total", ...(several ? [] : ["amount", "payee"])];
}

/** Returns an icon from phone.html. Icons are decoration and hidden from screen readers. */
export function icon(name, className = "") {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("class", `icon ${className}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(ns, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Splits a code into groups: "482913" becomes "482 913". */
export function grouped(code) {
  const half = code.length % 3 === 0 ? 3 : code.length % 2 === 0 ? code.length / 2 : code.length;
  return code.match(new RegExp(`.{1,${half}}`, "gu")) ?? [];
}

/** Formats seconds as "4:05". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
