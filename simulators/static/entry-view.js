// One message as the phone shows it. `play` has what the customer can do with it.

import { closesItself, el, hidden } from "./dom.js";
import { link, plainText, telegramHtml, whatsAppText } from "./markup.js";

const TICKS = {
  waiting: ["◷", "Waiting: the assistant has not taken it"],
  sent: ["✓", "Sent"],
  delivered: ["✓✓", "Delivered"],
  read: ["✓✓", "Read"],
  failed: ["!", "Not delivered"],
};
const KINDS = {
  voice: "Voice message", audio: "Audio", sticker: "Sticker", video: "Video", video_note: "Video",
  contact: "Contact", contacts: "Contact", poll: "Poll", reaction: "Reaction", unsupported: "Not shown here",
};

export function showEntry(entry, { vendor, language, play, quoted }) {
  const own = entry.author === "customer";
  const article = el(
    "article",
    { className: `entry ${entry.author} kind-${entry.kind}`, id: play.idOf(entry), dataset: { entry: entry.id } },
    hidden(own ? "You: " : "Assistant: "),
  );
  const bubble = el("div", { className: "bubble" });
  if (entry.deleted) {
    bubble.append(el("p", { className: "gone" }, "This message was deleted."));
  } else {
    if (quoted) bubble.append(el("blockquote", { className: "quoted", lang: language }, shortened(quoted)));
    bubble.append(...content(entry, vendor, language));
  }
  bubble.append(footer(entry, own));
  article.append(bubble);
  if (!entry.deleted) {
    const buttons = buttonsOf(entry, language, play);
    if (buttons) article.append(buttons);
    article.append(options(entry, own, play));
  }
  return article;
}

function content(entry, vendor, language) {
  const shown = [];
  if (entry.file) shown.push(fileOf(entry.file));
  if (entry.location) shown.push(locationOf(entry.location));
  const kind = KINDS[entry.kind];
  if (kind && !entry.file) shown.push(el("p", { className: "kind" }, kind));
  if ((entry.text || entry.html) && entry.text !== entry.location?.name) {
    const text = el("div", { className: "text", lang: language });
    if (entry.html) text.append(telegramHtml(entry.html));
    else if (vendor === "whatsapp") text.append(whatsAppText(entry.text));
    else text.append(plainText(entry.text));
    shown.push(text);
  }
  if (!shown.length) shown.push(el("p", { className: "kind" }, entry.kind));
  return shown;
}

function fileOf(file) {
  if (file.media_type.startsWith("image/")) {
    const picture = el("img", { src: file.url, alt: file.name, loading: "lazy" });
    return el("a", { className: "picture", href: file.url, target: "_blank", rel: "noopener" }, picture);
  }
  const kilobytes = Math.max(1, Math.round(file.size / 1024));
  return el(
    "a",
    { className: "document", href: file.url, target: "_blank", rel: "noopener", download: file.name },
    el("span", { className: "paper", "aria-hidden": "true" }),
    el("span", {}, file.name, el("small", {}, `${kilobytes} KB`)),
  );
}

function locationOf(place) {
  const at = `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=16/${place.latitude}/${place.longitude}`;
  const words = place.name ? [el("b", {}, place.name), el("span", {}, place.address)] : [el("span", {}, "Location")];
  return el("p", { className: "location" }, ...words, link(map, at));
}

function footer(entry, own) {
  const at = new Date(entry.at);
  const shown = el("p", { className: "footer" });
  if (entry.edited) shown.append(el("span", {}, "edited"));
  shown.append(
    el("time", { dateTime: entry.at }, at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })),
  );
  if (own && !entry.deleted) {
    const [sign, words] = TICKS[entry.status];
    shown.append(
      el("span", { className: `ticks ${entry.status}`, title: words, "aria-hidden": "true" }, sign),
      hidden(words),
    );
  }
  if (entry.error) shown.append(el("span", { className: "error" }, entry.error));
  return shown;
}

function buttonsOf(entry, language, play) {
  if (!entry.buttons.length) return null;
  if (entry.menu !== null) {
    const opener = el("button", { type: "button", className: "choice", lang: language, "aria-haspopup": "dialog" });
    opener.append(el("span", { "aria-hidden": "true" }, "☰ "), entry.menu || "Menu");
    opener.addEventListener("click", () => openMenu(entry, language, play, opener));
    return el("div", { className: "choices" }, el("div", { className: "row" }, opener));
  }
  const rows = entry.buttons.map((row) =>
    el("div", { className: "row" }, row.map((button) => choice(entry, button, language, play))),
  );
  return el("div", { className: "choices" }, rows);
}

function choice(entry, button, language, play) {
  if (button.url) {
    const made = link(button.url, button.title, el("span", { "aria-hidden": "true" }, " ↗"));
    made.className = "choice";
    made.lang = language;
    return made;
  }
  const press = () => play.press(entry, button);
  return el("button", { type: "button", className: "choice", lang: language, onclick: press }, button.title);
}

function openMenu(entry, language, play, opener) {
  const close = el("button", { type: "button", className: "plain", onclick: () => dialog.close() }, "Close");
  const rows = entry.buttons.flat().map((row) => {
    const press = () => {
      dialog.close();
      play.press(entry, row);
    };
    return el(
      "button",
      { type: "button", className: "line", onclick: press },
      el("b", {}, row.title),
      row.description && el("small", {}, row.description),
    );
  });
  const title = el("h2", { lang: language }, entry.menu || "Menu");
  const dialog = el("dialog", { className: "sheet", "aria-label": entry.menu || "Menu" }, title);
  dialog.append(el("div", { className: "lines", lang: language }, rows), close);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener.isConnected) opener.focus();
  });
  play.layer.append(dialog);
  dialog.showModal();
}

function options(entry, own, play) {
  const offered = [["Reply", () => play.reply(entry)]];
  if (own) {
    if (entry.text && !entry.file) offered.push(["Edit", () => play.edit(entry)]);
    offered.push(["Delete", () => play.remove(entry)], ["Deliver again", () => play.redeliver(entry)]);
  }
  const details = el(
    "details",
    { className: "options" },
    el("summary", { "aria-label": "What to do with this message" }, "⋯"),
  );
  const act = (action) => () => {
    details.open = false;
    action();
  };
  details.append(
    el("div", { className: "menu" }, offered.map(([title, action]) => el("button", { type: "button", onclick: act(action) }, title))),
  );
  return closesItself(details);
}

function shortened(entry) {
  const text = entry.text || entry.file?.name || entry.kind;
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}
