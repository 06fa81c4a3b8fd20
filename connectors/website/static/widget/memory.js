// What the browser remembers: whose conversation this is (with an end), and texts that were not sent yet.

const LOOKS_LIKE_CODE = /^\D{0,20}\d([ .-]?\d){5}\D{0,20}$/;

export class Memory {
  constructor(base, market) {
    this.key = `care-chat:${base}:${market}`;
  }

  /** {id, token, expires} or null. Storage may be forbidden: then a reload begins anew. */
  conversation() {
    const known = read(localStorageOf(), this.key);
    return known && known.expires > Date.now() ? known : null;
  }

  keep(conversation) {
    write(localStorageOf(), this.key, conversation);
  }

  forget() {
    write(localStorageOf(), this.key, null);
    this.keepUnsent([]);
  }

  /** Unsent texts of this tab. What may be a one-time code stays in the page only. */
  keepUnsent(items) {
    const plain = items.filter((item) => !LOOKS_LIKE_CODE.test(item.text || ""));
    write(sessionStorageOf(), `${this.key}:unsent`, plain.length ? plain : null);
  }

  unsent() {
    return read(sessionStorageOf(), `${this.key}:unsent`) || [];
  }

  get wasOpen() {
    return read(sessionStorageOf(), `${this.key}:open`) === true;
  }

  set wasOpen(open) {
    write(sessionStorageOf(), `${this.key}:open`, open || null);
  }
}

function localStorageOf() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function sessionStorageOf() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // Forbidden or full: the page's own memory is enough until it is closed.
  }
}
