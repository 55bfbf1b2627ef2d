// A user with an account and a phone: signs in on the server's pages, enrols the phone, decides
// requests.

/** The limit for the delivery of a request, in milliseconds. */
const ARRIVAL_MS = 10_000;

/** The server's pages without a browser: keeps cookies and fills in forms. */
export class SignedIn {
  #base;
  #cookies = new Map();

  constructor(base) {
    this.#base = base;
  }

  /** Signs in with user name and password. */
  async signIn(username, password) {
    const page = await this.#get('/sign-in');
    await this.#post('/sign-in', { csrf: csrfOf(page), username, password });
  }

  /** Creates an offer. Returns the path of its page and the link in its QR code. */
  async offerPhone() {
    const phones = await this.#get('/phones');
    const path = await this.#post('/phones/offer', { csrf: csrfOf(phones) });
    const page = await this.#get(path);
    return { path, link: offerLinkOf(page), csrf: csrfOf(page) };
  }

  /** Submits the six digits that the phone shows. */
  async confirmPhone(offer, code) {
    await this.#post(`${offer.path}/confirm`, { csrf: offer.csrf, code });
  }

  async #get(path) {
    const response = await fetch(this.#base + path, { headers: this.#headers(), redirect: 'manual' });
    this.#keepCookies(response);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status}`);
    return response.text();
  }

  /** Submits a form and returns the path of the redirect. */
  async #post(path, fields) {
    const response = await fetch(this.#base + path, {
      method: 'POST',
      headers: { ...this.#headers(), origin: this.#base },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
    this.#keepCookies(response);
    if (response.status !== 303) throw new Error(`POST ${path}: ${response.status} instead of a redirect`);
    return new URL(response.headers.get('location'), this.#base).pathname;
  }

  #headers() {
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  #keepCookies(response) {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      this.#cookies.set(name, value);
    }
  }
}

function csrfOf(page) {
  const field = /<input[^>]*name="csrf"[^>]*>/.exec(page)?.[0] ?? '';
  const value = /value="([^"]*)"/.exec(field)?.[1];
  if (!value) throw new Error('the page has no hidden field `csrf`');
  return value;
}

function offerLinkOf(page) {
  const element = /<[^>]*id="offer-link"[^>]*>/.exec(page)?.[0] ?? '';
  const link = /href="([^"]*)"/.exec(element)?.[1];
  if (!link) throw new Error('the page has no link `#offer-link`');
  return link.replaceAll('&amp;', '&').replaceAll('&#38;', '&').replaceAll('&#x3D;', '=').replaceAll('&#61;', '=');
}

/** A virtual phone, controlled through its automation API. */
export class Phone {
  #base;
  #seen = new Set();

  constructor(base) {
    this.#base = base;
  }

  /** Enrols with the link of an offer and returns the new enrolment. */
  enrol(link) {
    return this.#post('/api/enrol', { offer: link });
  }

  state() {
    return this.#get('/api/state');
  }

  /** Waits for a new request on this phone and returns the content of its screen. */
  async nextRequest() {
    const end = Date.now() + ARRIVAL_MS;
    while (Date.now() < end) {
      const { requests } = await this.state();
      const fresh = requests.find(({ id, state }) => state === 'pending' && !this.#seen.has(id));
      if (fresh) {
        this.#seen.add(fresh.id);
        return this.#get(`/api/requests/${encodeURIComponent(fresh.id)}?locale=en`);
      }
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`no request reached the phone within ${ARRIVAL_MS} ms`);
  }

  approve(request, value) {
    return this.#post(`/api/requests/${encodeURIComponent(request.id)}/approve`, { value, locale: 'en' });
  }

  deny(request, reason) {
    return this.#post(`/api/requests/${encodeURIComponent(request.id)}/deny`, { reason });
  }

  async #get(path) {
    return answerOf(path, await fetch(this.#base + path));
  }

  async #post(path, body) {
    const headers = { 'content-type': 'application/json' };
    return answerOf(path, await fetch(this.#base + path, { method: 'POST', headers, body: JSON.stringify(body) }));
  }
}

async function answerOf(path, response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`phone ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
