// The server's configuration for a run: one account, and one client for each authentication method.

/** The password of the account. The configuration contains its argon2 hash. */
export const ACCOUNT = { username: 'alice', password: 'demo', sub: '248289761001' };
const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$o0e2Z2pBgqyP0E52wNnqKw$uu21DbL/MhrEZMfhzVh/82I365lq0zprAE+Wkxfn/jQ';

/** Returns a configuration file. `publicJwk` is the key of the client that signs assertions. */
export function configuration({ appLink, secret, publicJwk }) {
  const jwk = Object.entries(publicJwk).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(', ');
  return `
issuer = "http://127.0.0.1:0"
listen = "127.0.0.1:0"
app_link = "${appLink}"

[[client]]
id = "by-secret"
name = "Bookshop"
auth = "client_secret_basic"
secret = "${secret}"
binding = "entry"
scopes = ["openid", "profile", "offline_access"]

[[client]]
id = "by-key"
name = "Garden Centre"
auth = "private_key_jwt"
jwks = { keys = [{ ${jwk} }] }
binding = "entry"
scopes = ["openid"]

[[account]]
username = "${ACCOUNT.username}"
password = "${PASSWORD_HASH}"
sub = "${ACCOUNT.sub}"
name = "Alice Example"

[policy]
request_lifetime_s = 120
interval_s = 1
confirm_code = true
`;
}
