// Tests of the pages with mock data: fast, and able to show responses that a real server never
// sends.
// Run: node --test mock.test.mjs

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { lowContrast, tooSmall, tooWide, unlabelled } from "./checks.mjs";
import { DESKTOP, PHONE, launch } from "./chromium.mjs";
import { HOSTILE, LOGIN, PAYMENT, enrolment, now, request } from "./mock/data.mjs";
import { startPhone } from "./mock/phone.mjs";
import { startShop } from "./mock/shop.mjs";

let browser;
let context;
let page;
let complaints;
const open = [];

before(async () => {
  browser = await launch();
});
after(async () => {
  for (const thing of [context, ...open.splice(0)]) await thing?.close();
  await browser.close();
});
beforeEach(async () => {
  await newPage();
});

async function newPage(options = {}) {
  for (const thing of [context, ...open.splice(0)]) await thing?.close();
  context = await browser.newContext({ ...PHONE, deviceScaleFactor: 1, locale: "en-GB", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(8000);
  page = await context.newPage();
  complaints = [];
  page.on("console", (message) => message.type() === "error" && !/status of 4/.test(message.text()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
}

async function phoneWith(options) {
  const phone = await startPhone(options);
  open.push(phone);
  return phone;
}

async function review(values = PAYMENT, options = {}) {
  const phone = await phoneWith({ requests: [request("r1", values, options)] });
  await page.goto(`${phone.url}/r/r1`);
  await page.waitForSelector("#deny, #outcome");
  return phone;
}

const sent = (phone, path) => phone.calls.filter((call) => call.path === path).map((call) => call.body);
const outcome = (state) => page.waitForSelector(`#outcome[data-state="${state}"]`);
const title = () => page.textContent("#outcome-title");
const unread = () => page.getAttribute("#approve", "data-unread");

async function readAll() {
  for (let turn = 0; turn < 30 && (await unread()) === "true"; turn += 1) {
    // Checks and clicks in one turn of the page, so that a button that has just become "Approve" is
    // not clicked.
    const at = await page.evaluate(() => {
      const [button, top] = [document.getElementById("approve"), document.getElementById("screen").scrollTop];
      if (button.dataset.unread === "true") button.click();
      return top;
    });
    await page.waitForFunction((top) => document.getElementById("screen").scrollTop !== top || document.getElementById("approve").dataset.unread === "false", at);
  }
}

describe("a payment", () => {
  test("shows each field, reports it as drawn, and says approved only when confirmed", async () => {
    const phone = await review();
    const shown = await page.$$eval("#slip [data-field]", (nodes) => nodes.map((node) => [node.dataset.field, node.querySelector("dd")?.textContent ?? ""]));
    for (const [id, value] of Object.entries(PAYMENT)) assert.ok(shown.some(([field, text]) => field === id && text === value), `${id} is shown`);
    await page.fill("#value", "482 913");
    await page.click("#approve");
    assert.equal(await page.locator("text=Approved").count(), 0);
    await page.click("#finger-ok");
    await outcome("confirmed");
    assert.equal(await title(), "Approved");
    const [report] = sent(phone, "/api/requests/r1/approve");
    assert.equal(report.value, "482913");
    assert.deepEqual([...report.drawn].sort(), shown.map(([id]) => id).sort());
    assert.ok(report.drawn.includes("binding"));
    assert.ok(Number.isInteger(report.shown_ms) && report.shown_ms > 0);
    assert.equal(report.locale, "en");
    assert.equal(report.obscured, false);
    assert.deepEqual(complaints, []);
  });

  test("asks for the code before the fingerprint", async () => {
    await review();
    await page.fill("#value", "48");
    await page.click("#approve");
    assert.equal(await page.textContent("#value-error"), "Type the code first.");
    assert.equal(await page.evaluate(() => document.activeElement.id), "value");
    assert.equal(await page.locator("dialog").count(), 0);
  });

  test("keeps only what can be part of the code", async () => {
    await review();
    await page.fill("#value", "４8-2 9x1<3>99");
    assert.equal(await page.inputValue("#value"), "482913");
    assert.equal((await page.textContent(".cell-row")).trim(), "482913");
  });

  test("a code of letters may be typed small", async () => {
    const phone = await review(PAYMENT, { binding: { mode: "entry", length: 6, charset: "alphanumeric" } });
    phone.code = "K7QX2M";
    await page.fill("#value", "k7q-x2m");
    assert.equal((await page.textContent(".cell-row")).trim(), "K7QX2M");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("confirmed");
    assert.equal(sent(phone, "/api/requests/r1/approve")[0].value, "K7QX2M");
  });

  test("a wrong code ends as failed, never as approved", async () => {
    await review();
    await page.fill("#value", "000000");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("failed");
    assert.equal(await title(), "The code was wrong");
  });

  test("is queued while offline, and approved once the phone reports it confirmed", async () => {
    const phone = await review();
    phone.state.online = false;
    phone.changed();
    await page.waitForSelector("#notice:not([hidden])");
    await page.fill("#value", "482913");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("queued");
    assert.equal(await title(), "Not sent yet");
    await page.waitForFunction(() => document.getElementById("answer")?.value === "a.signed.decision");
    await page.waitForFunction(() => document.getElementById("answer-code").naturalWidth > 0);
    assert.deepEqual(complaints, []);
    Object.assign(phone.requests[0].record, { state: "confirmed", outcome: "accepted" });
    phone.changed();
    await outcome("confirmed");
    assert.equal(await title(), "Approved");
    assert.equal(await page.locator("#answer").count(), 0, "there is nothing left to show");
  });

  test("comes by a scan while the phone is offline", async () => {
    const phone = await phoneWith();
    Object.assign(phone, { scanned: request("r9", PAYMENT) });
    phone.state.online = false;
    await page.goto(phone.url);
    await page.fill("#scan", "https://bank.example/enrol#v=1");
    await page.click("#scan-take");
    await page.waitForFunction(() => document.getElementById("scan-error").textContent.includes("not a request"));
    await page.fill("#scan", "a.signed.request\n");
    await page.click("#scan-take");
    await page.waitForSelector("#slip");
    assert.equal(new URL(page.url()).pathname, "/r/r9");
    assert.equal(await page.textContent("[data-field=amount] dd"), PAYMENT.amount);
  });

  for (const [answer, words] of [["already_decided", "Already decided"], ["cancelled", "Withdrawn"], ["policy", "Not accepted by your bank"], ["expired", "Time is up"]]) {
    test(`explains an approval that ended as ${answer}`, async () => {
      const phone = await review();
      phone.requests[0].answer = answer;
      await page.fill("#value", "482913");
      await page.click("#approve");
      await page.click("#finger-ok");
      await outcome("failed");
      assert.equal(await title(), words);
    });
  }

  test("a fingerprint that is not recognised leaves the request open", async () => {
    const phone = await review();
    phone.state.biometric = "fail";
    await page.fill("#value", "482913");
    await page.click("#approve");
    await page.click("#finger-ok");
    await page.waitForFunction(() => document.getElementById("finger-word").textContent.includes("Not recognised"));
    phone.state.biometric = "ok";
    await page.click("#finger-ok");
    await outcome("confirmed");
  });

  test("runs out while the screen is open", async () => {
    const phone = await review(PAYMENT, { lifetime: 2 });
    await outcome("expired");
    assert.equal(await title(), "Time is up");
    assert.equal(await page.locator("#approve").count(), 0);
    assert.deepEqual(sent(phone, "/api/requests/r1/approve"), []);
  });

  test("works with the keyboard alone", async () => {
    await review();
    await page.focus("#back");
    for (let turn = 0; turn < 12 && (await page.evaluate(() => document.activeElement.id)) !== "value"; turn += 1) await page.keyboard.press("Tab");
    await page.keyboard.type("482913");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#finger-ok");
    assert.equal(await page.evaluate(() => document.activeElement.id), "finger-ok");
    await page.keyboard.press("Enter");
    await outcome("confirmed");
    assert.equal(await page.evaluate(() => document.activeElement.id), "outcome-title");
  });
});

describe("denying", () => {
  test("takes one tap on the reason and no fingerprint", async () => {
    const phone = await review();
    phone.state.biometric = "fail";
    await page.click("#deny");
    assert.equal(await page.getAttribute(".reason >> nth=0", "data-reason"), "not_me");
    await page.click("[data-reason=not_me]");
    await outcome("confirmed");
    assert.equal(await title(), "Denied");
    assert.deepEqual(sent(phone, "/api/requests/r1/deny"), [{ reason: "not_me" }]);
  });

  for (const reason of ["wrong_details", "unexpected", "other"]) {
    test(`with the reason ${reason}`, async () => {
      const phone = await review();
      await page.click("#deny");
      await page.click(`[data-reason=${reason}]`);
      await outcome("confirmed");
      assert.deepEqual(sent(phone, "/api/requests/r1/deny"), [{ reason }]);
    });
  }

  test("is possible when a request cannot be approved", async () => {
    const phone = await review({ client: "ACME" }, { notApprovable: "unknown_detail_type" });
    assert.equal(await page.locator("#approve").count(), 0);
    assert.equal(await page.locator("#value").count(), 0);
    assert.match(await page.textContent("#blocked"), /cannot approve.*unknown_detail_type/s);
    await page.keyboard.press("Enter");
    await page.click("#deny");
    await page.click("[data-reason=unexpected]");
    await outcome("confirmed");
    assert.deepEqual(sent(phone, "/api/requests/r1/approve"), []);
  });
});

describe("what it says", () => {
  test("times are shown in the phone's own time, not as they travel", async () => {
    const phone = await review();
    const text = await page.textContent("[data-field=expiry] dd");
    const expected = new Intl.DateTimeFormat("en", { timeStyle: "short" }).format(phone.requests[0].record.expires_at * 1000);
    assert.equal(text, expected);
  });

  test("uses the binding field as the label of its control", async () => {
    await review();
    assert.equal(await page.textContent("label[for=value]"), "Type the 6 digits that the other screen shows");
  });

  test("an account that is not active cannot approve, and can deny", async () => {
    const phone = await phoneWith({ enrolments: [enrolment({ state: "suspended" })], requests: [request("r1", PAYMENT)] });
    await page.goto(`${phone.url}/r/r1`);
    await page.waitForSelector("#blocked");
    assert.equal(await page.locator("#approve").count(), 0);
    phone.enrolments[0].state = "active";
    phone.changed();
    await page.waitForSelector("#approve");
    assert.equal(await page.locator("#blocked").count(), 0);
  });
});

describe("other binding controls", () => {
  test("choice: sends one of three values", async () => {
    const phone = await review(LOGIN, { binding: { mode: "choice", options: ["47", "82", "15"] } });
    await page.click("#approve");
    assert.match(await page.textContent("#value-error"), /Choose/);
    await page.focus("[data-choice='47']");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.getAttribute("[data-choice='82']", "aria-checked"), "true");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("confirmed");
    assert.equal(sent(phone, "/api/requests/r1/approve")[0].value, "82");
  });

  test("scan: sends only a scan secret", async () => {
    const phone = await review(LOGIN, { binding: { mode: "scan" } });
    for (const other of ["", "https://bank.example/enrol#v=1", "482913", "b5TVKQ3gM_kW8-fZp1xYtB"]) {
      await page.fill("#value", other);
      await page.click("#approve");
      assert.match(await page.textContent("#value-error"), /not the code/, other);
    }
    await page.fill("#value", " b5TVKQ3gM_kW8-fZp1xYtA ");
    assert.equal(await page.textContent("#value-error"), "");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("confirmed");
    assert.deepEqual(sent(phone, "/api/requests/r1/approve").map((report) => report.value), ["b5TVKQ3gM_kW8-fZp1xYtA"]);
  });

  test("display: the message to compare", async () => {
    const phone = await review(LOGIN, { binding: { mode: "display", message: "BLUE 4471" } });
    assert.equal(await page.textContent(".slip-binding [data-field=message] dd"), "BLUE 4471");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("confirmed");
    assert.equal(sent(phone, "/api/requests/r1/approve")[0].value, null);
  });

  test("none: no value to enter", async () => {
    await review(LOGIN, { binding: { mode: "none" } });
    assert.equal(await page.locator("#value").count(), 0);
    await page.click("#approve");
    await page.waitForSelector("#finger-ok");
  });
});

describe("hostile text", () => {
  test("remains text, fits the screen, and must be read completely", async () => {
    await newPage({ viewport: { width: 320, height: 568 } });
    const phone = await review(HOSTILE);
    assert.equal(await page.textContent("[data-field=client] dd"), HOSTILE.client);
    assert.equal(await page.locator("#slip img, #slip script").count(), 0);
    assert.equal(await page.textContent("[data-field=payee] dd bdi[dir]"), HOSTILE.payee);
    assert.deepEqual(await tooWide(page), []);
    assert.equal(await unread(), "true");
    await page.fill("#value", "482913");
    await readAll();
    assert.equal(await unread(), "false");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("confirmed");
    const [report] = sent(phone, "/api/requests/r1/approve");
    for (const id of Object.keys(HOSTILE)) assert.ok(report.drawn.includes(id), `${id} was read`);
    assert.deepEqual(complaints, []);
  });

  test("a tap on the button that says to read on never starts the approval", async () => {
    await newPage({ viewport: { width: 360, height: 560 } });
    await review(PAYMENT, { binding: { mode: "none" } });
    await page.waitForFunction(() => document.getElementById("approve").dataset.unread === "true");
    // The customer scrolls to the end and taps before the page has noticed.
    const label = await page.evaluate(() => {
      const [button, screen] = [document.getElementById("approve"), document.getElementById("screen")];
      screen.scrollTop = screen.scrollHeight;
      const shown = button.textContent;
      button.click();
      return shown;
    });
    assert.equal(label, "Read on");
    assert.equal(await unread(), "false");
    assert.equal(await page.locator("#finger-sheet").count(), 0);
    await page.click("#approve");
    await page.waitForSelector("#finger-ok");
  });

  test("isolates the direction of every value", async () => {
    await review(HOSTILE);
    const loose = await page.$$eval("#slip dd", (nodes) => nodes.filter((node) => node.children.length !== 1 || node.firstElementChild.tagName !== "BDI").length);
    assert.equal(loose, 0);
    const clipped = await page.$$eval("#slip dd", (nodes) => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1 || getComputedStyle(node).textOverflow === "ellipsis").length);
    assert.equal(clipped, 0);
  });

  test("a field that is hidden is not reported as drawn and blocks the approval", async () => {
    const phone = await phoneWith({ requests: [request("r1", PAYMENT)] });
    await page.route("**/review.css", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: `${await answer.text()}\n.role-payee { display: none; }` });
    });
    await page.goto(`${phone.url}/r/r1`);
    await page.waitForSelector("#approve");
    await page.fill("#value", "482913");
    await page.click("#approve");
    assert.equal(await unread(), "true");
    assert.equal(await page.locator("dialog").count(), 0);
    assert.deepEqual(sent(phone, "/api/requests/r1/approve"), []);
  });

  test("also in account names and lists", async () => {
    const phone = await phoneWith({ enrolments: [enrolment({ issuer_name: HOSTILE.client, account: HOSTILE.payee })], requests: [request("r1", HOSTILE)] });
    await newSize(320, 640);
    await page.goto(phone.url);
    await page.waitForSelector("#requests a");
    assert.equal(await page.locator("main img").count(), 0);
    assert.deepEqual(await tooWide(page), []);
    assert.deepEqual(complaints, []);
  });
});

