// Accessibility and layout checks for every screen, measured in the page.

/** Returns controls and images without an accessible name, and headings that skip a level. */
export function unlabelled(page) {
  return page.evaluate(() => {
    const visible = (node) => node.checkVisibility() && !node.closest("[aria-hidden=true]");
    const name = (node) => {
      const ids = node.getAttribute("aria-labelledby")?.split(" ") ?? [];
      const labels = [...(node.labels ?? [])].map((label) => label.textContent);
      return [node.getAttribute("aria-label"), ...ids.map((id) => document.getElementById(id)?.textContent), ...labels, node.textContent].join("").trim();
    };
    const controls = [...document.querySelectorAll("a, button, input, select, summary, dialog, [role=radiogroup]")].filter(visible);
    const bad = controls.filter((node) => name(node) === "").map((node) => `no name: ${node.outerHTML.slice(0, 80)}`);
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    bad.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id twice: ${id}`));
    for (const node of document.querySelectorAll("svg")) if (visible(node)) bad.push(`svg not hidden: ${node.outerHTML.slice(0, 60)}`);
    const levels = [...document.querySelectorAll("h1, h2, h3")].filter(visible).map((node) => Number(node.tagName[1]));
    levels.forEach((level, at) => level - (levels[at - 1] ?? 0) > 1 && bad.push(`heading level ${level} after ${levels[at - 1] ?? 0}`));
    if (!document.documentElement.lang) bad.push("no language");
    return bad;
  });
}

/** Returns visible texts with a contrast below 4.5, as "ratio text". */
export function lowContrast(page) {
  return page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top, under) => [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3]));
    const light = (colour) => {
      const [r, g, b] = colour.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (node) => {
      const layers = [];
      for (let at = node; at; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor);
        if (colour[3] > 0) layers.unshift(colour);
        if (colour[3] === 1) break;
      }
      return layers.reduce((under, top) => over(top, under), [255, 255, 255]);
    };
    const modal = document.querySelector("dialog[open]");
    const low = [];
    const walker = document.createTreeWalker(modal ?? document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("noscript, .quiet, option")) continue;
      const under = ground(node);
      const [a, b] = [light(over(rgba(getComputedStyle(node).color), under)), light(under)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim().slice(0, 40)}`);
    }
    return low;
  });
}

/** Returns elements that extend beyond the left or right edge of the window. */
export function tooWide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const boxes = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() && !node.closest(".quiet, .sprite"));
    const wide = boxes.filter((node) => {
      const { left, right, width: own } = node.getBoundingClientRect();
      return own > 0 && (left < -0.5 || right > width + 0.5);
    });
    const scrolls = document.documentElement.scrollWidth > width;
    return [...(scrolls ? ["the page scrolls sideways"] : []), ...wide.map((node) => `${node.tagName} ${node.className}`)];
  });
}

/** Returns controls that are smaller than 44 × 44 pixels. */
export function tooSmall(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("a, button, input, select, summary")]
      .filter((node) => node.checkVisibility())
      .map((node) => [node, (node.closest("label.switch, .cells") ?? node).getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
      .map(([node, { width, height }]) => `${width}×${height} ${node.outerHTML.slice(0, 60)}`),
  );
}
