// Comforts of the secure page: showing the password, and saying by itself that the log-in is done.
// Without scripts the page works all the same.
const LOOK_AGAIN_MS = 3000;

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

/** While the code is awaited in the chat, look now and then whether it was given there. */
async function follow() {
  const shown = document.getElementById("step");
  if (shown?.dataset.step !== "code") return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("step");
      if (answer.status === 404 || (answer.ok && fresh && fresh.dataset.step !== "code")) return location.reload();
    } catch {
      // No connection: the next look may have one.
    }
  }
  setTimeout(follow, LOOK_AGAIN_MS);
}
setTimeout(follow, LOOK_AGAIN_MS);
