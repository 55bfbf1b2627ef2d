// Runs the whole flow in a browser against a running `countersign demo`: enrol the phone, log in,
// pay, deny.
// DEMO_SERVER, DEMO_PHONE, DEMO_SHOP: addresses of the three parts (default: the demo's own)
// DEMO_USER, DEMO_PASSWORD: the account at the bank (default: alice, demo)
// --screenshots [FOLDER]: also takes the pictures of the documentation (default: docs/images)
// Ends with `N passed, N failed`, and with exit code 1 if a check failed.

import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DESKTOP, PHONE, launch } from "./chromium.mjs";
import { shrink } from "./png.mjs";

const SERVER = process.env.DEMO_SERVER ?? "http://127.0.0.1:8460";
const PHONE_URL = process.env.DEMO_PHONE ?? "http://127.0.0.1:8470";
const SHOP = process.env.DEMO_SHOP ?? "http://127.0.0.1:8480";
const USER = process.env.DEMO_USER ?? "alice";
const PASSWORD = process.env.DEMO_PASSWORD ?? "demo";

const flag = process.argv.indexOf("--screenshots");
const images = flag < 0 ? null : (process.argv[flag + 1] ?? join(dirname(fileURLToPath(import.meta.url)), "../../docs/images"));

let passed = 0;
let failed = 0;

function check(name, ok, seen = "") {
  if (ok) passed += 1;
  else failed += 1;
  console.log(`${ok ? "ok    " : "FAILED"} ${name}${ok || seen === "" ? "" : `: ${seen}`}`);
}

/** Opens a window of the given kind. Every action times out after 15 seconds. */
async function window(browser, options) {
  const context = await browser.newContext({ ...options, locale: "en-GB", reducedMotion: "reduce" });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => check("no error in a page", false, error.message));
  return page;
}

/** Takes a picture of the page in light and dark mode. */
async function picture(page, name) {
  if (!images) return;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const path = join(images, `${name}-${colorScheme}.png`);
    await page.screenshot({ path, animations: "disabled", caret: "hide" });
    await shrink(path);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}

const digits = (text) => (text ?? "").replace(/\D/g, "");

async function addPhone({ bank, phone }) {
  await bank.goto(`${SERVER}/sign-in`);
  await picture(bank, "bank-sign-in-desktop");
  await bank.fill("#username", USER);
  await bank.fill("#password", PASSWORD);
  await bank.click("#sign-in");
  await bank.click("#add-phone");
  const link = await bank.locator("#offer-link").getAttribute("href");
  check("the offer is a link to the phone with its values in the fragment", link.startsWith(`${PHONE_URL}/enrol#v=1&`), link);
  check("the offer has at most 300 characters", link.length <= 300, link.length);
  await picture(bank, "bank-offer-desktop");

  await phone.goto(PHONE_URL);
  await phone.goto(link);
  check("the phone names the issuer that asks", (await phone.textContent("#issuer")) === new URL(SERVER).host);
  await picture(phone, "phone-enrol");
  await phone.click("#enrol-accept");
  const code = digits(await phone.textContent("#confirm-code"));
  check("the phone shows six digits to type at the bank", code.length === 6, code);
  check("the offer's one-time code has left the address", !phone.url().includes("#"));
  await picture(phone, "phone-code");

  await bank.fill("#confirm-code", code);
  await bank.click("#confirm");
  await phone.waitForSelector("#done");
  check("the phone turns active once the code is confirmed", true);
  await bank.waitForFunction(() => /phone has been added/i.test(document.body.textContent));
  check("the bank's page says that the phone is active", true);
  await picture(bank, "bank-active-desktop");
  await phone.click("#done");
  await phone.waitForSelector("#accounts [data-state=active]");
}

/** Starts an order in the shop, opens it on the phone and returns the code that the shop shows. */
async function start(kind, { shop, phone }, shots = {}) {
  await shop.goto(SHOP);
  if (shots.cart) await picture(shop, shots.cart);
  await shop.fill("#user", USER);
  await shop.click(`#${kind}`);
  await shop.waitForSelector("#code span");
  const code = digits(await shop.textContent("#code"));
  if (shots.waiting) await picture(shop, shots.waiting);
  await phone.goto(PHONE_URL);
  await phone.waitForSelector("#requests a");
  if (shots.home) await picture(phone, shots.home);
  await phone.click("#requests a >> nth=0");
  await phone.waitForSelector("#deny");
  return code;
}

async function approve(phone, code, shots = {}) {
  await phone.fill("#value", code);
  await phone.waitForSelector("#approve");
  if (shots.review) await picture(phone, shots.review);
  for (let turn = 0; turn < 10 && (await phone.getAttribute("#approve", "data-unread")) === "true"; turn += 1) {
    await phone.click("#approve");
    await phone.waitForTimeout(200);
  }
  await phone.click("#approve");
  await phone.waitForSelector("#finger-ok");
  if (shots.finger) await picture(phone, shots.finger);
  await phone.click("#finger-ok");
  await phone.waitForSelector("#outcome");
}

