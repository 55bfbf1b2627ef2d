// Sends twenty deceptive requests through a real server and a real virtual phone to the phone's
// page. Each must be displayed as the core prepared it, in order and inside its box, and must be
// deniable.
// HOSTILE_CONTROL, HOSTILE_PHONE: addresses of `countersign server --control` and `countersign
// phone`
// HOSTILE_IMAGES: folder for the twenty pictures (default: target/hostile)
// --sheet [FILE]: also combines them on one sheet (default: docs/images/hostile.png)
// Ends with `N passed, N failed`, and with exit code 1 if a check failed.

import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lowContrast, tooSmall, tooWide, unlabelled } from "./checks.mjs";
import { PHONE, launch } from "./chromium.mjs";
import { CASES } from "./hostile/cases.mjs";
import { ask, enrol, refresh } from "./hostile/bank.mjs";
import { fields, hiddenCharacters, ink, overlaps } from "./hostile/measure.mjs";
import { shrink } from "./png.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const control = process.env.HOSTILE_CONTROL ?? "http://127.0.0.1:8465";
const phone = process.env.HOSTILE_PHONE ?? "http://127.0.0.1:8470";
const images = process.env.HOSTILE_IMAGES ?? join(root, "target/hostile");
const flag = process.argv.indexOf("--sheet");
const sheet = flag < 0 ? null : (process.argv[flag + 1] ?? join(root, "docs/images/hostile.png"));

let passed = 0;
let failed = 0;

function check(name, ok, seen = "") {
  if (ok) passed += 1;
  else failed += 1;
  if (!ok) console.log(`FAILED ${name}${seen === "" ? "" : `: ${seen}`}`);
}

const none = (name, list) => check(name, list.length === 0, list.join("; "));

/** Checks one request on the screen, then denies it. */
async function look(page, known, plain) {
  const id = await ask(control, phone, known.ask);
  await page.goto(`${phone}/r/${encodeURIComponent(id)}`);
  await page.waitForSelector("#deny");
  const shown = await fields(page);
  for (const [field, value] of Object.entries(known.shows)) {
    check(`${known.name}: ${field} is drawn as it must be`, shown[field]?.value === value, JSON.stringify(shown[field]?.value));
  }
  none(`${known.name}: nothing hidden is in the page`, await hiddenCharacters(page));
  none(`${known.name}: no field lies over another`, await overlaps(page));
  none(`${known.name}: nothing is wider than the screen`, await tooWide(page));
  none(`${known.name}: every control has a name`, await unlabelled(page));
  none(`${known.name}: every control is large enough`, await tooSmall(page));
  none(`${known.name}: every text can be read`, await lowContrast(page));
  for (const [field, { value, scrolls }] of Object.entries(shown)) check(`${known.name}: ${field} is inside its box`, !scrolls, value);
  // The glyphs of an amount stand from left to right, and where they stand does not depend on what is beside them.
  for (const field of Object.keys(shown).filter((field) => /^(amount|total)/.test(field))) {
    const at = await ink(page, field);
    check(`${known.name}: ${field} reads from left to right`, at.length > 3 && at.every((x, index) => index === 0 || x >= at[index - 1]), at.join(" "));
  }
  const tops = (known.order ?? []).map((field) => shown[field]?.y ?? Number.NaN);
  check(`${known.name}: what belongs together stands together`, tops.every((top, at) => at === 0 || top > tops[at - 1]), tops.join(" "));
  if (plain && known.samePlace) {
    check(`${known.name}: the amount stands where it always stands`, JSON.stringify(shown.amount.box) === JSON.stringify(plain.amount.box), JSON.stringify([shown.amount.box, plain.amount.box]));
  }
  const approve = await page.locator("#approve").count();
  check(`${known.name}: ${known.refused ? "no button approves it" : "it can be approved"}`, approve === (known.refused ? 0 : 1));
  if (known.refused) {
    const code = (await page.locator("#blocked .code").textContent().catch(() => "")) ?? "";
    check(`${known.name}: the screen says why`, code.includes(known.refused), code);
  }
  await page.screenshot({ path: join(images, `${known.name}.png`), animations: "disabled", caret: "hide" });
  const deny = await page.locator("#deny").boundingBox();
  const { width, height } = page.viewportSize();
  check(`${known.name}: deny is on the screen`, deny && deny.x >= 0 && deny.y >= 0 && deny.x + deny.width <= width && deny.y + deny.height <= height);
  await page.click("#deny");
  await page.click("[data-reason=other]");
  const denied = await page.waitForSelector('#outcome[data-state="confirmed"]').then(() => true, () => false);
  check(`${known.name}: it can be denied`, denied);
  none(`${known.name}: nothing hidden is in the page after it`, await hiddenCharacters(page));
  await page.goto(phone);
  await page.waitForSelector("#history a");
  none(`${known.name}: nothing is wider than the list`, await tooWide(page));
  none(`${known.name}: nothing hidden is in the list`, await hiddenCharacters(page));
  return shown;
}

/** Combines all pictures on one sheet. */
async function contactSheet(browser, file) {
  const page = await browser.newPage({ viewport: { width: 1240, height: 100 } });
  const cells = await Promise.all(
    CASES.slice(1).map(async ({ name }) => {
      const picture = await readFile(join(images, `${name}.png`), "base64");
      return `<figure><img src="data:image/png;base64,${picture}" width="232"><figcaption>${name}</figcaption></figure>`;
    }),
  );
  const style = "body{margin:12px;background:#fff;font:12px sans-serif;display:grid;grid-template-columns:repeat(5,1fr);gap:14px 12px}figure{margin:0}img{display:block;border:1px solid #ccc;border-radius:12px}figcaption{padding:4px 2px;color:#444}";
  await page.setContent(`<!doctype html><meta charset="utf-8"><style>${style}</style>${cells.join("")}`);
  await page.screenshot({ path: file, fullPage: true });
  await page.close();
  await shrink(file);
}

await mkdir(images, { recursive: true });
const browser = await launch();
try {
  const account = "hostile";
  await enrol(control, phone, account);
  const context = await browser.newContext({ ...PHONE, deviceScaleFactor: 1, locale: "en-GB", timezoneId: "UTC", reducedMotion: "reduce" });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => check("no error in the page", false, error.message));
  page.on("dialog", (dialog) => check("no script of a request runs", false, dialog.message()));
  let plain = null;
  for (const known of CASES) {
    const shown = await look(page, { ...known, ask: { account, ...known.ask } }, plain);
    plain ??= shown;
  }
  check("twenty of them", CASES.length - 1 === 20, CASES.length - 1);
  await refresh(phone);
  if (sheet) await contactSheet(browser, sheet);
} catch (error) {
  check("every step could be taken", false, error.stack);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