describe("adding an account", () => {
  const OFFER = "/enrol#v=1&i=https%3A%2F%2Fid.lindenbank.example&e=of-1&c=c2VjcmV0&p=pin";

  test("shows who, then the code, then that it is active", async () => {
    const phone = await phoneWith({ enrolments: [] });
    await page.goto(phone.url + OFFER);
    assert.equal(await page.textContent("#issuer"), "id.lindenbank.example");
    assert.ok(!page.url().includes("c2VjcmV0"), "the offer's code has left the address before it is used");
    await page.click("#enrol-accept");
    await page.waitForSelector("#confirm-code");
    assert.equal((await page.textContent("#confirm-code")).replace(/\D/g, ""), "731904");
    assert.deepEqual(sent(phone, "/api/enrol"), [{ offer: phone.url + OFFER }]);
    await page.reload();
    await page.waitForSelector("#confirm-code");
    Object.assign(phone.enrolments[0], { state: "active", confirm_code: null });
    phone.changed();
    await page.waitForSelector("#done");
    assert.match(await page.textContent("main"), /Lindenbank can now send requests to this phone/);
  });

  test("explains an offer that was used before", async () => {
    const phone = await phoneWith({ enrolments: [] });
    phone.refuse = "This offer was used before.";
    await page.goto(phone.url + OFFER);
    await page.click("#enrol-accept");
    assert.match(await page.textContent("[role=alert]:has(#enrol-error)"), /new link.*This offer was used before/s);
    assert.ok(!page.url().includes("c2VjcmV0"), "the offer's code has left the address");
  });

  test("rejects a link that is not an offer", async () => {
    const phone = await phoneWith({ enrolments: [] });
    await page.goto(phone.url);
    await page.fill("#offer", "https://evil.example/login");
    await page.keyboard.press("Enter");
    assert.match(await page.textContent("#offer-error"), /not an enrolment link/);
    await page.goto(`${phone.url}/enrol#v=1&i=javascript:alert(1)`);
    await page.waitForSelector("#enrol-error");
    assert.equal(await page.locator("#enrol-accept").count(), 0);
    await page.goto(phone.url);
    await page.fill("#offer", `http://127.0.0.1:1${OFFER}`);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#enrol-accept");
    assert.deepEqual(complaints, []);
  });
});

