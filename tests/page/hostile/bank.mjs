// The bank, the relying party and the user at the bank's page, through the control interface of a
// test server.

import { request } from "node:http";

/**
 * Makes one call. `fetch` cannot be used, because the control interface rejects its headers as a
 * browser's.
 */
function call(method, url, body = "") {
  return new Promise((done, failed) => {
    const sent = request(url, { method, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } }, async (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      for await (const part of answer) text += part;
      if (answer.statusCode >= 300) failed(new Error(`${url}: ${answer.statusCode} ${text}`));
      else done(text === "" ? {} : JSON.parse(text));
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

const post = (url, body) => call("POST", url, JSON.stringify(body));
const requests = async (phone) => (await call("GET", `${phone}/api/state`)).requests;

/** Enrols the phone for an account. */
export async function enrol(control, phone, account) {
  const { offer, link } = await post(`${control}/offer`, { account });
  const { confirm_code: code } = await post(`${phone}/api/enrol`, { offer: link });
  await post(`${control}/confirm`, { offer, code });
  await refresh(phone);
}

export const refresh = (phone) => post(`${phone}/api/refresh`, {});

/** Creates an approval request and returns the id of the request on the phone. */
export async function ask(control, phone, question) {
  const before = new Set((await requests(phone)).map(({ id }) => id));
  await post(`${control}/approval-requests`, question);
  await refresh(phone);
  const added = (await requests(phone)).filter(({ id, state }) => state === "pending" && !before.has(id));
  if (added.length !== 1) throw new Error(`${added.length} requests came instead of one`);
  return added[0].id;
}
