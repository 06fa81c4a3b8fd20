// One phone: who has it, the chat on its screen, and the loop that keeps the screen up to date.

import { act, inventCustomer, readChat } from "./api.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { showEntry } from "./entry-view.js";
import { FaultsPanel } from "./faults-panel.js";

const NAMES = { telegram: "Telegram", whatsapp: "WhatsApp" };
const WAIT = 20;

export class Phone {
  // `remembered` is {vendor, account, customers: {"vendor/account": [...]}, customer}; `remember` is called when it changes.
  constructor(number, accounts, remembered, remember) {
    Object.assign(this, { number, accounts, remember });
    this.state = { customers: {}, ...remembered };
    this.entries = new Map();
    this.reading = null;
    this.build();
  }

  get who() {
    return { vendor: this.state.vendor, account: this.state.account, customer: this.state.customer };
  }

  get account() {
    return this.accounts[this.state.vendor]?.find((account) => account.name === this.state.account);
  }

  build() {
    const select = (title, change) => {
      const made = el("select", { id: `${title.toLowerCase()}-${this.number}` });
      made.addEventListener("change", () => change(made.value));
      return [made, el("div", {}, el("label", { htmlFor: made.id }, title), made)];
    };
    const [vendors, vendorLabel] = select("Messenger", (vendor) => this.choose({ vendor, customer: null }));
    const [accounts, accountLabel] = select("Account", (account) => this.choose({ account, customer: null }));
    const [customers, customerLabel] = select("Customer", (customer) => this.choose({ customer }));
    Object.assign(this, { vendors, accountChoice: accounts, customers });
    const another = el("button", { type: "button", onclick: () => this.invent() }, "New customer");
    const settings = el("div", { className: "who" }, vendorLabel, accountLabel, customerLabel, another);

    this.title = el("h2");
    this.typing = el("p", { className: "typing", role: "status" });
    this.log = el("div", { className: "log", role: "log", tabIndex: 0, "aria-label": "Chat" });
    this.problem = el("p", { className: "problem", role: "alert" });
    this.composer = new Composer(this.number, {
      text: (text, reply_to) => this.do("say", { text, reply_to, late_by_seconds: this.faults.lateBySeconds }),
      edit: (entry, text) => this.do("edit", { entry: entry.id, text }),
      files: (files, caption) => this.do("files", { files, caption }),
      location: (latitude, longitude) => this.do("location", { latitude, longitude }),
      other: (kind) => this.do("other", { kind }),
    });
    this.faults = new FaultsPanel((change) => this.do("faults", change));
    this.screen = el(
      "div",
      { className: "screen" },
      el("header", {}, el("span", { className: "face", "aria-hidden": "true" }, "C"), el("div", {}, this.title, this.typing)),
      this.log,
      this.problem,
      this.composer.element,
    );
    this.element = el("section", { className: "phone", "aria-label": `Phone ${this.number}` }, settings, this.screen, this.faults.element);
    document.addEventListener("visibilitychange", () => this.look());
  }

  choose(change = {}) {
    this.chosen = this.settle(change);
    return this.chosen;
  }

  async settle(change) {
    Object.assign(this.state, change);
    const vendors = Object.keys(this.accounts).filter((name) => this.accounts[name].length);
    if (!vendors.length) {
      this.problem.textContent = "No account is configured.";
      return;
    }
    if (!vendors.includes(this.state.vendor)) this.state.vendor = vendors[0];
    const accounts = this.accounts[this.state.vendor];
    if (!accounts.some((account) => account.name === this.state.account)) this.state.account = accounts[0].name;
    const known = this.knownCustomers();
    if (!known.includes(this.state.customer)) this.state.customer = known[0] ?? null;
    fill(this.vendors, vendors.map((name) => [name, NAMES[name] ?? name]), this.state.vendor);
    fill(this.accountChoice, accounts.map((account) => [account.name, account.title]), this.state.account);
    if (!this.state.customer) {
      await this.invent();
      return;
    }
    fill(this.customers, known.map((customer) => [customer, customer]), this.state.customer);
    this.element.dataset.vendor = this.state.vendor;
    this.title.textContent = this.account.title;
    this.remember();
    this.read();
  }

  knownCustomers() {
    return this.state.customers[`${this.state.vendor}/${this.state.account}`] ?? [];
  }

