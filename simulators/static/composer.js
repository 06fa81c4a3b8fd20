// Where the customer writes: text, attachments, a reply or an edit in hand, the bot's own keyboard.

import { asAttachment } from "./api.js";
import { closesItself, el } from "./dom.js";

const PLACES = [
  ["Jakarta", -6.1944, 106.8229],
  ["Bandung", -6.9147, 107.6098],
  ["Beograd", 44.8125, 20.4612],
  ["Novi Sad", 45.2551, 19.8452],
  ["Milano", 45.4642, 9.19],
  ["Roma", 41.9028, 12.4964],
];
const OTHERS = [
  ["contact", "Contact"],
  ["voice", "Voice message"],
  ["sticker", "Sticker"],
  ["video", "Video"],
];

export class Composer {
  constructor(number, send) {
    this.send = send;
    this.hand = null;
    this.handWords = el("span");
    const drop = el("button", { type: "button", className: "plain", onclick: () => this.take(null) }, "Cancel");
    this.handBar = el("p", { className: "in-hand", hidden: true, role: "status" }, this.handWords, drop);
    this.keyboard = el("div", { className: "keyboard", role: "group", "aria-label": "Keyboard of the bot", hidden: true });
    this.start = el("button", { type: "button", className: "start", hidden: true, onclick: () => send.text("/start", null) }, "Start");
    this.text = el("textarea", { rows: 1, id: `text-${number}`, placeholder: "Message", autocomplete: "off" });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "Escape") this.take(null);
    });
    this.text.addEventListener("input", () => this.fit());
    const form = el(
      "form",
      { className: "composer" },
      this.attachments(),
      el("label", { className: "hidden", htmlFor: this.text.id }, "Message"),
      this.text,
      el("button", { className: "send", "aria-label": "Send" }, "➤"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.element = el("div", { className: "writing" }, this.handBar, this.keyboard, this.start, form, this.places);
  }

  submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const hand = this.hand;
    this.text.value = "";
    this.fit();
    this.take(null);
    if (hand?.what === "edit") this.send.edit(hand.entry, text);
    else this.send.text(text, hand?.entry.id ?? null);
  }

  // `hand` is {what: "reply" | "edit", entry} or null.
  take(hand) {
    if (hand?.what === "edit") this.text.value = hand.entry.text;
    else if (this.hand?.what === "edit") this.text.value = "";
    this.hand = hand;
    this.handBar.hidden = !hand;
    if (hand) {
      const words = hand.entry.text || hand.entry.file?.name || hand.entry.kind;
      this.handWords.textContent = `${hand.what === "edit" ? "Editing" : "Replying to"}: ${words.slice(0, 60)}`;
      this.text.focus();
    }
    this.fit();
  }

  showKeyboard(rows, language) {
    const signature = JSON.stringify(rows);
    if (signature === this.keyboardShown) return;
    this.keyboardShown = signature;
    const press = (button) => () => {
      if (button.asks === "location") this.places.showModal();
      else if (button.asks === "contact") this.send.other("contact");
      else this.send.text(button.title, null);
    };
    this.keyboard.replaceChildren(
      ...rows.map((row) =>
        el("div", { className: "row" }, row.map((b) => el("button", { type: "button", lang: language, onclick: press(b) }, b.title))),
      ),
    );
    this.keyboard.hidden = !rows.length;
  }

  attachments() {
    const pick = (accept) => {
      const input = el("input", { type: "file", accept, multiple: true, hidden: true });
      input.addEventListener("change", async () => {
        const files = await Promise.all([...input.files].map(asAttachment));
        input.value = "";
        const caption = this.text.value.trim();
        this.text.value = "";
        this.fit();
        if (files.length) this.send.files(files, caption);
        this.text.focus();
      });
      return input;
    };
    const photos = pick("image/*");
    photos.dataset.pick = "photos";
    const papers = pick("");
    papers.dataset.pick = "files";
    this.places = this.placeDialog();
    const close = (action) => () => {
      menu.open = false;
      action();
    };
    const items = [
      ["Photos", () => photos.click()],
      ["Files", () => papers.click()],
      ["Location", () => this.places.showModal()],
      ...OTHERS.map(([kind, title]) => [title, () => this.send.other(kind)]),
    ];
    const menu = closesItself(
      el(
        "details",
        { className: "attach" },
        el("summary", { "aria-label": "Attach" }, "+"),
        el("div", { className: "menu" }, items.map(([title, action]) => el("button", { type: "button", onclick: close(action) }, title))),
      ),
    );
    return [menu, photos, papers];
  }

  placeDialog() {
    const give = (latitude, longitude) => {
      dialog.close();
      this.send.location(latitude, longitude);
    };
    const latitude = el("input", { type: "number", step: "any", min: "-90", max: "90", required: true });
    const longitude = el("input", { type: "number", step: "any", min: "-180", max: "180", required: true });
    const other = el("button", { type: "button" }, "Send this place");
    other.addEventListener("click", () => {
      if (latitude.reportValidity() && longitude.reportValidity()) give(Number(latitude.value), Number(longitude.value));
    });
    const dialog = el(
      "dialog",
      { className: "sheet", "aria-label": "Location" },
      el("h2", {}, "Location"),
      el("div", { className: "lines" }, PLACES.map(([name, lat, lon]) =>
        el("button", { type: "button", className: "line", onclick: () => give(lat, lon) }, el("b", {}, name)))),
      el("div", { className: "pair" }, el("label", {}, "Latitude", latitude), el("label", {}, "Longitude", longitude), other),
      el("button", { type: "button", className: "plain", onclick: () => dialog.close() }, "Close"),
    );
    return dialog;
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight + 2, 130)}px`;
  }
}
