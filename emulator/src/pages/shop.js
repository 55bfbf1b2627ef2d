// The shop's checkout: asks its backend to start a login or a payment, shows the code for the
// phone, and waits for the result.

const box = (id) => document.getElementById(id);

const WORDS = {
  pay: {
    kind: "Payment of 42.50 EUR",
    waiting: ["Waiting for your phone", "Open your bank’s app. It shows this payment and asks for the code below."],
    confirmed: ["Thank you, it’s paid", "Your bank confirmed the payment. Order 1001 is on its way."],
    denied: ["Payment denied", "You denied this payment on your phone. Nothing was charged."],
  },
  login: {
    kind: "Log in",
    waiting: ["Waiting for your phone", "Open your bank’s app. It shows this login and asks for the code below."],
    confirmed: ["You are logged in", "Your bank confirmed that it is you."],
    denied: ["Login denied", "You denied this login on your phone."],
  },
  expired: ["Time ran out", "Nobody answered on the phone in time. Nothing was charged."],
  failed: ["That did not work", "The bank did not confirm. Nothing was charged."],
};

let timer = null;

async function call(method, path, body) {
  const init = { method, headers: { accept: "application/json" } };
  if (body) Object.assign(init, { body: JSON.stringify(body), headers: { ...init.headers, "content-type": "application/json" } });
  const answer = await fetch(path, init);
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.detail || json.title || "The shop could not reach the bank. Try again.");
  return json;
}

async function start(kind) {
  const user = box("user").value.trim();
  box("error").textContent = "";
  if (!user) {
    box("error").textContent = "Enter the name you use at your bank.";
    return box("user").focus();
  }
  busy(true);
  try {
    const order = await call("POST", `/api/${kind}`, { user });
    resetOffline(order.id);
    show(kind, "waiting", {});
    showCode(order);
    follow(kind, order);
  } catch (problem) {
    box("error").textContent = problem.message;
  }
  busy(false);
}

function busy(on) {
  for (const id of ["pay", "login"]) box(id).disabled = on;
}

/** Polls the order every second until it is decided. A failed poll is retried. */
function follow(kind, { id, expires_in: lifetime }) {
  const ends = Date.now() + lifetime * 1000;
  const step = async () => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    box("time-left").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    box("meter").style.transform = `scaleX(${left / lifetime})`;
    try {
      const order = await call("GET", `/api/orders/${encodeURIComponent(id)}`);
      if (order.state !== "waiting") return show(kind, order.state, order);
    } catch {
      // The next poll retries.
    }
    timer = setTimeout(step, 1000);
  };
  step();
}

function showCode({ id, code: given, scan }) {
  const code = scan ? "" : String(given ?? "");
  box("scan-code").hidden = !scan;
  if (scan) box("scan-code").src = `/api/orders/${encodeURIComponent(id)}/code.svg`;
  else box("scan-code").removeAttribute("src");
  box("code").hidden = scan === true;
  box("code-label").textContent = scan ? "Scan this code with your phone" : "Type this code on your phone";
  const parts = /^[0-9A-Z]{6}$/i.test(code) ? [code.slice(0, 3), code.slice(3)] : [code];
  box("code").replaceChildren(...parts.map((part) => Object.assign(document.createElement("span"), { textContent: part })));
  box("code").classList.toggle("words", code.length > 8);
  box("code").setAttribute("aria-label", code.length > 8 ? code : [...code].join(" "));
}

function show(kind, state, { detail, claims }) {
  const [title, text] = WORDS[kind][state] ?? WORDS[state] ?? WORDS.failed;
  box("choose").hidden = true;
  box("order").hidden = false;
  box("order").dataset.state = state;
  box("state").dataset.state = state;
  box("kind").textContent = WORDS[kind].kind;
  box("state").textContent = title;
  box("explain").textContent = state === "failed" && detail ? `${text} (${detail})` : text;
  box("code-box").hidden = state !== "waiting";
  box("again").hidden = state === "waiting";
  box("offline").hidden = state !== "waiting";
  box("again").textContent = state === "confirmed" ? "Back to the shop" : "Back to checkout";
  showClaims(state === "confirmed" ? claims : null);
  if (state === "confirmed" && kind === "login") box("who").textContent = `Logged in as ${box("user").value.trim()}`;
  box("state").focus({ preventScroll: true });
  box("order").scrollIntoView({ block: "nearest" });
}

/** The claims that are meaningful to people, in reading order. */
const TOLD = ["sub", "acr", "amr", "auth_time", "iss", "aud"];

function showClaims(claims) {
  box("claims").hidden = !claims;
  const told = TOLD.filter((name) => claims && name in claims);
  const rows = told.map((name) => {
    const value = claims[name];
    const row = document.createElement("div");
    const term = Object.assign(document.createElement("dt"), { textContent: name });
    const words = Array.isArray(value) ? value.join(", ") : typeof value === "object" && value ? JSON.stringify(value) : String(value);
    const text = name === "auth_time" && Number.isFinite(value) ? new Date(value * 1000).toLocaleString("en-GB") : words;
    row.append(term, Object.assign(document.createElement("dd"), { textContent: text }));
    return row;
  });
  box("claim-list").replaceChildren(...rows);
}

/** The order whose request is shown to a phone without network, and the selected phone. */
const offline = { id: null, requests: [], at: 0 };

async function showRequest() {
  if (!box("offline").open || offline.requests.length > 0) return;
  try {
    offline.requests = (await call("GET", `/api/orders/${encodeURIComponent(offline.id)}/offline`)).requests;
    offline.at = 0;
    drawRequest();
  } catch (problem) {
    box("answer-error").textContent = problem.message;
  }
}

function drawRequest() {
  const { id, requests, at } = offline;
  box("offline-code").src = `/api/orders/${encodeURIComponent(id)}/offline/${at}`;
  box("offline-text").value = requests[at];
  box("offline-next").hidden = box("offline-which").hidden = requests.length < 2;
  box("offline-which").textContent = `Code ${at + 1} of ${requests.length}, one for each of your phones`;
}

async function bring() {
  box("answer-error").textContent = "";
  try {
    const { outcome } = await call("POST", `/api/orders/${encodeURIComponent(offline.id)}/answer`, { answer: box("answer").value });
    box("answer-error").textContent = outcome === "accepted" ? "" : `The bank did not take this answer (${outcome}).`;
  } catch (problem) {
    box("answer-error").textContent = problem.message;
  }
}

function resetOffline(id) {
  Object.assign(offline, { id, requests: [], at: 0 });
  box("offline").open = false;
  box("offline-code").removeAttribute("src");
  for (const name of ["offline-text", "answer"]) box(name).value = "";
  box("answer-error").textContent = "";
}

function again() {
  clearTimeout(timer);
  box("order").hidden = true;
  box("choose").hidden = false;
  box("pay").focus();
}

box("pay").addEventListener("click", () => start("pay"));
box("login").addEventListener("click", () => start("login"));
box("again").addEventListener("click", again);
box("offline").addEventListener("toggle", showRequest);
box("offline-next").addEventListener("click", () => {
  offline.at = (offline.at + 1) % offline.requests.length;
  drawRequest();
});
box("bring").addEventListener("click", bring);
