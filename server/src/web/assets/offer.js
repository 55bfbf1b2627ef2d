// The page that adds a phone: counts down, asks how far the phone has come, and opens the field for its code.
"use strict";

const offer = document.getElementById("offer");
const page = offer.dataset.page;
const status = document.getElementById("status");
const end = performance.now() + Number(offer.dataset.seconds) * 1000;

const clock = setInterval(() => {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const rest = String(left % 60).padStart(2, "0");
  document.getElementById("left").textContent = `${Math.floor(left / 60)}:${rest}`;
}, 250);

document.getElementById("copy").addEventListener("click", async () => {
  const field = document.getElementById("offer-text");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    status.textContent = "The link is copied.";
  } catch {
    status.textContent = "Copy the selected link.";
  }
});

function askForCode(device) {
  clearInterval(clock);
  document.getElementById("scan").hidden = true;
  document.getElementById("type").hidden = false;
  offer.classList.add("narrow");
  // As text: the phone wrote this.
  document.getElementById("device").textContent = device;
  status.textContent = "Your phone is connected. Type the code that it shows.";
  document.getElementById("confirm-code").focus();
}

let asked = false;
async function look() {
  let next = 1000;
  try {
    const answer = await fetch(`${page}/state`, { headers: { accept: "application/json" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { state, device } = await answer.json();
    if (state === "awaiting_code" && !asked) {
      asked = true;
      askForCode(device);
    } else if (state === "active" || state === "expired" || state === "failed") {
      location.reload();
      return;
    }
  } catch {
    // Signed out, or the server is away: a reload shows which, so keep trying, less often.
    next = 5000;
  }
  setTimeout(look, next);
}
look();