describe("home and the developer's drawer", () => {
  test("a request appears without a reload, and expires without one", async () => {
    const phone = await phoneWith({});
    await page.goto(phone.url);
    await page.waitForSelector("#accounts");
    phone.requests.push(request("r1", PAYMENT, { lifetime: 3 }));
    phone.changed();
    await page.waitForSelector("#requests a[data-id=r1]");
    await page.waitForSelector("#history a");
    assert.equal(await page.locator("#requests a").count(), 0);
    assert.match(await page.textContent("#history"), /Expired/);
  });

  test("lists what was decided, and opens it", async () => {
    const phone = await phoneWith({ requests: [request("a", PAYMENT, { state: "confirmed", decision: "approve", outcome: "accepted" }), request("b", PAYMENT, { state: "confirmed", decision: "deny", outcome: "denied" }), request("c", PAYMENT, { state: "failed", decision: "approve", outcome: "binding_mismatch" })] });
    await page.goto(phone.url);
    await page.waitForSelector("#history a");
    assert.deepEqual((await page.$$eval("#history .word", (nodes) => nodes.map((node) => node.textContent))).sort(), ["Confirmed", "Denied", "Failed"]);
    await page.click("[data-key='h-b']");
    await outcome("confirmed");
    assert.equal(await title(), "Denied");
    await page.click("#home");
    await page.waitForSelector("#history");
  });

  test("an account can be removed", async () => {
    const phone = await phoneWith({});
    await page.goto(phone.url);
    await page.click("button.account");
    await page.click("#remove-account");
    await page.waitForSelector(".welcome");
    assert.deepEqual(sent(phone, "/api/enrolments/en-1/remove"), [{}]);
  });

  test("an account whose bank cannot be reached can be removed from the phone only", async () => {
    const phone = await phoneWith({ bankIsGone: true });
    await page.goto(phone.url);
    await page.click("button.account");
    await page.click("#remove-account");
    await page.waitForSelector("#forget-account:not([hidden])");
    assert.deepEqual(sent(phone, "/api/enrolments/en-1/forget"), []);
    await page.click("#forget-account");
    await page.waitForSelector(".welcome");
    assert.deepEqual(sent(phone, "/api/enrolments/en-1/forget"), [{}]);
  });

  test("the drawer drives the phone and lists what was rejected", async () => {
    const phone = await phoneWith({});
    Object.assign(phone.state, { rejections: [{ code: "signature", at: now() }], last_push: { kind: "stream", bytes: 1830, sealed: true } });
    await page.goto(phone.url);
    await page.click("#settings");
    await page.waitForSelector("#rejections bdi");
    assert.match(await page.textContent("#dev-facts"), /1830 bytes · sealed/);
    await page.click("#online");
    await page.click("#lose-pushes");
    await page.selectOption("#biometric", "cancel");
    await page.fill("#clock-shift", "-90");
    await page.keyboard.press("Enter");
    await page.click("#refresh");
    await page.waitForFunction(() => document.querySelector("#notice:not([hidden])"));
    await page.keyboard.press("Escape");
    const bodies = Object.fromEntries(phone.calls.map((call) => [call.path, call.body]));
    assert.deepEqual(bodies, { "/api/network": { online: false }, "/api/push": { on: false }, "/api/biometric": { answer: "cancel" }, "/api/clock": { shift_s: -90 }, "/api/refresh": {} });
  });

  test("shows a notice when the phone does not respond", async () => {
    const phone = await phoneWith({});
    await page.goto(phone.url);
    await page.waitForSelector("#accounts");
    await phone.close();
    await page.waitForFunction(() => document.getElementById("notice").textContent.includes("does not respond"));
  });

  test("shows page and fields in five languages", async () => {
    const words = { de: ["Freigeben", "Betrag"], fr: ["Approuver", "Montant"], es: ["Aprobar", "Importe"], ja: ["承認", "金額"], en: ["Approve", "Amount"] };
    const phone = await review();
    for (const [locale, [button, label]] of Object.entries(words)) {
      await page.click("#settings");
      await page.selectOption("#locale", locale);
      await page.waitForSelector(`#drawer[lang=${locale}]`);
      await page.keyboard.press("Escape");
      await page.waitForFunction((text) => document.querySelector("#approve")?.textContent === text, button);
      assert.equal(await page.textContent("[data-field=amount] dt"), label);
    }
    await page.click("#settings");
    await page.selectOption("#locale", "ja");
    await page.waitForSelector("#drawer[lang=ja]");
    await page.keyboard.press("Escape");
    await page.fill("#value", "482913");
    await page.click("#approve");
    await page.click("#finger-ok");
    await outcome("confirmed");
    assert.equal(sent(phone, "/api/requests/r1/approve")[0].locale, "ja");
    assert.equal(await page.evaluate(() => document.documentElement.lang), "ja");
  });

  test("has every text in every language", async () => {
    const { LOCALES, WORDS } = await import("../../emulator/src/pages/strings.js");
    const keys = Object.keys(WORDS.en).sort();
    for (const locale of LOCALES) assert.deepEqual(Object.keys(WORDS[locale]).sort(), keys, locale);
    for (const locale of LOCALES) {
      for (const key of keys) assert.deepEqual(WORDS[locale][key].match(/\{\w+\}/g), WORDS.en[key].match(/\{\w+\}/g), `${locale} ${key}`);
    }
  });
});

