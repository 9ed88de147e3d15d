// The history as lines: what stands in the table of days, drawn once somebody comes near it. Dashes tell the lines
// apart, not colour alone.
"use strict";
const place = document.getElementById("chart");
const table = document.getElementById("days");
const tongue = document.documentElement.lang;
const rows = [...table.tBodies[0].rows].reverse();
const names = [...table.tHead.rows[0].querySelectorAll("[data-line]")].map((cell) => cell.textContent);
const data = [rows.map((row) => Date.parse(row.dataset.day) / 1000)];
names.forEach((_, n) => data.push(rows.map((row) => Number(row.querySelectorAll("[data-value]")[n].dataset.value))));

const dates = new Intl.DateTimeFormat(tongue, { day: "numeric", month: "short", timeZone: "UTC" });
const share = new Intl.NumberFormat(tongue, { style: "percent", maximumFractionDigits: 2 });
const DASHES = [[], [8, 4], [2, 3]];
let drawn;
function draw() {
  const look = getComputedStyle(place);
  const colour = (name) => look.getPropertyValue(name).trim();
  const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  drawn?.destroy();
  drawn = new uPlot(
    {
      width: place.clientWidth,
      height: 260,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { markers: { width: 2, dash: (_, n) => ["solid", "solid", "dashed", "dotted"][n] } },
      scales: { y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] } },
      axes: [
        { ...axis, space: 70, values: (_, at) => at.map((s) => dates.format(s * 1000)), incrs: [86400, 7 * 86400, 14 * 86400] },
        { ...axis, size: 64, values: (_, at) => at.map((rate) => share.format(rate / 100)) },
      ],
      series: [
        { label: table.tHead.rows[0].cells[0].textContent, value: (_, s) => (s == null ? "" : dates.format(s * 1000)) },
        ...names.map((label, n) => ({
          label,
          stroke: colour(`--line-${n + 1}`),
          width: 2,
          dash: DASHES[n],
          points: { show: rows.length < 15, size: 6 },
          value: (_, rate) => (rate == null ? "" : share.format(rate / 100)),
        })),
      ],
    },
    data,
    place,
  );
}
function begin() {
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => drawn.width !== place.clientWidth && drawn.setSize({ width: place.clientWidth, height: 260 })).observe(place);
}

place.hidden = false;
new IntersectionObserver(([seen], watching) => {
  if (!seen.isIntersecting) return;
  watching.disconnect();
  document.head.append(Object.assign(document.createElement("script"), { src: place.dataset.drawnBy, onload: begin }));
}, { rootMargin: "300px" }).observe(place);
