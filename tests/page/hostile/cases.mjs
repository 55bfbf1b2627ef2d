// The requests. The first one is harmless, and the others are compared with it. `shows` lists the
// expected field values; `order` lists fields that must appear below one another; `refused` is the
// code if nothing can be approved; `samePlace` requires the amount at the same position as in the
// harmless request.

const IBAN = "DE02100100109307118603";

const payment = (members = {}) => ({
  type: "payment_initiation",
  instructedAmount: { currency: "EUR", amount: "1234.50" },
  creditorName: "ACME",
  creditorAccount: { iban: IBAN },
  remittanceInformationUnstructured: "Order 1001",
  ...members,
});

let count = 0;

/** Creates a request of its own client, so that no limit per client is reached. */
function known(name, { client = "ACME Shop", details, message, binding, scope, ...expected }) {
  count += 1;
  const question = { client: { id: `client-${count}`, name: client } };
  if (details) question.details = details;
  if (scope) question.scope = scope;
  if (message) Object.assign(question, { message, binding: { mode: "display" } });
  if (binding) question.binding = binding;
  return { name, ask: question, shows: {}, ...expected };
}

const entry = (payee, amount = "1.00") => ({ instructedAmount: { currency: "EUR", amount }, creditorName: payee });

export const CASES = [
  known("00-harmless", { details: [payment()], shows: { amount: "1,234.50 EUR", payee: "ACME", account: "DE02 1001 0010 9307 1186 03" } }),
  known("01-payee-override", { details: [payment({ creditorName: "ACME\u202EKNAB" })], shows: { payee: "ACME⟨U+202E⟩KNAB", amount: "1,234.50 EUR" }, refused: "unsafe_text", samePlace: false }),
  known("02-payee-arabic", { details: [payment({ creditorName: "شركة الاتصالات 2024" })], shows: { payee: "شركة الاتصالات 2024", amount: "1,234.50 EUR" }, samePlace: true }),
  known("03-payee-hebrew-reference-numbers", {
    details: [payment({ creditorName: "בנק לאומי לישראל", remittanceInformationUnstructured: "תשלום 99.99 EUR INV-77" })],
    shows: { payee: "בנק לאומי לישראל", reference: "תשלום 99.99 EUR INV-77", amount: "1,234.50 EUR" },
    samePlace: true,
  }),
  known("04-payee-invisible", { details: [payment({ creditorName: "AC\u200B\u2060ME\u{E0041}" })], shows: { payee: "AC⟨U+200B⟩⟨U+2060⟩ME⟨U+E0041⟩" }, refused: "unsafe_text" }),
  known("05-payee-cyrillic", { details: [payment({ creditorName: "АСМЕ" })], shows: { payee: "АСМЕ" }, refused: "unsafe_text" }),
  known("06-payee-70-wide", { details: [payment({ creditorName: "W".repeat(70) })], shows: { payee: "W".repeat(70) }, samePlace: true }),
  known("07-reference-zalgo", {
    details: [payment({ remittanceInformationUnstructured: "Z\u0310\u0311\u0312\u0313\u0314\u0315\u0316\u0317a\u0300\u0301\u0302\u0303\u0304\u0305lgo" })],
    shows: { reference: "Z\u0316\u0317\u0310\u0311⟨U+0312⟩⟨U+0313⟩⟨U+0314⟩⟨U+0315⟩\u00E0\u0301\u0302\u0303\u0304⟨U+0305⟩lgo" },
    samePlace: true,
  }),
  known("08-reference-fake-fields", {
    details: [payment({ remittanceInformationUnstructured: "7\n\n\nAmount: 1.00 EUR\nPayee: Savings account\t\t\tApproved by your bank ✅" })],
    shows: { reference: "7 Amount: 1.00 EUR Payee: Savings account Approved by your bank ✅" },
    samePlace: true,
  }),
  known("09-reference-isolates", {
    details: [payment({ remittanceInformationUnstructured: "\u2067ref\u2069 \u202E00.1 RUE\u202C\u2066" })],
    shows: { reference: "⟨U+2067⟩ref⟨U+2069⟩ ⟨U+202E⟩00.1 RUE⟨U+202C⟩⟨U+2066⟩", amount: "1,234.50 EUR" },
    samePlace: true,
  }),
  known("10-client-markup", { client: "<img src=x onerror=alert(1)>", details: [payment()], shows: { client: "<img src=x onerror=alert(1)>" } }),
  known("11-client-mathematical", { client: "𝐁𝐚𝐧𝐤 ＡＣ", scope: "openid", shows: { client: "⟨U+1D401⟩⟨U+1D41A⟩⟨U+1D427⟩⟨U+1D424⟩ ⟨U+FF21⟩⟨U+FF23⟩" }, refused: "unsafe_text" }),
  known("12-message-emoji-cjk", { message: "1234 👍🏿 品川 👨‍👩‍👧‍👦 🇩🇪", scope: "openid", shows: { message: "1234 👍🏿 品川 👨‍👩‍👧‍👦 🇩🇪" } }),
  known("13-message-200-without-a-space", { message: "Donaudampfschifffahrtsgesellschaft".repeat(6).slice(0, 200), scope: "openid", shows: { message: "Donaudampfschifffahrtsgesellschaft".repeat(6).slice(0, 200) } }),
  known("14-reference-too-long", {
    details: [payment({ remittanceInformationUnstructured: "👍🏿".repeat(201) })],
    shows: { reference: `${"👍🏿".repeat(200)}…` },
    refused: "unsafe_text",
  }),
  known("15-message-terminal-codes", { message: "\u001B[31mred\u001B[0m \u0000 a\u0008b", scope: "openid", shows: { message: "⟨U+001B⟩[31mred⟨U+001B⟩[0m ⟨U+0000⟩ a⟨U+0008⟩b" } }),
  known("16-choices", { binding: { mode: "choice", value: "4711" }, scope: "openid offline_access read:everything write:everything", shows: { scope: "Sign in, Access while you are away, read:everything, write:everything" } }),
  known("17-batch-one-hostile-payee", {
    details: [{ type: "payment_initiation", payments: [entry("ACME", "10.00"), entry("Ada\u200Fson", "2.50"), entry("بنك الأردن", "7.25")] }],
    shows: { count: "3", "total.1.1": "19.75 EUR", "payee.1.2": "Ada⟨U+200F⟩son", "payee.1.3": "بنك الأردن" },
    order: ["count", "total.1.1", "amount.1.1", "payee.1.1", "amount.1.2", "payee.1.2", "amount.1.3", "payee.1.3", "expiry"],
    refused: "unsafe_text",
  }),
  known("18-batch-of-20", {
    details: [{ type: "payment_initiation", payments: Array.from({ length: 20 }, (_, at) => entry(at % 2 ? "חברה 5" : `Payee ${at + 1}`, `${at + 1}.00`)) }],
    shows: { count: "20", "total.1.1": "210.00 EUR", "amount.1.20": "20.00 EUR", "payee.1.2": "חברה 5" },
  }),
  known("19-standing-order", {
    details: [payment({ creditorName: "ООО «Ромашка»", startDate: "2027-01-31", frequency: "MonthlyVariable", monthsOfExecution: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"], dayOfExecution: "31", executionRule: "preceding" })],
    shows: { payee: "ООО «Ромашка»", frequency: "Every year, in some months", start: "31 January 2027", end: "No end: until you cancel it", day: "Last day of the month" },
    samePlace: true,
  }),
  known("20-unknown-type", { details: [{ type: "transfer\u202Eeverything", amount: "1" }], shows: { detail: "transfer⟨U+202E⟩everything" }, refused: "unknown_detail" }),
];
