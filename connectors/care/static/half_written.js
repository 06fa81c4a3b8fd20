// What is half written is never lost: it survives a look at another conversation, in this tab only, and every redraw
// of a part of the page, with what was unfolded, open or under the cursor.

const FIELDS = "input:not([type=hidden], [type=submit]), textarea, select";
// Of what is sent along unseen, these are other ones each time and tell no form from another.
const PASSING = ["answer_id", "csrf", "text"];

// --- In this tab: fields with data-keep, by conversation and member.

const stored = (field) => `care-${field.dataset.keep}`;

function keep(field) {
  if (field.value) sessionStorage.setItem(stored(field), field.value);
  else sessionStorage.removeItem(stored(field));
}

function restoreKept() {
  for (const field of document.querySelectorAll("[data-keep]")) {
    if (!field.value) field.value = sessionStorage.getItem(stored(field)) ?? "";
  }
}

document.addEventListener("input", (event) => {
  if (event.target.dataset?.keep) keep(event.target);
});

// Whoever goes home leaves nothing behind in the browser.
document.addEventListener("submit", (event) => {
  if (event.target.action.endsWith("/care/logout")) sessionStorage.clear();
});

// --- Over a redraw: every field that was changed, known again by its form (which names conversation and question).

function nameOf(field) {
  const form = field.closest("form");
  if (!form?.hasAttribute("hx-post")) return null;
  const unseen = [...form.querySelectorAll("input[type=hidden]")].filter((one) => !PASSING.includes(one.name));
  const twins = [...form.querySelectorAll(FIELDS)].filter((one) => one.name === field.name);
  return [form.getAttribute("hx-post"), ...unseen.map((one) => one.value), field.name, twins.indexOf(field)].join("\n");
}

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (!field.options) return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
}

function valueOf(field) {
  if (field.type === "file") return field.files;
  if (field.type === "checkbox" || field.type === "radio") return field.checked;
  return field.value;
}

function write(field, value) {
  if (field.type === "file") field.files = value;
  else if (field.type === "checkbox" || field.type === "radio") field.checked = value;
  else if (!field.options || [...field.options].some((one) => one.value === value && !one.disabled)) field.value = value;
}

function cursorOf(field) {
  try {
    return [field.selectionStart, field.selectionEnd];
  } catch {
    return null;
  }
}

const conversation = () => document.querySelector("#work")?.dataset.handover;
// What was in a form when it was sent; what is typed while it is on its way stays.
const sent = new WeakMap();
let remembered = null;
// The cursor goes back only where it was a moment ago.
const SOON = 2000;

function stillToSend(field) {
  const before = sent.get(field.form)?.get(field);
  if (before === undefined || field.tagName !== "TEXTAREA" || field.value === before) return "";
  return field.value.startsWith(before) ? field.value.slice(before.length).trimStart() : field.value;
}

function remember(root, done) {
  if (remembered === null || remembered.conversation !== conversation()) {
    remembered = {conversation: conversation(), fields: new Map(), unfolded: new Set()};
  }
  for (const field of root.querySelectorAll(FIELDS)) {
    const name = nameOf(field);
    if (name === null || !isChanged(field)) continue;
    const value = field.form === done ? stillToSend(field) : valueOf(field);
    if (value !== "") remembered.fields.set(name, value);
  }
  for (const fold of root.querySelectorAll("details[id][open]")) {
    if (!fold.contains(done)) remembered.unfolded.add(fold.id);
  }
  remembered.shown = root.querySelector("[data-shows][aria-pressed=true]")?.dataset.shows;
  remembered.dialog = root.querySelector("dialog[open]:modal")?.id;
  const under = document.activeElement;
  if (!root.contains(under) || !under.matches(FIELDS)) return;
  remembered.focused = nameOf(under);
  remembered.cursor = cursorOf(under);
  remembered.until = Date.now() + SOON;
}

// What is not there yet (the panel is fetched behind the conversation) is put back as soon as it is.
function restore() {
  if (remembered === null || remembered.conversation !== conversation()) return;
  const {fields, unfolded, shown, dialog, focused, cursor, until} = remembered;
  for (const id of unfolded) {
    const found = document.getElementById(id);
    if (!found) continue;
    found.open = true;
    unfolded.delete(id);
  }
  const tab = shown && document.querySelector(`[data-shows="${shown}"][aria-pressed=false]`);
  if (tab) tab.click();
  const again = dialog && document.getElementById(dialog);
  if (again && !again.open) again.showModal();
  remembered.shown = remembered.dialog = null;
  for (const field of document.querySelectorAll(FIELDS)) {
    const name = nameOf(field);
    if (name === null) continue;
    if (fields.has(name)) {
      if (!isChanged(field)) write(field, fields.get(name));
      if (field.dataset.keep) keep(field);
      fields.delete(name);
    }
    if (name !== focused || Date.now() > until) continue;
    remembered.focused = null;
    if (document.activeElement === field) continue;
    field.focus();
    if (cursor && cursor[0] !== null) field.setSelectionRange(...cursor);
  }
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (form.tagName !== "FORM") return;
  sent.set(form, new Map([...form.querySelectorAll("textarea")].map((field) => [field, field.value])));
});

// A redraw may have taken the place where an answer was to stand: what it did is looked up anew, and what was sent
// with it is no longer half written.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const {xhr, target, elt} = event.detail;
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState !== XMLHttpRequest.DONE || target.isConnected) return;
    if (elt.tagName === "FORM" && xhr.status >= 200 && xhr.status < 400) forgetSent(elt);
    setTimeout(() => document.body.dispatchEvent(new CustomEvent("care:state")));
  });
});

function forgetSent(form) {
  for (const [old, before] of sent.get(form) ?? []) {
    for (const field of document.querySelectorAll("textarea")) {
      if (nameOf(field) !== nameOf(old) || !before || !field.value.startsWith(before)) continue;
      field.value = field.value.slice(before.length).trimStart();
      if (field.dataset.keep) keep(field);
    }
  }
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const {xhr, requestConfig, target} = event.detail;
  const asked = requestConfig?.elt;
  if (!asked || xhr.status >= 400) return;
  const done = requestConfig.verb === "post" && asked.tagName === "FORM" ? asked : null;
  remember(target, done);
  // Sent: it stands in the transcript now.
  for (const field of done?.querySelectorAll("[data-keep]") ?? []) sessionStorage.removeItem(stored(field));
});

document.body.addEventListener("htmx:afterSwap", () => {
  restoreKept();
  restore();
});

restoreKept();
