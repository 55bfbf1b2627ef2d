// A mock shop without a bank. Orders wait until a test decides them.

import { serve } from "./files.mjs";

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6H1z"/></svg>';

/** `scan`: the shop shows a secret to scan. */
export async function startShop({ scan = false } = {}) {
  const shop = { orders: new Map(), last: null, answers: [] };
  async function api({ method, url, body, send, problem }) {
    const start = /^\/api\/(login|pay)$/.exec(url.pathname);
    if (method === "POST" && start) {
      if (body.user === "nobody") return problem(404, "unknown_user", "The bank does not know this name.");
      const order = { id: `o${shop.orders.size + 1}`, kind: start[1], code: "482913", state: "waiting" };
      shop.orders.set(order.id, order);
      shop.last = order;
      return send(200, { id: order.id, code: order.code, scan, expires_in: 300 });
    }
    if (/\/(code\.svg|offline\/\d)$/.test(url.pathname)) return send(200, PICTURE, "image/svg+xml");
    if (url.pathname.endsWith("/offline")) return send(200, { requests: ["for.phone.one", "for.phone.two"] });
    if (url.pathname.endsWith("/answer")) {
      shop.answers.push(body.answer);
      return body.answer === "wrong" ? problem(422, "not_an_answer", "This is not your phone’s answer to this order.") : send(200, { outcome: "accepted" });
    }
    const order = shop.orders.get(url.pathname.replace("/api/orders/", ""));
    return order ? send(200, order) : problem(404, "not_found", "There is no such order.");
  }
  const server = await serve({ api, page: (path) => (path === "/" ? "shop.html" : null) });
  return Object.assign(shop, server);
}
