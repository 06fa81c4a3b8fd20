// Puts one phone, or two, on the page and remembers who has them.

import { listAccounts } from "./api.js";
import { el } from "./dom.js";
import { Phone } from "./phone.js";

const KEY = "care-phones";
const place = document.getElementById("phones");
const second = document.getElementById("second");
const phones = [];
let remembered = {};
try {
  remembered = JSON.parse(localStorage.getItem(KEY)) ?? {};
} catch {
  // Nothing that can be read is remembered.
}

const remember = () =>
  localStorage.setItem(KEY, JSON.stringify({ phones: phones.map((phone) => phone.state), two: phones.length > 1 && !phones[1].element.hidden }));

function showSecond(accounts, wanted) {
  if (wanted && phones.length < 2) {
    const before = remembered.phones?.[1] ?? { vendor: phones[0].state.vendor, account: phones[0].state.account };
    const phone = new Phone(2, accounts, before, remember);
    phones.push(phone);
    place.append(phone.element);
  }
  if (phones[1]) {
    phones[1].element.hidden = !wanted;
    if (wanted) phones[1].choose();
    else phones[1].stop();
  }
  second.setAttribute("aria-pressed", String(wanted));
  remember();
}

try {
  const accounts = await listAccounts();
  phones.push(new Phone(1, accounts, remembered.phones?.[0] ?? {}, remember));
  place.append(phones[0].element);
  phones[0].choose();
  if (remembered.two) showSecond(accounts, true);
  second.addEventListener("click", () => showSecond(accounts, second.getAttribute("aria-pressed") !== "true"));
} catch (error) {
  place.append(el("p", { role: "alert", className: "problem" }, error.message));
}
