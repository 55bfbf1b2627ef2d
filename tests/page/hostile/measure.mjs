// Measures what is really on the screen.

/** Returns each field by id: its text, its box, and whether its content exceeds the box. */
export function fields(page) {
  return page.evaluate(() => {
    const found = {};
    for (const node of document.querySelectorAll("[data-field]")) {
      const value = node.querySelector("dd") ?? node;
      const { x, y, width, height } = value.getBoundingClientRect();
      const within = [...value.querySelectorAll("*"), value];
      found[node.dataset.field] = {
        value: value.textContent,
        y,
        box: { x: Math.round(x), width: Math.round(width), height: Math.round(height) },
        scrolls: within.some((part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== "inline"),
      };
    }
    return found;
  });
}

/** Returns the left edges of a field's glyphs on the first line, in the order of its characters. */
export function ink(page, id) {
  return page.evaluate((name) => {
    const text = document.querySelector(`[data-field="${name}"] dd bdi`).firstChild;
    const at = [];
    let line = null;
    for (let index = 0; index < text.length; index += 1) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + 1);
      const { left, top } = range.getBoundingClientRect();
      line ??= top;
      if (Math.abs(top - line) < 4) at.push(Math.round(left * 10) / 10);
    }
    return at;
  }, id);
}

/** Returns pairs of fields whose boxes overlap. */
export function overlaps(page) {
  return page.evaluate(() => {
    const boxes = [...document.querySelectorAll("[data-field]")].map((node) => [node.dataset.field, node.getBoundingClientRect()]);
    const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    const pairs = [];
    boxes.forEach(([name, box], at) => {
      for (const [other, rect] of boxes.slice(at + 1)) if (over(box, rect)) pairs.push(`${name} and ${other}`);
    });
    return pairs;
  });
}

/** Returns characters that draw nothing or change the direction, except joiners inside an emoji. */
export function hiddenCharacters(page) {
  return page.evaluate(() => {
    const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0\u2800\u034F]/gu;
    const text = document.body.textContent.replace(/[\n\t]/g, "").replace(/(?<=\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier})\u200D(?=\p{Extended_Pictographic})/gu, "");
    return [...text.matchAll(hidden)].map(([c]) => `U+${c.codePointAt(0).toString(16).toUpperCase()}`);
  });
}
