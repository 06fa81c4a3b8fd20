// The desk by keyboard: one letter an action, while nothing is being typed; and dialogs.

const $ = (selector, root = document) => root.querySelector(selector);

function typing(target) {
  return target.matches("input, textarea, select, [contenteditable]");
}

function press(key) {
  const button = [...document.querySelectorAll(`[data-key="${key}"]`)].find((one) => one.offsetParent !== null);
  if (button) button.click();
  return Boolean(button);
}

function move(step) {
  const rows = [...document.querySelectorAll(".queue .row")];
  if (!rows.length) return;
  const here = rows.indexOf(document.activeElement);
  const current = here >= 0 ? here : rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, current + step))];
  next.focus();
}

function show(formId) {
  for (const button of document.querySelectorAll("[data-shows]")) {
    const on = button.dataset.shows === formId;
    button.setAttribute("aria-pressed", String(on));
    const form = document.getElementById(button.dataset.shows);
    if (form) form.hidden = !on;
  }
  const form = document.getElementById(formId);
  if (!form) return false;
  form.hidden = false;
  $("textarea", form).focus();
  return true;
}

function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

const ACTIONS = {
  n: () => press("n"),
  t: () => press("t"),
  f: () => press("f"),
  b: () => press("b"),
  e: () => press("e"),
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  r: () => show("answer-form"),
  i: () => show("note-form"),
  p: () => $("#panel")?.focus(),
  "?": () => open("keys"),
  "/": () => {
    if (!show("answer-form")) return;
    const field = $("#answer");
    if (field.value === "") field.value = "/";
    field.dispatchEvent(new Event("input", {bubbles: true}));
  },
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const inDialog = event.target.closest?.("dialog[open]");
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest?.("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === "Escape" && !inDialog) event.target.blur();
    return;
  }
  if (inDialog) return;
  // The transcript and the panel scroll with the arrows while they have the focus.
  if (event.key.startsWith("Arrow") && event.target.closest("#talk, #panel")) return;
  const action = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-opens], [data-closes], [data-shows], [data-empties]");
  if (!target) return;
  if (target.dataset.opens) open(target.dataset.opens);
  else if (target.dataset.shows) show(target.dataset.shows);
  else if (target.dataset.empties) document.getElementById(target.dataset.empties).replaceChildren();
  else target.closest("dialog")?.close();
});

// The newest line is in sight, unless somebody reads further up.
let atEnd = true;
const talk = () => $("#talk");

function toEnd() {
  const found = talk();
  if (found) found.scrollTop = found.scrollHeight;
}

// Also when a fold below is opened, a warning comes or the window is made smaller.
const shrinking = new ResizeObserver(() => atEnd && toEnd());

function watchTalk() {
  shrinking.disconnect();
  if (talk()) shrinking.observe(talk());
}

document.addEventListener("scroll", (event) => {
  if (event.target.id !== "talk") return;
  const box = event.target;
  atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
}, true);

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const {xhr, requestConfig} = event.detail;
  const form = requestConfig?.elt;
  if (!form || xhr.status >= 400) return;
  if (asked(form, requestConfig.verb)) $("#notice").replaceChildren();
});

// Somebody did something; what the page fetches by itself, and the sign of typing, leave the last word standing.
function asked(element, verb) {
  return verb === "get" ? element.matches(".row") : !element.matches("textarea");
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  if (target.id === "work" || event.detail.elt?.id === "work") {
    atEnd = true;
    mark();
    watchTalk();
  }
  if (atEnd) toEnd();
  if (target.id === "work" && !typing(document.activeElement)) $("#answer")?.focus();
});

document.body.addEventListener("htmx:sendError", (event) => {
  // What was written stays in its field; the page says that it went nowhere.
  if (event.detail.requestConfig?.verb === "post") $("#notice").textContent = $("#desk").dataset.lost;
});

// The queue shows which conversation is open.
function mark() {
  const here = location.pathname;
  for (const row of document.querySelectorAll(".queue .row")) {
    if (row.getAttribute("href") === here) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

document.body.addEventListener("htmx:pushedIntoHistory", mark);
toEnd();
watchTalk();
