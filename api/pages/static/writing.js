// Large photos are made smaller before they go over a slow network, and shown; what is too much even so is said before
// anything is sent; a text says how much room it has left.
"use strict";
const LONGEST = 2048, FINE = 700000, QUALITY = 0.85; // pixels of a side; bytes that are left alone

async function smaller(file) {
  if (!file.type.startsWith("image/") || file.type === "image/gif" || file.size < FINE) return file;
  try {
    const seen = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(seen.width, seen.height));
    const canvas = drawn(seen, Math.round(seen.width * scale), Math.round(seen.height * scale));
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: made.type }) : file;
  } catch {
    return file; // the browser cannot read it; the server may
  }
}

function drawn(seen, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(seen, 0, 0, width, height);
  return canvas;
}

async function thumb(file) {
  const item = document.createElement("li");
  try {
    const seen = await createImageBitmap(file);
    const scale = Math.max(192 / seen.width, 192 / seen.height);
    const canvas = drawn(seen, Math.round(seen.width * scale), Math.round(seen.height * scale));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", file.name);
    item.append(canvas);
  } catch {
    item.append(Object.assign(document.createElement("span"), { className: "paper", textContent: file.name }));
  }
  return item;
}

function weigh(input) {
  const { most, bytes, says } = input.dataset;
  const tooMuch = input.files.length > Number(most) || [...input.files].some((file) => file.size > Number(bytes));
  input.setCustomValidity(tooMuch ? says : "");
  if (tooMuch) input.reportValidity();
}

// Of the document: a composer is made anew when its message is sent.
document.addEventListener("change", async ({ target }) => {
  if (!target.matches("input[type=file][data-most]")) return;
  const chosen = new DataTransfer();
  for (const file of target.files) chosen.items.add(await smaller(file));
  target.files = chosen.files;
  weigh(target);
  const list = document.querySelector("[data-thumbs]");
  list?.replaceChildren(...(await Promise.all([...chosen.files].map(thumb))));
});

for (const place of document.querySelectorAll("[data-counts]")) {
  const text = document.getElementById(place.dataset.counts);
  const said = place.textContent, numbers = new Intl.NumberFormat(document.documentElement.lang);
  const count = () => {
    place.textContent = text.value ? `${numbers.format(text.value.length)} / ${numbers.format(Number(place.dataset.most))}` : said;
  };
  text.addEventListener("input", count);
  count();
}
