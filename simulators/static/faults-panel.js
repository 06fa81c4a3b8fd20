// What the vendor does wrong for this chat; collapsed until somebody wants to see it.

import { el } from "./dom.js";

const SWITCHES = [
  ["too_many", "Answer the next calls with 429", "number"],
  ["failing", "Fail the next calls with 500", "number"],
  ["slow_seconds", "Answer so many seconds late", "number"],
  ["blocked", "Blocked by the customer", "checkbox"],
  ["media_expired", "Links to files have expired", "checkbox"],
  ["outside_window", "The 24 hours are over", "checkbox"],
];

export class FaultsPanel {
  constructor(change) {
    this.inputs = new Map();
    this.late = el("input", { type: "checkbox" });
    this.element = el("details", { className: "faults" }, el("summary", {}, "Faults"));
    const box = el("fieldset", {}, el("legend", { className: "hidden" }, "Faults of the vendor for this chat"));
    for (const [name, title, type] of SWITCHES) {
      const input = el("input", { type, min: type === "number" ? "0" : null, max: type === "number" ? "60" : null });
      input.addEventListener("change", () => {
        change({ [name]: type === "number" ? Number(input.value) || 0 : input.checked });
      });
      this.inputs.set(name, input);
      box.append(el("label", { className: `fault-${name}` }, type === "number" ? [title, input] : [input, title]));
    }
    box.append(el("label", {}, this.late, "My messages arrive a week late"));
    this.element.append(box);
  }

  show(faults) {
    for (const [name, input] of this.inputs) {
      if (input === document.activeElement && input.type === "number") continue;
      if (input.type === "checkbox") input.checked = faults[name];
      else input.value = faults[name];
    }
    const active = Object.values(faults).some(Boolean);
    this.element.classList.toggle("active", active);
  }

  get lateBySeconds() {
    return this.late.checked ? 7 * 86400 : 0;
  }
}
