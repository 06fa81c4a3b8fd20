// Comforts of the frame: menus close on Escape and on a click elsewhere, a notice goes when the next request is made.
// What a page can do does not depend on this.
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

document.addEventListener("htmx:beforeRequest", (event) => {
  // What the page asks by itself (events of the stream) leaves the words about the agent's own step alone.
  const began = event.detail.requestConfig?.triggeringEvent?.type ?? "";
  if (!/^care:|^load$/.test(began)) document.getElementById("notice")?.replaceChildren();
});

// What is there to be copied is selected as soon as it has the focus.
for (const field of document.querySelectorAll("[data-select-all]")) {
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) field.select();
}
