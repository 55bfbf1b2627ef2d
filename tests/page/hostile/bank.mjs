// What a bank, a relying party and a person at the bank's page do, by the control interface of a test server.

import { request } from "node:http";

/** One call. Not by `fetch`: the control interface takes what that sends for a browser. */
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

/** Adds the phone to an account, as its owner would. */
export async function enrol(control, phone, account) {
  const { offer, link } = await post(`${control}/offer`, { account });
  const { confirm_code: code } = await post(`${phone}/api/enrol`, { offer: link });
  await post(`${control}/confirm`, { offer, code });
  await refresh(phone);
}

export const refresh = (phone) => post(`${phone}/api/refresh`, {});

/** Asks, and gives the name that the request has on the phone. */
export async function ask(control, phone, question) {
  const before = new Set((await requests(phone)).map(({ id }) => id));
  await post(`${control}/ask`, question);
  await refresh(phone);
  const added = (await requests(phone)).filter(({ id, state }) => state === "pending" && !before.has(id));
  if (added.length !== 1) throw new Error(`${added.length} requests came instead of one`);
  return added[0].id;
}
