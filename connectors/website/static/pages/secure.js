// The one comfort of the secure page: showing the password. Without scripts the page works all the same.
for (const toggle of document.querySelectorAll("[data-toggles]")) {
  const field = document.getElementById(toggle.dataset.toggles);
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    const label = shown ? toggle.dataset.show : toggle.dataset.hide;
    toggle.setAttribute("aria-pressed", String(!shown));
    toggle.setAttribute("aria-label", label);
    toggle.title = label;
    field.focus();
  });
}
