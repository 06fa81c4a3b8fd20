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

document.addEventListener("htmx:beforeRequest", () => document.getElementById("notice")?.replaceChildren());

// What is there to be copied is selected as soon as it has the focus.
for (const field of document.querySelectorAll("[data-select-all]")) {
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) field.select();
}
