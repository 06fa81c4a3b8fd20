// Where the customer writes: text, files, camera, a date where one is asked.

import { el, icon } from "./dom.js";

const LIMIT = 5000;
const SHOW_COUNT_FROM = 4500;
// Naming the formats makes phones convert their own (HEIC) before they hand a photo over.
const FILE_TYPES = "image/jpeg,image/png,application/pdf";
const PHOTO_TYPES = "image/jpeg,image/png";

export class Composer {
  /** `send(text)` and `sendFiles(files, maxBytes)` are called with what is to go out, `writing()` while it is typed. */
  constructor(t, send, sendFiles, writing) {
    this.t = t;
    this.send = send;
    this.sendFiles = sendFiles;
    this.writing = writing;
    this.maxBytes = null;
    this.text = el("textarea", { rows: 1, id: "text", enterkeyhint: "send", "aria-describedby": "count", dir: "auto" });
    this.label = el("label", { for: "text", class: "hidden" });
    this.count = el("p", { id: "count", class: "count", "aria-live": "polite" });
    this.picker = el("input", { type: "file", multiple: true, accept: FILE_TYPES, class: "hidden", tabindex: -1, "aria-hidden": "true" });
    this.lens = el("input", { type: "file", accept: PHOTO_TYPES, capture: "environment", class: "hidden", tabindex: -1, "aria-hidden": "true" });
    this.attach = el("button", { type: "button", class: "icon", onclick: () => this.picker.click() }, icon("clip"));
    this.camera = el("button", { type: "button", class: "icon camera", onclick: () => this.lens.click() }, icon("camera"));
    this.submit = el("button", { type: "submit", class: "icon send" }, icon("send"));
    this.date = el("input", { type: "date", id: "date" });
    this.dateLabel = el("label", { for: "date" });
    this.dateSend = el("button", { type: "submit", class: "choice" });
    this.dateRow = el("form", { class: "date-row", hidden: true }, this.dateLabel, this.date, this.dateSend);
    this.fileRow = el("button", { type: "button", class: "choice file-row", hidden: true, onclick: () => this.picker.click() });
    this.form = el("form", { class: "compose" }, this.picker, this.lens, this.attach, this.camera, this.label, this.text, this.submit);
    this.element = el("div", { class: "composer" }, this.dateRow, this.fileRow, this.count, this.form);
    this.#wire();
    this.speak();
  }

  /** Put the words of the current language on everything. */
  speak() {
    const { t } = this;
    this.label.textContent = t("input");
    this.text.placeholder = t("placeholder");
    for (const [control, key] of [[this.attach, "attach"], [this.camera, "camera"], [this.submit, "send"]]) {
      control.setAttribute("aria-label", t(key));
      control.title = t(key);
    }
    this.dateLabel.textContent = t("date");
    this.dateSend.textContent = t("date_send");
    this.fileRow.textContent = t("choose_file");
    this.#grow();
  }

  /** Offer the control that fits what is asked for now. */
  ask(input) {
    this.dateRow.hidden = input?.kind !== "date";
    if (!this.dateRow.hidden) {
      this.date.min = input.min || "";
      this.date.max = input.max || "";
      this.date.value = "";
    }
    const wantsFile = input?.kind === "file";
    this.fileRow.hidden = !wantsFile;
    this.maxBytes = wantsFile ? input.max_bytes || null : this.maxBytes;
    this.picker.multiple = !wantsFile || input.multiple !== false;
    this.picker.accept = wantsFile && input.media_types?.length ? input.media_types.join(",") : FILE_TYPES;
  }

  /** Give a refused text back, unless something new stands there already. */
  giveBack(text) {
    if (!this.text.value) this.text.value = text;
    this.#grow();
  }

  focus() {
    this.text.focus();
  }

  #wire() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.text.value;
      if (!text.trim() || [...text].length > LIMIT) return this.text.focus();
      this.text.value = "";
      this.#grow();
      this.send(text);
    });
    this.text.addEventListener("keydown", (event) => {
      // While an input method composes, Enter chooses a word.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    this.text.addEventListener("input", () => {
      this.#grow();
      if (this.text.value.trim()) this.writing();
    });
    this.text.addEventListener("paste", (event) => {
      if (event.clipboardData?.files.length) {
        event.preventDefault();
        this.sendFiles([...event.clipboardData.files], this.maxBytes);
      }
    });
    for (const input of [this.picker, this.lens]) {
      input.addEventListener("change", () => {
        this.sendFiles([...input.files], this.maxBytes);
        input.value = "";
      });
    }
    this.dateRow.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.date.value) return this.date.focus();
      const day = new Date(`${this.date.value}T12:00:00`);
      this.dateRow.hidden = true;
      this.send(day.toLocaleDateString(this.t.language, { day: "2-digit", month: "2-digit", year: "numeric" }));
      this.text.focus();
    });
  }

  #grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 140)}px`;
    const left = LIMIT - [...this.text.value].length;
    const near = left <= LIMIT - SHOW_COUNT_FROM;
    this.count.textContent = near ? this.t(left < 0 ? "characters_over" : "characters_left", { count: Math.abs(left) }) : "";
    this.count.classList.toggle("over", left < 0);
    this.text.toggleAttribute("aria-invalid", left < 0);
  }
}
