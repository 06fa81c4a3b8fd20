// Canned answers: "/" at the beginning of the answer opens the list, words behind it filter, Enter takes one.

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "dj");
let chosen = -1;

const field = () => document.getElementById("answer");
const list = () => document.getElementById("canned");
const shown = () => [...list().querySelectorAll('[role="option"]')].filter((one) => !one.hidden);

function close() {
  if (!list()) return;
  list().hidden = true;
  chosen = -1;
  field()?.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const options = shown();
  chosen = options.length ? (index + options.length) % options.length : -1;
  for (const one of list().querySelectorAll('[role="option"]')) one.setAttribute("aria-selected", "false");
  if (chosen < 0) return;
  options[chosen].setAttribute("aria-selected", "true");
  options[chosen].scrollIntoView({block: "nearest"});
  field().setAttribute("aria-activedescendant", options[chosen].id);
}

function take(option) {
  field().value = option.dataset.text;
  field().dispatchEvent(new Event("input", {bubbles: true}));
  close();
  field().focus();
  field().setSelectionRange(field().value.length, field().value.length);
}

function filter() {
  const words = fold(field().value.slice(1)).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of list().querySelectorAll('[role="option"]')) {
    const text = fold(`${one.dataset.words} ${one.textContent}`);
    one.hidden = !words.every((word) => text.includes(word));
    count += one.hidden ? 0 : 1;
  }
  list().querySelector(".none").hidden = count > 0;
  list().hidden = false;
  choose(0);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "answer" || !list()) return;
  if (event.target.value.startsWith("/")) filter();
  else close();
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "answer" || !list() || list().hidden || event.ctrlKey || event.metaKey) return;
  const options = shown();
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && options[chosen]) take(options[chosen]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("click", (event) => {
  const option = event.target.closest?.('#canned [role="option"]');
  if (option) take(option);
});
