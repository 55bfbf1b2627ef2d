// A shop without a bank behind it: orders wait until a test settles them.

import { serve } from "./files.mjs";

export async function startShop() {
  const shop = { orders: new Map(), last: null };
  async function api({ method, url, body, send, problem }) {
    const start = /^\/api\/(login|pay)$/.exec(url.pathname);
    if (method === "POST" && start) {
      if (body.user === "nobody") return problem(404, "unknown_user", "The bank does not know this name.");
      const order = { id: `o${shop.orders.size + 1}`, kind: start[1], code: "482913", state: "waiting" };
      shop.orders.set(order.id, order);
      shop.last = order;
      return send(200, { id: order.id, code: order.code, expires_in: 300 });
    }
    const order = shop.orders.get(url.pathname.replace("/api/orders/", ""));
    return order ? send(200, order) : problem(404, "not_found", "There is no such order.");
  }
  const server = await serve({ api, page: (path) => (path === "/" ? "shop.html" : null) });
  return Object.assign(shop, server);
}