  async invent() {
    try {
      const { customer } = await inventCustomer(this.state.vendor, this.state.account);
      const key = `${this.state.vendor}/${this.state.account}`;
      this.state.customers[key] = [customer, ...this.knownCustomers()].slice(0, 8);
      await this.settle({ customer });
    } catch (error) {
      this.complain(error);
    }
  }

  // Reads the chosen chat until another is chosen.
  async read() {
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    const who = this.who;
    let [store, after, pause] = [null, 0, 0];
    this.clear();
    while (!reading.signal.aborted) {
      try {
        const chat = await readChat(who, after, store === null ? 0 : WAIT, reading.signal);
        if (reading.signal.aborted) return;
        if (store !== null && chat.store !== store) {
          [store, after] = [null, 0];
          this.clear();
          continue;
        }
        if (pause) this.complain(null);
        [store, after, pause] = [chat.store, chat.revision, 0];
        this.show(chat);
      } catch (error) {
        if (error.name === "AbortError") return;
        this.complain(error);
        pause = Math.min(5000, pause * 2 || 500);
        await new Promise((done) => setTimeout(done, pause));
      }
    }
  }

  stop() {
    this.reading?.abort();
  }

  clear() {
    this.entries.clear();
    this.log.replaceChildren();
    this.composer.take(null);
    this.complain(null);
  }

  show(chat) {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    for (const entry of chat.entries) this.put(entry);
    this.faults.show(chat.faults);
    this.showTyping(chat.typing_seconds);
    this.composer.showKeyboard(this.keyboard(), this.account.language);
    this.composer.start.hidden = this.state.vendor !== "telegram" || this.entries.size > 0;
    if (chat.entries.length && atEnd) this.log.scrollTop = this.log.scrollHeight;
    this.look();
  }

  put(entry) {
    const shown = this.log.querySelector(`[data-entry="${CSS.escape(entry.id)}"]`);
    this.entries.set(entry.id, entry);
    const made = showEntry(entry, {
      vendor: this.state.vendor,
      language: this.account.language,
      play: this,
      quoted: entry.reply_to ? this.entries.get(entry.reply_to) : null,
    });
    made.querySelector("img")?.addEventListener("load", () => this.stay(made));
    if (!shown) {
      this.log.append(made);
      return;
    }
    const focused = shown.contains(document.activeElement);
    shown.replaceWith(made);
    // What was pressed may be gone with its keyboard.
    if (focused) this.composer.text.focus();
  }

  // The bot's keyboard lies there until the customer has written.
  keyboard() {
    const all = [...this.entries.values()];
    const since = all.slice(all.findLastIndex((entry) => entry.author === "customer") + 1);
    return since.findLast((entry) => entry.keyboard.length)?.keyboard ?? [];
  }

  // A picture that grows while it loads does not push the newest message out of sight.
  stay(made) {
    if (made === this.log.lastElementChild) this.log.scrollTop = this.log.scrollHeight;
  }

  showTyping(seconds) {
    clearTimeout(this.typingEnds);
    this.typing.textContent = seconds > 0 ? "typing…" : "";
    if (seconds > 0) this.typingEnds = setTimeout(() => (this.typing.textContent = ""), seconds * 1000);
  }

  // Whoever sees the chat has read it.
  look() {
    const unread = [...this.entries.values()].some((e) => e.author === "assistant" && e.status !== "read" && e.status !== "failed");
    if (!unread || document.hidden || this.state.vendor !== "whatsapp") return;
    act("see", this.who).catch((error) => this.complain(error));
  }

  async do(what, more) {
    this.complain(null);
    // A customer may still be on the way.
    await this.chosen;
    try {
      await act(what, this.who, more);
    } catch (error) {
      this.complain(error);
    }
    this.log.scrollTop = this.log.scrollHeight;
  }

  complain(error) {
    this.problem.textContent = error ? error.message : "";
  }

  // What the messages offer.
  idOf(entry) {
    return `phone-${this.number}-${entry.id}`;
  }

  get layer() {
    return this.screen;
  }

  press(entry, button) {
    this.composer.text.focus({ preventScroll: true });
    this.do("press", { entry: entry.id, value: button.value });
  }

  reply(entry) {
    this.composer.take({ what: "reply", entry });
  }

  edit(entry) {
    this.composer.take({ what: "edit", entry });
  }

  remove(entry) {
    this.composer.text.focus({ preventScroll: true });
    this.do("delete", { entry: entry.id });
  }

  redeliver(entry) {
    this.do("redeliver", { entry: entry.id });
  }
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, title]) => el("option", { value, selected: value === chosen }, title)));
}
