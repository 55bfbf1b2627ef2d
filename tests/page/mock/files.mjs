// Serves the pages as the program does, with the same paths, types and headers.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const PAGES = new URL("../../../emulator/src/pages/", import.meta.url);
// The style sheet that the phone shares with the bank's pages.
const SHARED = { "colours.css": new URL("../../../server/src/web/assets/colours.css", import.meta.url) };
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };
const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
};

/**
 * Starts a server on a free loopback port. `api(request)` is tried first, then `page(path)` names
 * the HTML file.
 */
export async function serve({ api, page }) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    const send = (status, body, type = "application/json") => {
      response.writeHead(status, { ...HEADERS, "content-type": type });
      response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    };
    const problem = (status, code, detail) =>
      send(status, { type: "about:blank", title: code, status, code, detail }, "application/problem+json");
    try {
      if (url.pathname.startsWith("/api/")) {
        let body = "";
        for await (const chunk of request) body += chunk;
        return await api({ method: request.method, url, body: body ? JSON.parse(body) : null, send, problem, response, headers: HEADERS });
      }
      const name = page(url.pathname) ?? url.pathname.slice(1);
      if (!/^[a-z]+\.(html|css|js|svg)$/.test(name)) return send(404, "no such page", "text/plain");
      return send(200, await readFile(SHARED[name] ?? new URL(name, PAGES)), TYPES[extname(name)]);
    } catch (error) {
      return send(404, String(error.message), "text/plain");
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
