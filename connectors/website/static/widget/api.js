// The website channel's HTTP interface as the widget uses it. Knows no element.

/** What the server refused, or that it could not be reached (`status` 0). */
export class CallFailed extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.error || `status ${status}`);
    this.status = status;
    this.error = body.error || "";
    this.text = body.message || "";
    this.retryAfter = retryAfter;
  }

  /** The same call may succeed later. */
  get temporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get over() {
    return this.status === 401;
  }
}

const STALLED_AFTER = 45000;

export class Api {
  constructor(base) {
    this.base = `${base}/api/website`;
  }

  async texts(language) {
    return this.#json("GET", `/texts?language=${encodeURIComponent(language)}`);
  }

  async open(market, language) {
    return this.#json("POST", "/conversations", { market, language });
  }

  async post(conversation, message) {
    return this.#json("POST", `/conversations/${conversation.id}/messages`, message, conversation.token);
  }

  /** The customer is writing to a person. Says nothing back; losing one costs nothing. */
  async tellTyping(conversation) {
    await fetch(`${this.base}/conversations/${conversation.id}/typing`, {
      method: "POST",
      headers: { Authorization: `Bearer ${conversation.token}` },
      signal: AbortSignal.timeout(4000),
    }).catch(() => {});
  }

  /** Sends a file as the raw body; `progress` gets 0 to 1. Returns a promise with an `abort`. */
  upload(conversation, file, id, progress) {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ filename: file.name || "photo.jpg", client_message_id: id });
    const done = new Promise((resolve, reject) => {
      request.open("POST", `${this.base}/conversations/${conversation.id}/files?${query}`);
      request.setRequestHeader("Authorization", `Bearer ${conversation.token}`);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onload = () => {
        const body = parse(request.responseText);
        if (request.status < 300) resolve(body);
        else reject(new CallFailed(request.status, body, Number(request.getResponseHeader("Retry-After"))));
      };
      request.onerror = () => reject(new CallFailed(0));
      request.onabort = () => reject(new CallFailed(0, { error: "aborted" }));
      request.send(file);
    });
    done.abort = () => request.abort();
    return done;
  }

  /** Reads events until the stream ends; `handle(event)` gets {event, id, data}. Rejects with CallFailed. */
  async stream(conversation, lastId, handle, signal) {
    const stalled = new AbortController();
    let timer = setTimeout(() => stalled.abort(), STALLED_AFTER);
    const stop = () => stalled.abort();
    signal.addEventListener("abort", stop);
    try {
      const response = await fetch(`${this.base}/conversations/${conversation.id}/events`, {
        headers: { Authorization: `Bearer ${conversation.token}`, "Last-Event-ID": String(lastId), Accept: "text/event-stream" },
        signal: stalled.signal,
        cache: "no-store",
      });
      if (!response.ok) throw await failure(response);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), STALLED_AFTER);
        const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const event = readEvent(block);
          if (event) handle(event);
        }
      }
    } catch (error) {
      throw error instanceof CallFailed ? error : new CallFailed(0);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  async #json(method, path, body, token) {
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(20000) });
    } catch {
      throw new CallFailed(0);
    }
    if (!response.ok) throw await failure(response);
    return response.json();
  }
}

async function failure(response) {
  return new CallFailed(response.status, parse(await response.text().catch(() => "")), Number(response.headers.get("Retry-After")));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** One block of an event stream; comments and heartbeats give null. */
export function readEvent(block) {
  const event = { event: "message", id: null, data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const name = line.slice(0, colon);
    if (name === "data") event.data += value;
    else if (name in event) event[name] = value;
  }
  if (!event.data) return null;
  return { ...event, data: parse(event.data) };
}
