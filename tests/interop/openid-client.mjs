// Runs npm openid-client as the relying party of a real `countersign server` with a real
// `countersign phone`.

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';

import * as client from 'openid-client';

import { Cases } from './lib/cases.mjs';
import { ACCOUNT, configuration } from './lib/configuration.mjs';
import { Phone, SignedIn } from './lib/person.mjs';
import { Countersign } from './lib/processes.mjs';

/** The limit for a run, in milliseconds. */
const BOUND_MS = 240_000;
const PAYMENT = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '42.50' },
  creditorName: 'ACME',
  creditorAccount: { iban: 'DE02100100109307118603' },
  remittanceInformationUnstructured: 'Order 1001',
};

setTimeout(() => {
  console.log(`the run took longer than ${BOUND_MS} ms`);
  process.exit(1);
}, BOUND_MS).unref();

const secret = randomBytes(32).toString('base64url');
const { signing, stranger } = { signing: await newKey(), stranger: await newKey() };
const phoneProcess = await Countersign.start('phone');
const publicJwk = { ...(await crypto.subtle.exportKey('jwk', signing.publicKey)), alg: 'ES256', use: 'sig', kid: 'k1' };
delete publicJwk.key_ops;
delete publicJwk.ext;
const server = await Countersign.start('server', configuration({ appLink: phoneProcess.url, secret, publicJwk }));
const phone = new Phone(phoneProcess.url);
const cases = new Cases();

cases.add('discovery: CIBA in poll mode, both client authentications', async () => {
  const metadata = (await bySecret()).serverMetadata();
  assert.equal(metadata.issuer, server.url);
  assert.deepEqual(metadata.backchannel_token_delivery_modes_supported, ['poll']);
  assert.ok(metadata.grant_types_supported.includes('urn:openid:params:grant-type:ciba'));
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes('client_secret_basic'));
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes('private_key_jwt'));
});

cases.add('a phone is pending until its code is typed into the signed-in page, then active', async () => {
  const page = new SignedIn(server.url);
  await page.signIn(ACCOUNT.username, ACCOUNT.password);
  const offer = await page.offerPhone();
  const enrolment = await phone.enrol(offer.link);
  assert.equal(enrolment.state, 'pending');
  assert.match(enrolment.confirm_code, /^\d{6}$/);
  await page.confirmPhone(offer, enrolment.confirm_code);
  const activated = () => phone.state().then(({ enrolments }) => enrolments.some(({ state }) => state === 'active'));
  await eventually(activated, 'the phone never turned active');
});

cases.add('approve with the right code: tokens, a verified ID token, userinfo', async () => {
  const config = await bySecret();
  const asked = await ask(config, { scope: 'openid profile' });
  assert.match(asked.auth_req_id, /^[\w-]{43,}$/);
  const request = await phone.nextRequest();
  assert.equal(field(request, 'client').value, 'Bookshop');
  assert.equal(request.binding.mode, 'entry');
  assert.ok(!JSON.stringify(request).includes(asked.code), 'the code must not reach the phone');
  assert.equal((await phone.approve(request, asked.code)).outcome, 'confirmed');
  const tokens = await client.pollBackchannelAuthenticationGrant(config, asked);
  const claims = tokens.claims();
  assert.equal(claims.sub, ACCOUNT.sub);
  assert.equal(typeof claims.acr, 'string');
  assert.ok(Array.isArray(claims.amr) && claims.amr.length > 0);
  assert.ok(Math.abs(claims.auth_time - Date.now() / 1000) < 120);
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(userinfo.sub, claims.sub);
  assert.equal(tokens.refresh_token, undefined, 'a refresh token that nobody asked for');
});

cases.add('a refresh token comes with offline_access, and without the payment', async () => {
  const config = await bySecret();
  const scope = 'openid offline_access';
  const asked = await ask(config, { scope, authorization_details: JSON.stringify([PAYMENT]) });
  const request = await phone.nextRequest();
  field(request, 'scope');
  await phone.approve(request, asked.code);
  const tokens = await client.pollBackchannelAuthenticationGrant(config, asked);
  assert.deepEqual(tokens.authorization_details, [PAYMENT]);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.scope, scope);
  assert.equal(refreshed.authorization_details, undefined);
});

cases.add('an auth_req_id is good for one set of tokens', async () => {
  const config = await bySecret();
  const asked = await ask(config);
  await phone.approve(await phone.nextRequest(), asked.code);
  await client.pollBackchannelAuthenticationGrant(config, asked);
  await refused(client.pollBackchannelAuthenticationGrant(config, asked), 400, 'invalid_grant');
});

cases.add('a wrong code ends in access_denied', async () => {
  const config = await bySecret();
  const asked = await ask(config);
  const wrong = asked.code === '000000' ? '000001' : '000000';
  const answered = await phone.approve(await phone.nextRequest(), wrong);
  assert.equal(answered.receipt.outcome, 'binding_mismatch');
  await refused(client.pollBackchannelAuthenticationGrant(config, asked), 400, 'access_denied');
});

