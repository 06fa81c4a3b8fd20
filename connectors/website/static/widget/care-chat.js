// <care-chat market="it" language="it">: the chat as a custom element that any page embeds with two lines.
//   market    whose market's assistant answers
//   language  of the page: id, it, sr, sr-Latn, sr-Cyrl; the conversation may go on in another
//   src       where the assistant lives; by default where this file came from
//   open      shows the chat at once

import { Api, CallFailed } from "./api.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { el, icon } from "./dom.js";
import { Memory } from "./memory.js";
import { viewMessage, viewPending } from "./message-view.js";
import { sheet } from "./style.js";
import { Uploads } from "./uploads.js";

const HOME = new URL(import.meta.url).origin;
const PATIENCE_WITH_TEXTS = 3000;
const FADE_AFTER = 8000;
const TYPING_EVERY = 4000;

export class CareChat extends HTMLElement {
  #built = false;
  #words = {};
  #pending = new Map();
  #unread = 0;
  #live = false;
  #following = true;
  #fading = 0;
  #spoken = null;
  #person = false;
  #typingTold = 0;

  connectedCallback() {
    if (this.#built) return;
    this.#built = true;
    const base = (this.getAttribute("src") || HOME).replace(/\/+$/, "");
    const market = this.getAttribute("market") || "";
    this.api = new Api(base);
    this.memory = new Memory(base, market);
    this.language = this.memory.conversation()?.language || this.getAttribute("language") || document.documentElement.lang || "it";
    this.t = (key, values = {}) =>
      (this.#words[key] || "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
    this.t.language = this.language;
    this.connection = new Connection(this.api, this.memory, market, this.language);
    this.#load();
  }

  disconnectedCallback() {
    this.connection?.close();
  }

  /** Without its words the widget shows nothing: it waits for them, however long the net is away. */
  async #load() {
    for (let pause = 1000; ; pause = Math.min(pause * 2, 30000)) {
      try {
        await this.#learn(this.language);
        break;
      } catch (error) {
        if (error instanceof CallFailed && !error.temporary) return;
        await new Promise((resolve) => setTimeout(resolve, Math.max(pause, PATIENCE_WITH_TEXTS)));
        if (!this.isConnected) return;
      }
    }
    this.#build();
    this.#wire();
    this.#speak();
    for (const item of this.connection.resume()) this.#showPending(item);
    if (this.hasAttribute("open") || this.memory.wasOpen) this.open({ focus: false });
  }

  async #learn(language) {
    const learned = await this.api.texts(language);
    this.#words = learned.texts;
    this.languages = learned.languages;
    this.language = this.t.language = learned.language;
  }

  open({ focus = true } = {}) {
    this.panel.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.setAttribute("data-open", "");
    this.memory.wasOpen = true;
    this.#setUnread(0);
    this.#toNewest();
    // A finger on a phone should not find the keyboard over half the chat.
    if (focus) (matchMedia("(pointer: coarse)").matches ? this.closer : this.composer).focus();
  }

  close() {
    this.panel.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.removeAttribute("data-open");
    this.memory.wasOpen = false;
    this.launcher.focus();
  }