describe("the shop", () => {
  async function shopPage(options) {
    const shop = await startShop(options);
    open.push(shop);
    await page.goto(shop.url);
    return shop;
  }
  const settled = (state) => page.waitForSelector(`#state[data-state=${state}]`);

  test("pays: shows the code, then what the bank confirmed", async () => {
    const shop = await shopPage();
    await page.click("#pay");
    await settled("waiting");
    assert.equal((await page.textContent("#code")).replace(/\s/g, ""), "482913");
    assert.match(await page.textContent("#time-left"), /^[45]:\d\d$/);
    Object.assign(shop.last, { state: "confirmed", claims: { sub: "<b>alice</b>", amr: ["pop", "user"], auth_time: now() } });
    await settled("confirmed");
    assert.equal(await page.isVisible("#code"), false);
    await page.click("#claims summary");
    assert.match(await page.textContent("#claim-list"), /sub<b>alice<\/b>amrpop, user/);
    assert.deepEqual(complaints, []);
  });

  test("shows a code to scan where it is registered for that", async () => {
    await shopPage({ scan: true });
    await page.click("#pay");
    await settled("waiting");
    await page.waitForFunction(() => document.getElementById("scan-code").naturalWidth > 0);
    assert.equal(await page.isVisible("#code"), false);
    assert.match(await page.textContent("#code-label"), /Scan/);
    assert.deepEqual(complaints, []);
  });

  test("shows each phone's request to a phone without network and brings its answer", async () => {
    const shop = await shopPage();
    await page.click("#pay");
    await settled("waiting");
    await page.click("#offline summary");
    await page.waitForFunction(() => document.getElementById("offline-text").value === "for.phone.one");
    await page.waitForFunction(() => document.getElementById("offline-code").naturalWidth > 0);
    await page.click("#offline-next");
    assert.equal(await page.inputValue("#offline-text"), "for.phone.two");
    await page.fill("#answer", "wrong");
    await page.click("#bring");
    await page.waitForFunction(() => document.getElementById("answer-error").textContent.includes("not your phone’s answer"));
    await page.fill("#answer", "a.signed.decision");
    await page.click("#bring");
    await page.waitForFunction(() => document.getElementById("answer-error").textContent === "");
    assert.deepEqual(shop.answers, ["wrong", "a.signed.decision"]);
    assert.deepEqual(complaints, []);
  });

  test("logs in and says who", async () => {
    const shop = await shopPage();
    await page.click("#login");
    await settled("waiting");
    Object.assign(shop.last, { state: "confirmed", claims: { sub: "alice" } });
    await settled("confirmed");
    assert.equal(await page.textContent("#who"), "Logged in as alice");
  });

  for (const state of ["denied", "expired", "failed"]) {
    test(`says that an order is ${state}, and offers another try`, async () => {
      const shop = await shopPage();
      await page.click("#pay");
      await settled("waiting");
      Object.assign(shop.last, { state, detail: "<i>why</i>" });
      await settled(state);
      assert.equal(await page.isVisible("#claims"), false);
      await page.click("#again");
      assert.ok(await page.isVisible("#pay"));
    });
  }

  test("explains an unknown name", async () => {
    await shopPage();
    await page.fill("#user", "nobody");
    await page.click("#pay");
    await page.waitForFunction(() => document.getElementById("error").textContent !== "");
    assert.match(await page.textContent("#error"), /does not know this name/);
  });
});