cases.add('a denial ends in access_denied', async () => {
  const config = await bySecret();
  const asked = await ask(config);
  await phone.deny(await phone.nextRequest(), 'not_me');
  await refused(client.pollBackchannelAuthenticationGrant(config, asked), 400, 'access_denied');
});

cases.add('an unanswered request ends in expired_token', async () => {
  const config = await bySecret();
  const asked = await ask(config, { requested_expiry: '2' });
  assert.equal(asked.expires_in, 2);
  await phone.nextRequest();
  // The library stops polling at `expires_in`. This check needs the server's response.
  const options = { signal: AbortSignal.timeout(20_000) };
  const polled = client.pollBackchannelAuthenticationGrant(config, asked, undefined, options);
  await refused(polled, 400, 'expired_token');
});

cases.add('private_key_jwt: approve with the right code', async () => {
  const config = await byKey(signing.privateKey);
  const asked = await ask(config);
  const request = await phone.nextRequest();
  assert.equal(field(request, 'client').value, 'Garden Centre');
  await phone.approve(request, asked.code);
  const tokens = await client.pollBackchannelAuthenticationGrant(config, asked);
  assert.equal(tokens.claims().aud, 'by-key');
  assert.equal(tokens.refresh_token, undefined);
});

cases.add('private_key_jwt: another key is invalid_client', async () => {
  await refused(ask(await byKey(stranger.privateKey)), 401, 'invalid_client');
});

cases.add('a wrong client secret is invalid_client', async () => {
  await refused(ask(await bySecret('not the secret')), 401, 'invalid_client');
});

cases.add('an unknown user is unknown_user_id', async () => {
  await refused(ask(await bySecret(), { login_hint: 'mallory' }), 400, 'unknown_user_id');
});

cases.add('a request without the scope openid is refused', async () => {
  await refused(ask(await bySecret(), { scope: 'profile' }), 400, 'invalid_scope', 'invalid_request');
});

cases.add('authorization_details reach the phone and the tokens', async () => {
  const config = await bySecret();
  const asked = await ask(config, { authorization_details: JSON.stringify([PAYMENT]) });
  const request = await phone.nextRequest();
  assert.equal(request.approvable, true);
  assert.match(field(request, 'amount').value, /42\.50/);
  assert.match(field(request, 'amount').value, /EUR|€/);
  assert.equal(field(request, 'payee').value, 'ACME');
  assert.match(field(request, 'reference').value, /Order 1001/);
  await phone.approve(request, asked.code);
  const tokens = await client.pollBackchannelAuthenticationGrant(config, asked);
  assert.deepEqual(tokens.authorization_details, [PAYMENT]);
});

cases.add('server and phone end when asked', async () => {
  assert.equal(await server.stop(), 0);
  assert.equal(await phoneProcess.stop(), 0);
});

process.exit((await cases.run()) ? 0 : 1);

function newKey() {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

function bySecret(typed = secret) {
  return discover('by-secret', client.ClientSecretBasic(typed));
}

function byKey(privateKey) {
  return discover('by-key', client.PrivateKeyJwt({ key: privateKey, kid: 'k1' }));
}

/**
 * Returns the library's configuration, with plain HTTP on loopback and verification of every ID
 * token.
 */
function discover(id, authentication) {
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks];
  const metadata = { id_token_signed_response_alg: 'ES256' };
  return client.discovery(new URL(server.url), id, metadata, authentication, { execute });
}

/**
 * Sends an authentication request for a login with a code. The result includes the `code` that the
 * shop shows.
 */
async function ask(config, parameters = {}) {
  const code = randomInt(1_000_000).toString().padStart(6, '0');
  const login = { scope: 'openid', login_hint: ACCOUNT.username, binding_message: code };
  const asked = await client.initiateBackchannelAuthentication(config, { ...login, ...parameters });
  return { ...asked, code };
}

function field(request, role) {
  const found = request.fields.find((shown) => shown.role === role);
  assert.ok(found, `the phone shows no field with the role ${role}`);
  return found;
}

/** Waits until a condition is true. */
async function eventually(holds, complaint) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((later) => setTimeout(later, 50));
  }
  assert.fail(complaint);
}

/** Expects an OAuth error with this status and one of these codes. */
async function refused(promise, status, ...codes) {
  const problem = await promise.then(
    () => assert.fail(`accepted, but ${codes.join(' or ')} was expected`),
    (thrown) => thrown,
  );
  if (problem instanceof assert.AssertionError) throw problem;
  // With a WWW-Authenticate header the library reports the challenge and does not read the body.
  const answer = problem.error === undefined ? await problem.response?.json() : problem;
  if (answer === undefined) throw problem;
  assert.equal(problem.status ?? problem.response?.status, status);
  assert.ok(codes.includes(answer.error), `${answer.error} instead of ${codes.join(' or ')}`);
}
