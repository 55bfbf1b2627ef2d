// Records which fields were visible and for how long. A field counts when every line of it has been
// inside the visible part of its scroll container while nothing covered it.

/**
 * Watches `fields` (id → element) inside `box` and calls `changed` when another field has been
 * fully visible.
 */
export function watchSeen(box, fields, changed) {
  const parts = new Map([...fields.keys()].map((id) => [id, []]));
  const seen = new Set();
  let started = null;
  let shown = 0;

  const look = () => {
    if (document.visibilityState !== "visible" || document.querySelector("dialog[open]")) return;
    if (started === null) started = performance.now();
    const frame = box.getBoundingClientRect();
    const before = seen.size;
    for (const [id, node] of fields) if (!seen.has(id) && wholeSeen(node, frame, parts.get(id))) seen.add(id);
    if (seen.size !== before) changed();
  };
  const again = () => {
    for (const list of parts.values()) list.length = 0;
    look();
  };
  const pause = () => {
    if (document.visibilityState === "hidden" && started !== null) {
      shown += performance.now() - started;
      started = null;
    } else look();
  };

  const sizes = new ResizeObserver(again);
  sizes.observe(box);
  for (const node of fields.values()) sizes.observe(node);
  box.addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", pause);
  document.addEventListener("close", look, true);
  requestAnimationFrame(look);

  return {
    look,
    /** Returns the first field that has not been fully visible, or null. */
    missing: () => [...fields].find(([id]) => !seen.has(id))?.[1] ?? null,
    /** Returns the fully visible fields that are still part of the layout. */
    drawn: () => [...seen].filter((id) => laidOut(fields.get(id))),
    shownMs: () => Math.round(shown + (started === null ? 0 : performance.now() - started)),
    stop() {
      sizes.disconnect();
      box.removeEventListener("scroll", look);
      document.removeEventListener("visibilitychange", pause);
      document.removeEventListener("close", look, true);
    },
  };
}

function laidOut(node) {
  const { width, height } = node.getBoundingClientRect();
  return node.isConnected && width > 0 && height > 0 && node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

function wholeSeen(node, frame, parts) {
  if (!laidOut(node) || node.scrollWidth > node.clientWidth + 1) return false;
  const rect = node.getBoundingClientRect();
  if (rect.left < frame.left - 1 || rect.right > frame.right + 1) return false;
  const top = Math.max(rect.top, frame.top) - rect.top;
  const bottom = Math.min(rect.bottom, frame.bottom) - rect.top;
  if (bottom <= top) return false;
  parts.push([top, bottom]);
  parts.sort((a, b) => a[0] - b[0]);
  let reached = 0;
  for (const [from, to] of parts) if (from <= reached + 1) reached = Math.max(reached, to);
  return reached >= rect.height - 1;
}