  #build() {
    const { t } = this;
    this.launcher = el("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-controls": "panel", onclick: () => (this.panel.hidden ? this.open() : this.close()) }, icon("chat"));
    this.badge = el("span", { class: "badge", hidden: true });
    this.launcher.append(this.badge);
    this.heading = el("h2", { id: "title" });
    this.menu = el("select", { onchange: () => this.#wish(this.menu.value) });
    this.fresh = el("button", { type: "button", class: "icon", onclick: () => this.#askToLeave() }, icon("again"));
    this.closer = el("button", { type: "button", class: "icon", onclick: () => this.close() }, icon("close"));
    this.confirmation = el("div", { class: "confirmation", role: "alertdialog", "aria-labelledby": "question", hidden: true });
    this.welcome = el("div", { class: "bubble" });
    this.dots = el("div", { class: "message bot dots", "aria-hidden": "true", hidden: true }, el("div", { class: "bubble" }, el("i"), el("i"), el("i")));
    this.log = el("div", { class: "log", role: "log", tabindex: 0, "aria-live": "off", "aria-relevant": "additions" }, el("div", { class: "message bot welcome" }, this.welcome));
    this.newest = el("button", { type: "button", class: "newest", hidden: true, onclick: () => this.#toNewest() }, icon("down"));
    this.status = el("p", { class: "status", role: "status" });
    this.uploadList = el("ul", { class: "uploads" });
    this.dropZone = el("div", { class: "drop", hidden: true });
    this.composer = new Composer(t, (text) => this.#sendText(text), (files, max) => this.uploads.add(files, max), () => this.#tellTyping());
    this.uploads = new Uploads(this.connection, this.api, this.uploadList, t, (words) => this.#announce(words));
    this.panel = el(
      "section",
      { class: "panel", id: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
      el("header", {}, this.heading, el("span", { class: "icon language" }, icon("globe"), this.menu), this.fresh, this.closer),
      this.confirmation,
      el("div", { class: "log-frame" }, this.log, this.newest),
      this.status,
      this.uploadList,
      this.composer.element,
      this.dropZone,
    );
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.panel, this.launcher);
  }

  /** Put the words of the current language on everything that stands. */
  #speak() {
    const { t } = this;
    this.panel.lang = this.language;
    this.launcher.lang = this.language;
    this.heading.textContent = t("title");
    this.welcome.textContent = t("welcome");
    this.dropZone.textContent = t("drop");
    this.log.setAttribute("aria-label", t("messages"));
    for (const [control, key] of [[this.closer, "close"], [this.fresh, "new"], [this.menu, "language"], [this.newest, "newest"]]) {
      control.setAttribute("aria-label", t(key));
      control.title = t(key);
    }
    this.menu.replaceChildren(...this.languages.map(({ tag, name }) => el("option", { value: tag, lang: tag, selected: tag === this.language }, name)));
    this.menu.value = this.language;
    this.composer.speak();
    this.#setUnread(this.#unread);
  }

  #wire() {
    const { connection } = this;
    connection.addEventListener("message", ({ detail }) => this.#show(detail));
    connection.addEventListener("typing", ({ detail }) => this.#setTyping(detail));
    connection.addEventListener("state", ({ detail }) => this.#setState(detail));
    connection.addEventListener("delayed", ({ detail }) => this.#pending.get(detail.item.id)?.say(detail.error.text || this.t("not_sent")));
    connection.addEventListener("sent", ({ detail }) => this.#pending.get(detail.id)?.say(""));
    connection.addEventListener("refused", ({ detail }) => this.#takeBack(detail));
    connection.addEventListener("ended", () => {
      this.#clear();
      this.#announce(this.t("ended"));
      for (const item of connection.queue) this.#showPending(item);
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      if (this.confirmation.hidden) this.close();
      else this.#stay();
    });
    this.log.addEventListener("scroll", () => (this.newest.hidden = this.#following = this.#atEnd()), { passive: true });
    // The keyboard, a date row or an upload takes room away: whoever was at the end stays there.
    new ResizeObserver(() => this.#following && this.#toNewest()).observe(this.log);
    let depth = 0;
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    this.panel.addEventListener("dragenter", (event) => carriesFiles(event) && (depth++, (this.dropZone.hidden = false)));
    this.panel.addEventListener("dragleave", (event) => carriesFiles(event) && --depth <= 0 && (this.dropZone.hidden = true));
    this.panel.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
    this.panel.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      this.dropZone.hidden = true;
      this.uploads.add([...event.dataTransfer.files], this.composer.maxBytes);
    });
  }

  #sendText(text) {
    this.#showPending(this.connection.send({ text }));
    this.composer.focus();
  }

  #press(button, group) {
    for (const choice of group.children) choice.disabled = true;
    const item = this.connection.send({ button: button.token, shown: button.title });
    this.#showPending(item);
    this.#pending.get(item.id).group = group;
    this.composer.focus();
  }

  #showPending(item) {
    const element = viewPending(item.id, item.shown || item.text, this.t);
    this.#pending.set(item.id, element);
    this.#append(element);
    this.#toNewest();
  }

  #settle(id) {
    const element = this.#pending.get(id);
    if (!element) return;
    this.#pending.delete(id);
    element.remove();
    for (const choice of element.group?.children || []) choice.disabled = false;
  }

  /** The server said no for good: the reason is shown and the text goes back to where it was typed. */
  #takeBack({ item, error }) {
    this.#settle(item.id);
    if (item.text) this.composer.giveBack(item.text);
    this.#announce(error.text || this.t("refused"));
  }

  #show(message) {
    const follow = this.#atEnd() || message.author === "customer";
    if (message.client_message_id) this.#settle(message.client_message_id);
    this.#append(viewMessage(message, this.t, (button, group) => this.#press(button, group)));
    if (message.author !== "customer") {
      // Whatever was pressed but has no line of its own (an old button) is answered by this.
      for (const [id, element] of this.#pending) if (!this.connection.queue.some((item) => item.id === id) && element.group) this.#settle(id);
      // A notice of ours ("this file cannot be taken") leaves the question open.
      if (message.author !== "system") this.composer.ask(message.input);
      this.#spoken = message.language;
      if (message.author !== "system") this.#person = message.author === "agent";
      if (this.#live) {
        if (this.panel.hidden) this.#setUnread(this.#unread + 1);
        this.#follow();
      }
    }
    if (follow) this.#toNewest();
    else this.newest.hidden = false;
  }

  /** Messages in the order of their numbers, what is on its way after them, the dots last. */
  #append(element) {
    const before = element.dataset.pending ? this.dots : this.log.querySelector("[data-pending]") || this.dots;
    if (!this.dots.isConnected) this.log.append(this.dots);
    this.log.insertBefore(element, before.isConnected ? before : null);
  }

  /** A person who reads along sees that an answer is being written; the assistant needs no such sign. */
  #tellTyping() {
    const { conversation } = this.connection;
    if (!this.#person || !conversation || Date.now() - this.#typingTold < TYPING_EVERY) return;
    this.#typingTold = Date.now();
    this.api.tellTyping(conversation);
  }

  #setTyping(typing) {
    const follow = this.#atEnd();
    this.dots.hidden = !typing;
    this.log.append(this.dots);
    this.status.textContent = typing ? this.t("typing") : "";
    this.status.classList.toggle("quiet", typing);
    if (follow) this.#toNewest();
  }

  #setState(state) {
    const lost = this.log.classList.contains("offline");
    this.log.classList.toggle("offline", state === "offline");
    if (state === "live") {
      if (!this.#live) {
        this.#live = true;
        // From here on only what is new is read out, not the history.
        requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
        this.#follow();
        this.#toNewest();
      }
      if (lost) this.#announce(this.t("online"));
      else if (this.dots.hidden) this.status.textContent = "";
    } else this.#announce(this.t(state));
  }

  /** Say something in passing; only a lost connection stays written until it is back. */
  #announce(words) {
    clearTimeout(this.#fading);
    this.status.classList.remove("quiet");
    this.status.textContent = words;
    if (words !== this.t("offline")) {
      this.#fading = setTimeout(() => this.status.textContent === words && (this.status.textContent = ""), FADE_AFTER);
    }
  }

  /** The frame speaks the language of the newest answer. */
  #follow() {
    if (!this.#spoken) return;
    this.connection.remember(this.#spoken);
    if (this.#spoken !== this.language) this.#adopt(this.#spoken);
  }

  async #adopt(tag) {
    try {
      await this.#learn(tag);
      this.#speak();
    } catch {
      // The conversation goes on; the frame keeps its language until the next message.
    }
  }

  /** The menu only passes the customer's wish on; the assistant decides in which language it answers. */
  async #wish(tag) {
    await this.#adopt(tag);
    this.connection.language = tag;
    if (this.connection.conversation) this.#sendText(this.t("language_wish"));
  }

  #askToLeave() {
    if (!this.connection.conversation) return this.composer.focus();
    const yes = el("button", { type: "button", class: "choice", onclick: () => this.#leave() }, this.t("yes"));
    const no = el("button", { type: "button", class: "choice", onclick: () => this.#stay() }, this.t("no"));
    this.confirmation.replaceChildren(el("p", { id: "question" }, this.t("new_confirm")), el("div", { class: "buttons" }, yes, no));
    this.confirmation.hidden = false;
    no.focus();
  }

  #stay() {
    this.confirmation.hidden = true;
    this.fresh.focus();
  }

  #leave() {
    this.confirmation.hidden = true;
    this.connection.leave();
    this.#clear();
    this.#announce("");
    this.composer.focus();
  }

  #clear() {
    this.#live = false;
    this.#spoken = null;
    this.#person = false;
    this.#pending.clear();
    this.log.setAttribute("aria-live", "off");
    this.dots.hidden = true;
    this.log.replaceChildren(this.log.firstElementChild);
    this.composer.ask(null);
  }

  #setUnread(count) {
    this.#unread = count;
    this.badge.hidden = !count;
    this.badge.textContent = count || "";
    const label = this.t("open");
    this.launcher.setAttribute("aria-label", count ? `${label} (${count})` : label);
    this.launcher.title = label;
  }

  #atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  #toNewest() {
    this.log.scrollTop = this.log.scrollHeight;
    this.newest.hidden = this.#following = true;
  }
}

if (!customElements.get("care-chat")) customElements.define("care-chat", CareChat);
