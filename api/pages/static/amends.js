// What the pages do beyond links and forms: the reader's zone, countdowns, and the word that a connection is lost.
"use strict";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const known = document.cookie.match(/(?:^|; )zone=([^;]*)/);
const chosen = document.cookie.includes("zone_chosen=yes"); // in the settings
if (zone && !chosen && (!known || known[1] !== zone)) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// The page's own clock: a claim's time may have been skipped, and the machine's may be wrong.
const ahead = () => Date.parse(document.body.dataset.now) - loaded;
let loaded = Date.now();
function tell() {
  const told = document.querySelector("main [data-now]")?.dataset.now;
  if (told && told !== document.body.dataset.now) [document.body.dataset.now, loaded] = [told, Date.now()];
}
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
function left(until) {
  const seconds = (Date.parse(until) - Date.now() - ahead()) / 1000;
  const sign = Math.sign(seconds) || 1;
  const [unit, length] = [["day", 86400], ["hour", 3600]].find(([, s]) => Math.abs(seconds) >= 3 * s) || ["minute", 60];
  return words.format(sign * Math.max(1, Math.floor(Math.abs(seconds) / length)), unit);
}
function count() {
  for (const found of document.querySelectorAll("[data-until]")) {
    const text = `(${left(found.dataset.until)})`;
    if (found.textContent !== text) found.textContent = text;
  }
}
count();
setInterval(count, 20000);
document.addEventListener("htmx:after:swap", () => { tell(); count(); });

// What came live: a lost connection is said at once, and what was missed comes when it is back.
function connection(lost) {
  const place = document.getElementById("connection");
  if (place) place.hidden = !lost;
  if (!lost) signedIn();
}
function signedIn() {
  document.getElementById("signed-out")?.setAttribute("hidden", "");
}
for (const lost of ["htmx:sse:error", "htmx:sse:close"]) {
  document.addEventListener(lost, (event) => event.detail.status === 401 ? signedOut() : connection(true));
}
document.addEventListener("htmx:sse:after:connection", () => connection(false));
addEventListener("offline", () => connection(true));
addEventListener("online", resume);
let again;
function resume() { // the stream begins anew from where the page was loaded, which brings all that was missed
  const live = document.getElementById("live");
  if (live) htmx.swap({ target: live, text: live.outerHTML, swap: "outerHTML" });
}
function signedOut(wasSending) { // what is being written stays; where nothing is, one signs in at once
  const place = document.getElementById("signed-out");
  if (!place) return location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  place.hidden = false;
  if (wasSending) place.querySelector("a").focus();
}
function lose() {
  connection(true);
  clearTimeout(again);
  again = setTimeout(resume, 3000);
}
// An answer that is no room takes the place of none, lest it takes away what somebody writes in it.
const sourceOf = (event) => event.detail.ctx?.sourceElement;
document.addEventListener("htmx:error", (event) => { if (sourceOf(event)) lose(); });
document.addEventListener("htmx:before:swap", (event) => {
  const { response, hx } = event.detail.ctx ?? {};
  if (!(response?.status >= 400) || (isComposer(event) && hx?.retarget)) return; // it says itself where it belongs
  if (isComposer(event) && [409, 422].includes(response.status)) return; // the room again, with what is wrong
  event.preventDefault();
  if (response.status === 401) signedOut(isComposer(event));
  else if (isComposer(event)) complain(sourceOf(event).dataset.failed);
  else lose();
});
function complain(textContent) {
  const said = Object.assign(document.createElement("p"), { className: "notice bad", textContent });
  document.getElementById("refused").replaceChildren(said);
}

// A list that stays open is looked at anew now and then, and when one comes back to it; never under somebody's hands.
const EVERY = 30000;
const list = () => document.querySelector("[data-fresh]");
const inHand = () => list().contains(document.activeElement) || list().querySelector(".tick :checked");
function refresh() {
  if (!list() || document.hidden || inHand()) return;
  htmx.ajax("GET", list().dataset.fresh, {
    source: list(), target: list(), select: "#list", selectOOB: "#tabs:outerMorph,#turn:outerMorph", swap: "outerMorph",
  });
}
setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
document.addEventListener("htmx:before:swap", (event) => { // it was taken in hand meanwhile
  if (sourceOf(event)?.matches("[data-fresh]") && inHand()) event.preventDefault();
});

// What is called a button is pressed by the space bar, too.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches?.('a[role="button"]')) return;
  event.preventDefault();
  event.target.click();
});

// One press is enough: a form that is on its way is not sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent && !form.hasAttribute("hx-post")) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.getElementById("fault")?.focus();
// A claim that is not there yet is looked for again.
const soon = document.querySelector("[data-again]")?.dataset.again;
if (soon) setTimeout(() => location.replace(soon), 3000);
// What was done is said once, and not again when the page is loaded anew.
else if (new URLSearchParams(location.search).has("done")) history.replaceState(null, "", location.pathname + location.hash);

// A claim that moves on takes no text away: what was begun stands in the new form, too.
let begun = "";
const field = () => document.querySelector(".composer textarea");
const isComposer = (event) => sourceOf(event)?.classList.contains("composer");
document.addEventListener("htmx:before:swap", (event) => { begun = isComposer(event) ? "" : field()?.value ?? ""; });
document.addEventListener("htmx:after:swap", (event) => {
  if (begun && field() && !field().value) field().value = begun;
  if (event.detail.ctx?.response?.status < 400) signedIn();
});
document.addEventListener("click", (event) => {
  const reply = event.target.closest("[data-reply]");
  if (!reply || !field()) return;
  event.preventDefault();
  field().value = reply.dataset.reply;
  field().focus();
});
