// Files on their way: one row each with its progress; one at a time, retried with the same id when the net broke.

import { newId } from "./connection.js";
import { el } from "./dom.js";

export class Uploads {
  /** `list` is the element the rows go into; `say` speaks to screen readers. */
  constructor(connection, api, list, t, say) {
    this.connection = connection;
    this.api = api;
    this.list = list;
    this.t = t;
    this.say = say;
    this.waiting = [];
    this.busy = false;
  }

  add(files, maxBytes) {
    for (const file of files) {
      const job = { file, id: newId(), row: this.#row(file) };
      this.list.append(job.row.element);
      if (maxBytes && file.size > maxBytes) {
        const words = this.t("file_too_large", { filename: file.name, megabytes: Math.floor(maxBytes / 1048576) });
        this.#fail(job, words, false);
      } else this.waiting.push(job);
    }
    this.#work();
  }

  async #work() {
    if (this.busy) return;
    this.busy = true;
    for (let job = this.waiting.shift(); job; job = this.waiting.shift()) await this.#send(job);
    this.busy = false;
  }

  async #send(job) {
    const { row, file } = job;
    const filename = file.name;
    row.show(this.t("uploading", { filename, percent: 0 }), 0);
    try {
      const conversation = await this.connection.ensure();
      job.request = this.api.upload(conversation, file, job.id, (part) => {
        const percent = Math.round(part * 100);
        row.show(part < 1 ? this.t("uploading", { filename, percent }) : this.t("checking", { filename }), part);
      });
      await job.request;
      row.element.remove();
      this.say(this.t("uploaded", { filename }));
    } catch (error) {
      if (error.over) this.connection.end();
      else if (!error.temporary && error.text) {
        // The reason stands in the conversation.
        row.element.remove();
        return;
      }
      this.#fail(job, error.text || this.t("upload_failed", { filename }), error.temporary || error.over);
    }
  }

  #fail(job, words, again) {
    job.row.fail(words, again && (() => {
      job.row.recover();
      this.waiting.push(job);
      this.#work();
    }));
    this.say(words);
  }

  #row(file) {
    const words = el("span", { class: "upload-words" }, file.name);
    const bar = el("progress", { max: 1, value: 0, "aria-label": file.name });
    const actions = el("span", { class: "upload-actions" });
    const element = el("li", { class: "upload" }, words, bar, actions);
    return {
      element,
      show(text, part) {
        words.textContent = text;
        if (part < 1) bar.value = part;
        else bar.removeAttribute("value");
      },
      fail: (text, retry) => {
        element.classList.add("failed");
        words.textContent = text;
        bar.hidden = true;
        if (retry) actions.append(el("button", { type: "button", class: "small", onclick: retry }, this.t("retry")));
        actions.append(el("button", { type: "button", class: "small", onclick: () => element.remove() }, this.t("remove")));
      },
      recover() {
        element.classList.remove("failed");
        bar.hidden = false;
        actions.replaceChildren();
      },
    };
  }
}
