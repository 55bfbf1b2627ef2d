// Harmless and hostile test requests.

const LABELS = {
  en: { client: "Asked by", amount: "Amount", payee: "To", account: "Account", reference: "Reference", scope: "Purpose", message: "Message", place: "Place", began: "Started", expiry: "Valid until", binding: "Code" },
  de: { client: "Anfrage von", amount: "Betrag", payee: "An", account: "Konto", reference: "Verwendungszweck", scope: "Zweck", message: "Mitteilung", place: "Ort", began: "Begonnen", expiry: "Gültig bis", binding: "Code" },
  fr: { client: "Demandé par", amount: "Montant", payee: "À", account: "Compte", reference: "Référence", scope: "Objet", message: "Message", place: "Lieu", began: "Début", expiry: "Valable jusqu’à", binding: "Code" },
  es: { client: "Solicitado por", amount: "Importe", payee: "Para", account: "Cuenta", reference: "Concepto", scope: "Motivo", message: "Mensaje", place: "Lugar", began: "Inicio", expiry: "Válida hasta", binding: "Código" },
  ja: { client: "要求元", amount: "金額", payee: "支払先", account: "口座", reference: "摘要", scope: "目的", message: "メッセージ", place: "場所", began: "開始", expiry: "有効期限", binding: "コード" },
};

export const now = () => Math.floor(Date.now() / 1000);

const time = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.\d+/, "");

const WHAT_TO_DO = {
  entry: ({ length }) => `Type the ${length} digits that the other screen shows`,
  choice: ({ options }) => `Choose what the other screen shows: ${options.join(" / ")}`,
  scan: () => "Scan the code that the other screen shows",
  display: () => "Approve only if the other screen shows the same message",
};

/** The values of a payment's fields by role; `null` removes a field. */
export const PAYMENT = { client: "ACME", amount: "42.50 EUR", payee: "ACME", account: "DE02 1001 0010 9307 1186 03", reference: "Order 1001", place: "Berlin, Germany" };
export const LOGIN = { client: "ACME", scope: "Log in", place: "Berlin, Germany" };
export const HOSTILE = {
  client: "<img src=x onerror=alert(1)>",
  amount: "99999999999999999999999999.99 EUR",
  payee: "\u202Eemca \u2066gpj.exe " + "Gesellschaftsbeteiligungsverwaltungsunternehmen".repeat(6),
  account: "<script>alert(2)</script>",
  reference: "Z\u0300\u0301\u0302\u0303\u0304\u0305a\u0306\u0307\u0308\u0309\u030Al\u030B\u030C\u030Dg\u030E\u030Fo 👩‍👩‍👧‍👦🏴‍☠️",
  message: "株式会社アクメ商事ドットコム".repeat(12) + " مرحبا بالعالم",
  place: "javascript:alert(3)",
};

/** Returns a request of the mock: its record in the list and its details. */
export function request(id, values, { binding = { mode: "entry", length: 6, charset: "digits" }, lifetime = 290, notApprovable = null, ...record } = {}) {
  const received = now() - 10;
  return {
    record: { id, enrolment: "en-1", state: "pending", client: values.client, received_at: received, expires_at: now() + lifetime, outcome: null, decision: null, ...record },
    binding,
    notApprovable,
    values: { ...values, began: received },
  };
}

/** Returns the details of a request in one language, as `GET /api/requests/{id}` does. */
export function details({ record, binding, notApprovable, values }, locale) {
  const labels = LABELS[locale] ?? LABELS.en;
  const field = (role, value) => ({ id: role, label_key: `field.${role}`, label: labels[role], value, role, direction: "auto", emphasis: role === "amount" ? "strong" : "normal" });
  const { began, ...plain } = values;
  const fields = Object.entries(plain).filter(([, value]) => value !== null).map(([role, value]) => field(role, value));
  if (binding.message) fields.push(field("message", binding.message));
  if (binding.mode !== "none") fields.push(field("binding", WHAT_TO_DO[binding.mode](binding)));
  fields.push(field("began", time(began)), field("expiry", time(record.expires_at)));
  return { id: record.id, state: record.state, approvable: notApprovable === null, not_approvable: notApprovable, binding, fields, expires_at: record.expires_at, display_hash: "bW9jaw" };
}

export function enrolment(changes = {}) {
  return { id: "en-1", issuer: "https://id.lindenbank.example", issuer_name: "Lindenbank", account: "Alice · current account", state: "active", confirm_code: null, protection: "software", ...changes };
}
