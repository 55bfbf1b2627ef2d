// Compares our JOSE suite with npm `jose`: every message in both directions, unchanged and changed.
// Ends with `N passed, N failed`.
//
// COUNTERSIGN_JOSE names the filter (core/examples/jose_lines.rs). COUNTERSIGN_MESSAGES is the
// number of messages in each direction.
import { createECDH, randomBytes, randomInt } from "node:crypto";
import * as jose from "jose";
import { agreed, claims, compare, DIFFERENT, Filter, flip, lowered, report, TYP } from "./lib/differential.mjs";

const messages = Number(process.env.COUNTERSIGN_MESSAGES ?? 500);
const ours = new Filter(process.env.COUNTERSIGN_JOSE);

/** Returns the peer's result: the text, or that it rejects the message. */
const told = async (job) => {
  try {
    return { ok: await job() };
  } catch {
    return { error: "refused" };
  }
};

const text = (bytes) => new TextDecoder().decode(bytes);
const verify = (jws, { peer }) => told(async () => JSON.parse(text((await jose.compactVerify(jws, peer.verifies, { algorithms: ["ES256"] })).payload)));
const open = (jwe, { peer }) =>
  told(async () => text((await jose.compactDecrypt(jwe, peer.opens, { keyManagementAlgorithms: ["ECDH-ES"], contentEncryptionAlgorithms: ["A256GCM"] })).plaintext));

/** Returns a new key pair in the formats of both sides. */
async function keys() {
  const pair = createECDH("prime256v1");
  pair.generateKeys();
  const scalar = Buffer.alloc(32);
  pair.getPrivateKey().copy(scalar, 32 - pair.getPrivateKey().length);
  const { ok } = await ours.ask({ op: "keys", scalar: scalar.toString("base64url") });
  const secret = { ...ok.jwk, d: scalar.toString("base64url") };
  if (ok.thumbprint !== (await jose.calculateJwkThumbprint(ok.jwk))) throw new Error("two thumbprints for one key");
  const [verifies, signs] = await Promise.all([jose.importJWK(ok.jwk, "ES256"), jose.importJWK(secret, "ES256")]);
  const [seals, opens] = await Promise.all([jose.importJWK(ok.jwk, "ECDH-ES"), jose.importJWK(secret, "ECDH-ES")]);
  return { ...ok, scalar: secret.d, peer: { verifies, signs, seals, opens } };
}

const counts = { signed: 0, sealed: 0, high: 0, changed: 0, different: 0 };
let key = await keys();
for (let at = 0; at < messages; at += 1) {
  if (at % 100 === 99) key = await keys();
  const said = claims();

  // From our suite to the peer.
  const jws = (await ours.ask({ op: "sign", scalar: key.scalar, typ: TYP, claims: said })).ok;
  agreed("our JWS at the peer", { ok: said }, await verify(jws, key));
  const jwe = (await ours.ask({ op: "seal", jwk: key.jwk, text: jws })).ok;
  agreed("our JWE at the peer", { ok: jws }, await open(jwe, key));

  // From the peer to our suite. Every second ECDSA signature has an upper s, which our suite
  // rejects. The equivalent signature with the lower s is used.
  const theirs = await new jose.CompactSign(Buffer.from(JSON.stringify(said))).setProtectedHeader({ alg: "ES256", kid: key.thumbprint, typ: TYP }).sign(key.peer.signs);
  const low = lowered(theirs);
  if (low !== theirs) {
    counts.high += 1;
    agreed("an upper s is refused by us", { error: "signature" }, await ours.ask({ op: "verify", jwk: key.jwk, typ: TYP, jws: theirs }));
  }
  agreed("the peer's JWS here", { ok: said }, await ours.ask({ op: "verify", jwk: key.jwk, typ: TYP, jws: low }));
  const header = { alg: "ECDH-ES", enc: "A256GCM", typ: "adp-sealed", cty: "JWT", kid: key.thumbprint };
  const sealed = await new jose.CompactEncrypt(Buffer.from(low)).setProtectedHeader(header).encrypt(key.peer.seals);
  agreed("the peer's JWE here", { ok: low }, await ours.ask({ op: "open", scalar: key.scalar, jwe: sealed }));
  counts.signed += 2;
  counts.sealed += 2;

  // Changed messages: both reject them, or the difference is on the list.
  const change = (message) => (randomInt(2) ? flip(message, randomInt) : DIFFERENT[randomInt(DIFFERENT.length)].change(message, { randomBytes, key }));
  for (const message of [jws, low]) {
    const changed = change(message);
    compare(changed, await ours.ask({ op: "verify", jwk: key.jwk, typ: TYP, jws: changed.text }), await verify(changed.text, key), counts);
  }
  for (const message of [jwe, sealed]) {
    const changed = change(message);
    compare(changed, await ours.ask({ op: "open", scalar: key.scalar, jwe: changed.text }), await open(changed.text, key), counts);
  }
}
ours.end();
report("npm jose", counts);