const newSize = (width, height) => page.setViewportSize({ width, height });

describe("every screen", () => {
  const SIZES = { small: { width: 320, height: 568 }, phone: PHONE.viewport, desktop: DESKTOP.viewport };
  async function sound(name) {
    for (const [check, found] of [["labels", await unlabelled(page)], ["contrast", await lowContrast(page)], ["width", await tooWide(page)], ["targets", await tooSmall(page)]])
      assert.deepEqual(found, [], `${name}: ${check}`);
  }

  for (const colorScheme of ["light", "dark"]) {
    test(`has labels, contrast, room and large targets (${colorScheme})`, async () => {
      await newPage({ colorScheme, hasTouch: false });
      const decided = ["confirmed", "queued", "failed", "expired"].map((state) => request(state, PAYMENT, { state, decision: "approve", outcome: state === "failed" ? "binding_mismatch" : null }));
      const phone = await phoneWith({
        enrolments: [enrolment(), enrolment({ id: "en-9", state: "pending", confirm_code: "731904" }), enrolment({ id: "en-8", state: "suspended" })],
        requests: [request("pay", PAYMENT), request("choice", LOGIN, { binding: { mode: "choice", options: ["47", "82", "15"] } }), request("display", LOGIN, { binding: { mode: "display", message: "BLUE 4471" } }), request("scan", LOGIN, { binding: { mode: "scan" } }), request("blocked", { client: "ACME" }, { notApprovable: "unknown_detail_type" }), ...decided],
      });
      const shop = await startShop();
      open.push(shop);
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const visit = async (path, selector, name = path) => {
          await page.goto(phone.url + path);
          await page.waitForSelector(selector);
          await sound(`${name} ${size}`);
        };
        await visit("/", "#history a");
        await page.click("#accounts + details summary");
        await sound(`add ${size}`);
        await page.click("button.account >> nth=0");
        await sound(`account ${size}`);
        await visit("/enrol#v=1&i=https://id.lindenbank.example", "#enrol-accept");
        await visit("/enrol?account=en-9", "#confirm-code");
        for (const id of ["choice", "display", "scan", "blocked", "confirmed", "queued", "failed", "expired", "nowhere"]) await visit(`/r/${id}`, "#deny, #outcome");
        await visit("/r/pay", "#deny");
        await page.click("#deny");
        await sound(`deny ${size}`);
        await page.keyboard.press("Escape");
        await page.click("#settings");
        await sound(`drawer ${size}`);
        await page.goto(shop.url);
        await sound(`shop ${size}`);
        await page.click("#pay");
        await page.waitForSelector("#code span");
        await sound(`shop waiting ${size}`);
        Object.assign(shop.last, { state: "confirmed", claims: { sub: "alice", acr: "urn:countersign:acr:uv" } });
        await page.waitForSelector("#claims:not([hidden])");
        await page.click("#claims summary");
        await sound(`shop confirmed ${size}`);
      }
      assert.deepEqual(complaints, []);
    });
  }
});
