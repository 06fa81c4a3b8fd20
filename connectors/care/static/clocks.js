// Times that go on by themselves: how long somebody has waited, how long may still be written.

const language = document.documentElement.lang;
const minutes = new Intl.NumberFormat(language, {style: "unit", unit: "minute", unitDisplay: "short"});
const hours = new Intl.NumberFormat(language, {style: "unit", unit: "hour", unitDisplay: "short"});
const days = new Intl.NumberFormat(language, {style: "unit", unit: "day", unitDisplay: "short"});

function span(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 60000));
  if (whole < 60) return minutes.format(whole);
  if (whole < 24 * 60) {
    const rest = whole % 60;
    return hours.format(Math.floor(whole / 60)) + (rest ? ` ${minutes.format(rest)}` : "");
  }
  return days.format(Math.floor(whole / 1440));
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function tick(root = document) {
  for (const element of root.querySelectorAll("[data-since]")) {
    write(element, span(Date.now() - Date.parse(element.dataset.since)));
  }
  for (const element of root.querySelectorAll("[data-until]")) {
    write(element, element.dataset.words.replace("%", span(Date.parse(element.dataset.until) - Date.now())));
  }
}

tick();
setInterval(tick, 10000);
document.body.addEventListener("htmx:afterSettle", () => tick());
