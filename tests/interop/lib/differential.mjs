// Shared parts of the comparison with other JOSE libraries: our filter, messages, changes, and
// allowed differences.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { randomInt, randomBytes } from "node:crypto";

export const TYP = "adp-request+jwt";
const ORDER = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/** Our suite as a process that maps input lines to output lines. */
export class Filter {
  #waiting = [];
  constructor(program) {
    if (!program) throw new Error("COUNTERSIGN_JOSE does not name the filter");
    this.process = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.process.stdout }).on("line", (line) => this.#waiting.shift()(JSON.parse(line)));
    this.process.on("exit", (code) => {
      if (this.#waiting.length > 0) throw new Error(`the filter ended with ${code}`);
    });
  }
  ask(asked) {
    return new Promise((told) => {
      this.#waiting.push(told);
      this.process.stdin.write(`${JSON.stringify(asked)}\n`);
    });
  }
  end() {
    this.process.stdin.end();
  }
}

/** Returns claims with all JSON types, whole numbers only, and text from all Unicode planes. */
export function claims(depth = 0) {
  const letter = () => String.fromCodePoint([randomInt(32, 127), randomInt(0xa0, 0xd7ff), randomInt(0xe000, 0xffff), randomInt(0x10000, 0x10ffff)][randomInt(4)]);
  const words = () => Array.from({ length: randomInt(12) }, letter).join("");
  const kinds = [words, () => randomInt(2 ** 40), () => -randomInt(2 ** 31), () => randomInt(2) === 1, () => Array.from({ length: randomInt(4) }, words)];
  if (depth < 2) kinds.push(() => claims(depth + 1));
  return Object.fromEntries(Array.from({ length: randomInt(1, 8) }, (_, at) => [`${at}${words().replaceAll("__proto__", "")}`, kinds[randomInt(kinds.length)]()]));
}

/** Returns the equivalent signature with the lower s. */
export function lowered(jws) {
  const at = jws.lastIndexOf(".") + 1;
  const signature = Buffer.from(jws.slice(at), "base64url");
  const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
  if (s <= ORDER / 2n) return jws;
  const lower = Buffer.from((ORDER - s).toString(16).padStart(64, "0"), "hex");
  return jws.slice(0, at) + Buffer.concat([signature.subarray(0, 32), lower]).toString("base64url");
}

/** Flips one bit in one non-empty part, so that the part remains strict base64url. */
export function flip(text, random) {
  const parts = text.split(".");
  const full = parts.map((part, at) => [part, at]).filter(([part]) => part !== "");
  const [part, at] = full[random(full.length)];
  const bytes = Buffer.from(part, "base64url");
  bytes[random(bytes.length)] ^= 1 << random(8);
  parts[at] = bytes.toString("base64url");
  return { name: "one bit", text: parts.join("."), mayDiffer: false };
}

/** Adds members to a message's header without changing its signature or tag. */
const withHeader = (text, change) => {
  const [header, ...rest] = text.split(".");
  return [Buffer.from(change(JSON.parse(Buffer.from(header, "base64url")))).toString("base64url"), ...rest].join(".");
};

/**
 * Changes of form. `mayDiffer` lists the changes that another library may accept and ours rejects.
 * They leave every signed byte unchanged, because a lenient base64 reader reads the same bytes.
 */
export const DIFFERENT = [
  { name: "padding", mayDiffer: true, change: (text) => `${text}=` },
  { name: "a character that is no base64url", mayDiffer: true, change: (text) => `${text.slice(0, -4)}\n${text.slice(-4)}` },
  {
    name: "unused bits",
    mayDiffer: true,
    change: (text) => {
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)) ^ 1];
    },
  },
  { name: "another part", mayDiffer: false, change: (text) => `${text}.` },
  { name: "a part less", mayDiffer: false, change: (text) => text.slice(0, text.lastIndexOf(".")) },
  { name: "nothing at the end", mayDiffer: false, change: (text) => text.slice(0, text.lastIndexOf(".") + 1) },
  { name: "alg none", mayDiffer: false, change: (text) => withHeader(text, (header) => JSON.stringify({ ...header, alg: "none" })) },
  { name: "another alg", mayDiffer: false, change: (text) => withHeader(text, (header) => JSON.stringify({ ...header, alg: "HS256" })) },
  { name: "a member more", mayDiffer: false, change: (text) => withHeader(text, (header) => JSON.stringify({ ...header, x: 1 })) },
  { name: "a member twice", mayDiffer: false, change: (text) => withHeader(text, (header) => JSON.stringify(header).replace("{", '{"kid":"x",')) },
  { name: "zeros for the end", mayDiffer: false, change: (text) => text.slice(0, text.lastIndexOf(".") + 1) + Buffer.alloc(text.split(".").length === 3 ? 64 : 16).toString("base64url") },
  { name: "anything for the end", mayDiffer: false, change: (text) => text.slice(0, text.lastIndexOf(".") + 1) + randomBytes(text.split(".").length === 3 ? 64 : 16).toString("base64url") },
].map(({ name, mayDiffer, change }) => ({ name, change: (text) => ({ name, mayDiffer, text: change(text) }) }));

// Each kind of check counts as one test, regardless of the number of messages.
const checks = new Set();
const failures = [];

const holds = (name, truth, detail) => {
  checks.add(name);
  if (!truth && failures.push(name) <= 20) console.log(`FAILED ${name}: ${JSON.stringify(detail)}`);
};

/** Both sides return the same result. */
export const agreed = (name, expected, told) => holds(name, isDeepStrictEqual(told, expected), { expected, told });

/** A changed message is rejected here, and also by the peer unless the list allows it. */
export function compare({ name, mayDiffer, text }, ours, theirs, counts) {
  counts.changed += 1;
  if ("ok" in theirs) counts.different += 1;
  holds(`changed (${name}) is refused here`, "error" in ours, { text, ours });
  holds(`changed (${name}) is refused there`, "error" in theirs || mayDiffer, { text, theirs });
}

export function report(peer, counts) {
  console.log(`DIFFERENTIAL ${JSON.stringify({ peer, ...counts, disagreements: failures.length })}`);
  const failed = new Set(failures).size;
  console.log(`${checks.size - failed} passed, ${failed} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