const outcome = (page) => page.getAttribute("#outcome", "data-state");
const shopState = (shop, state) => shop.waitForSelector(`#state[data-state=${state}]`).then(() => true, () => false);
const value = async (page, role) => (await page.textContent(`.role-${role} dd`)) ?? "";

async function logIn(pages) {
  const code = await start("login", pages);
  check("a login names the shop", /ACME/i.test(await value(pages.phone, "client")));
  await approve(pages.phone, code, { review: "phone-login" });
  check("the phone says approved for the login", (await outcome(pages.phone)) === "confirmed");
  check("the shop logs the customer in", await shopState(pages.shop, "confirmed"));
}

async function pay(pages) {
  const { phone, shop, desk } = pages;
  const code = await start("pay", pages, { cart: "shop-cart-desktop", waiting: "shop-waiting-desktop", home: "phone-home" });
  check("the shop shows six digits", code.length === 6, code);
  const text = await phone.textContent("#slip");
  check("the phone shows amount and currency", /42[.,]50/.test(await value(phone, "amount")) && /EUR|€/.test(await value(phone, "amount")), text);
  check("the phone shows the payee", /ACME/.test(await value(phone, "payee")), text);
  check("the phone shows the account", digits(await value(phone, "account")).endsWith("02100100109307118603".slice(-10)), text);
  check("the phone shows the reference", /Order 1001/.test(await value(phone, "reference")), text);
  check("the phone shows until when", (await phone.locator("[data-field=expiry], .role-expiry").count()) > 0, text);
  check("the phone does not show the code", !digits(text).includes(code));
  if (images) {
    await desk.goto(phone.url());
    await desk.waitForSelector("#deny");
    await picture(desk, "phone-payment-desktop");
  }
  await approve(phone, code, { review: "phone-payment", finger: "phone-fingerprint" });
  check("the phone says approved only as confirmed", (await outcome(phone)) === "confirmed" && (await phone.textContent("#outcome-title")) === "Approved");
  await picture(phone, "phone-approved");
  check("the shop confirms the payment", await shopState(shop, "confirmed"));
  await shop.click("#claims summary");
  check("the shop shows verified claims", /sub/.test(await shop.textContent("#claim-list")));
  await picture(shop, "shop-confirmed-desktop");
}

async function wrongCode(pages) {
  const code = await start("pay", pages);
  await approve(pages.phone, code === "000000" ? "000001" : "000000");
  check("a wrong code fails on the phone", (await outcome(pages.phone)) === "failed");
  check("a wrong code denies the payment in the shop", await pages.shop.waitForSelector("#state:is([data-state=denied], [data-state=failed])").then(() => true, () => false));
}

async function deny(pages) {
  const { phone, shop } = pages;
  await start("pay", pages);
  await phone.click("#deny");
  await phone.waitForSelector("[data-reason=not_me]");
  await picture(phone, "phone-deny");
  await phone.click("[data-reason=not_me]");
  await phone.waitForSelector("#outcome");
  check("the phone says denied", (await outcome(phone)) === "confirmed" && (await phone.textContent("#outcome-title")) === "Denied");
  await picture(phone, "phone-denied");
  check("the shop says denied", await shopState(shop, "denied"));
  await shop.setViewportSize(PHONE.viewport);
  await picture(shop, "shop-denied");
  await shop.setViewportSize(DESKTOP.viewport);
}

async function offline(pages) {
  const { phone, shop } = pages;
  const code = await start("pay", pages);
  const network = (online) => phone.evaluate((on) => fetch("/api/network", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ online: on }) }).then(() => null), online);
  await network(false);
  await approve(phone, code);
  check("offline, the approval is queued and not called approved", (await outcome(phone)) === "queued");
  await network(true);
  check("online again, it is confirmed", await phone.waitForSelector("#outcome[data-state=confirmed]").then(() => true, () => false));
  check("the shop confirms it then", await shopState(shop, "confirmed"));
  await phone.goto(PHONE_URL);
  await phone.waitForSelector("#history a");
  await picture(phone, "phone-history");
}

if (images) await mkdir(images, { recursive: true });
const browser = await launch();
const pages = { bank: await window(browser, DESKTOP), shop: await window(browser, DESKTOP), desk: await window(browser, DESKTOP), phone: await window(browser, PHONE) };
for (const part of [addPhone, logIn, pay, wrongCode, deny, offline]) {
  try {
    await part(pages);
  } catch (error) {
    check(`${part.name} runs to its end`, false, error.message);
    if (part === addPhone) break;
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
