// One message as elements: text, buttons, cards, links, files. Decides nothing about sending.

import { el, icon, linked, unbroken } from "./dom.js";

/**
 * @param message  a Message of the channel
 * @param t        the widget's words: t(key, values)
 * @param press    called with ({title, token}, group) when a button is pressed
 */
export function viewMessage(message, t, press) {
  const parts = [];
  if (message.text) parts.push(el("p", { class: "text", dir: "auto" }, ...linked(message.text)));
  if (message.files?.length) parts.push(viewFiles(message.files));
  if (message.cards?.length) parts.push(el("ul", { class: "cards" }, ...message.cards.map((card) => viewCard(card, t, press))));
  if (message.link) parts.push(viewLink(message.link, t, true));
  if (message.buttons?.length) parts.push(viewButtons(message.buttons, press));
  const author = { customer: "you", agent: "agent", system: "system" }[message.author] || "bot";
  return el(
    "div",
    { class: `message ${message.author}`, lang: message.language, "data-id": message.id },
    el("span", { class: "hidden", lang: t.language }, `${t(author)}: `),
    el("div", { class: "bubble" }, ...parts),
    viewTime(message),
  );
}

/** A message on its way: shown at once, replaced when the server has it. */
export function viewPending(id, text, t) {
  const note = el("span", { class: "note" }, t("sending"));
  const element = el(
    "div",
    { class: "message customer pending", "data-pending": id },
    el("span", { class: "hidden" }, `${t("you")}: `),
    el("div", { class: "bubble" }, el("p", { class: "text", dir: "auto" }, ...unbroken(text))),
    note,
  );
  element.say = (words) => (note.textContent = words);
  return element;
}

function viewTime(message) {
  const at = new Date(message.at);
  const today = at.toDateString() === new Date().toDateString();
  const options = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return el("time", { datetime: message.at }, at.toLocaleString(message.language, options));
}

function viewCard(card, t, press) {
  return el(
    "li",
    { class: "card" },
    card.picture && viewPicture(card.picture),
    el("p", { class: "card-title" }, ...unbroken(card.title)),
    card.subtitle && el("p", { class: "card-subtitle" }, ...unbroken(card.subtitle)),
    ...(card.lines || []).map((line) => el("p", { class: "card-line" }, ...linked(line))),
    card.link && viewLink(card.link, t, false),
    card.buttons?.length ? viewButtons(card.buttons, press) : null,
  );
}

/** A picture of ours. When it may not be fetched any more (the log-in is over) its description stays. */
function viewPicture(picture) {
  if (!/^https?:/.test(picture.url)) return null;
  const image = el("img", { class: "picture", src: picture.url, alt: picture.alt, loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(el("p", { class: "note" }, picture.alt)));
  return image;
}

function viewLink(link, t, prominent) {
  if (!/^(https?:|tel:|mailto:)/.test(link.url)) return null;
  const web = /^https?:/.test(link.url);
  const login = link.kind === "login";
  return el(
    "div",
    { class: "link-row" },
    el(
      "a",
      { class: prominent || login ? "link prominent" : "link", href: link.url, target: web && "_blank", rel: web && "noopener noreferrer" },
      login ? icon("lock") : icon(web ? "pin" : "chat"),
      el("span", {}, link.title),
      web && el("span", { class: "hidden", lang: t.language }, ` (${t("new_window")})`),
    ),
    login && el("p", { class: "note", lang: t.language }, t("login_note")),
  );
}

function viewButtons(buttons, press) {
  const group = el("div", { class: "buttons", role: "group" });
  for (const button of buttons) {
    group.append(el("button", { type: "button", class: "choice", onclick: () => press(button, group) }, el("span", {}, ...unbroken(button.title))));
  }
  return group;
}

function viewFiles(files) {
  return el(
    "ul",
    { class: "files" },
    ...files.map((file) => el("li", {}, icon("file"), el("span", {}, file.filename), el("span", { class: "size" }, size(file.size)))),
  );
}

function size(bytes) {
  return bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`;
}
