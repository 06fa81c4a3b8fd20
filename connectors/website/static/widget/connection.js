// One conversation over an unreliable net: opens it, sends in order until taken, listens and reconnects.
// Reports by events: "message", "typing", "state", "sent", "refused", "ended". Knows no element.

import { CallFailed } from "./api.js";

const PAUSES = [1000, 2000, 4000, 8000, 15000, 30000];

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Connection extends EventTarget {
  constructor(api, memory, market, language) {
    super();
    this.api = api;
    this.memory = memory;
    this.market = market;
    this.language = language;
    this.conversation = memory.conversation();
    this.lastId = 0;
    this.queue = [];
    this.#online = () => this.#hurry();
    window.addEventListener("online", this.#online);
    document.addEventListener("visibilitychange", this.#online);
  }

  #online;
  #listening = null;
  #sending = false;
  #opening = null;
  #waits = new Set();
  #closed = false;

  /** Take up a conversation that is remembered, with whatever was not sent when the page was left. */
  resume() {
    for (const item of this.memory.unsent()) this.queue.push(item);
    if (this.conversation) this.#listen();
    if (this.queue.length) this.#sendAll();
    return [...this.queue];
  }

  /** Queue a text or a button; it is sent as soon as it can be, once. Returns the item with its id. */
  send(content) {
    const item = { id: newId(), ...content };
    this.queue.push(item);
    this.memory.keepUnsent(this.queue);
    this.#sendAll();
    return item;
  }

  /** The conversation, opened if there is none. */
  async ensure() {
    if (this.conversation) return this.conversation;
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Leave this conversation; the next text opens a new one. */
  leave() {
    this.#listening?.abort();
    this.#listening = null;
    this.conversation = null;
    this.lastId = 0;
    this.queue = [];
    this.memory.forget();
  }

  /** The conversation goes on in this language: after a reload the frame speaks it from the start. */
  remember(language) {
    if (!this.conversation || this.conversation.language === language) return;
    this.conversation.language = language;
    this.memory.keep(this.conversation);
  }

  close() {
    this.#closed = true;
    this.#listening?.abort();
    window.removeEventListener("online", this.#online);
    document.removeEventListener("visibilitychange", this.#online);
  }

  /** The server does not know the conversation any more: say so, keep what is unsent for a new one. */
  end() {
    const unsent = this.queue;
    this.leave();
    this.queue = unsent;
    this.#tell("ended");
  }

  async #open() {
    const opened = await this.api.open(this.market, this.language);
    this.conversation = { id: opened.conversation_id, token: opened.token, expires: Date.parse(opened.expires_at) || Date.now() + 864e5 };
    this.conversation.life = this.conversation.expires - Date.now();
    this.memory.keep(this.conversation);
    this.#listen();
    return this.conversation;
  }

  async #sendAll() {
    if (this.#sending) return;
    this.#sending = true;
    let failures = 0;
    while (this.queue.length && !this.#closed) {
      const item = this.queue[0];
      let conversation = null;
      try {
        conversation = await this.ensure();
        const content = item.button ? { button: item.button } : { text: item.text };
        await this.api.post(conversation, { client_message_id: item.id, ...content });
        failures = 0;
        // One that was left meanwhile must not be remembered again: somebody else may sit here next.
        if (conversation === this.conversation) {
          conversation.expires = Date.now() + conversation.life;
          this.memory.keep(conversation);
        }
        this.#drop(item);
        this.#tell("sent", item);
      } catch (error) {
        if (error.over) {
          if (conversation === this.conversation) this.end();
        } else if (error instanceof CallFailed && !error.temporary) {
          this.#drop(item);
          this.#tell("refused", { item, error });
        } else {
          this.#tell("delayed", { item, error });
          if (error.status === 0) this.#tell("state", "offline");
          await this.#pause(Math.max(PAUSES[Math.min(failures++, PAUSES.length - 1)], error.retryAfter * 1000 || 0));
        }
      }
    }
    this.#sending = false;
  }

  #drop(item) {
    this.queue = this.queue.filter((other) => other !== item);
    this.memory.keepUnsent(this.queue);
  }

  async #listen() {
    this.#listening?.abort();
    const stop = (this.#listening = new AbortController());
    const { conversation } = this;
    let failures = 0;
    this.#tell("state", "connecting");
    while (!stop.signal.aborted) {
      try {
        await this.api.stream(conversation, this.lastId, (event) => {
          if (stop.signal.aborted) return;
          failures = 0;
          this.#take(event);
        }, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error.over) return this.end();
        this.#tell("state", failures || !navigator.onLine ? "offline" : "connecting");
      }
      if (stop.signal.aborted) return;
      await this.#pause(PAUSES[Math.min(failures++, PAUSES.length - 1)] * (0.5 + Math.random() / 2));
    }
  }

  #take({ event, data }) {
    if (event === "message") {
      if (data.id <= this.lastId) return;
      this.lastId = data.id;
      this.#tell("message", data);
    } else if (event === "typing") this.#tell("typing", data.typing);
    else if (event === "status") this.#tell("state", data.state);
  }

  /** Wait, unless something says that it may work now. */
  #pause(milliseconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waits.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waits.add(done);
    });
  }

  #hurry() {
    if (navigator.onLine && !document.hidden) for (const done of [...this.#waits]) done();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
