// One stream of events for the whole tab: they say only "look again", and become events of the page (`care:…`).

const desk = document.getElementById("desk");
const PASSED_ON = ["queue", "line", "state", "panel", "typing", "window", "arrived", "wrote"];
const LONGEST_PAUSE = 64;
let source = null;
let handover = "";
let newest = null;
let pause = 1;

const work = () => document.querySelector("#work[data-handover]");
const tell = (name, detail = {}) => document.body.dispatchEvent(new CustomEvent(`care:${name}`, {detail}));

// What the page shows now: whatever is otherwise by the time the stream is open is told at once.
function address() {
  const asked = new URLSearchParams();
  if (newest !== null) asked.set("newest", newest);
  const open = work();
  handover = open?.dataset.handover ?? "";
  if (open) {
    asked.set("handover", handover);
    asked.set("version", open.dataset.version);
    asked.set("after", document.getElementById("tail-after").value);
    asked.set("event", document.getElementById("tail-event").value);
    asked.set("closed", document.getElementById("reach")?.dataset.closed ?? open.dataset.closed);
    asked.set("typing", String(document.getElementById("customer-typing").textContent.trim() !== ""));
  }
  return `/care/stream?${asked}`;
}

function connect() {
  source?.close();
  const here = new EventSource(address());
  source = here;
  for (const name of PASSED_ON) {
    here.addEventListener(name, (event) => {
      const detail = JSON.parse(event.data);
      if (name === "queue") newest = detail.newest;
      tell(name, detail);
    });
  }
  here.addEventListener("leave", () => {
    here.close();
    location.assign("/care/login?next=" + encodeURIComponent(location.pathname));
  });
  here.onopen = () => {
    pause = 1;
    tell("connected");
  };
  here.onerror = () => {
    const refused = here.readyState === EventSource.CLOSED;
    here.close();
    if (source !== here) return;
    tell("lost");
    // Refused: the conversation may be somebody else's by now.
    if (refused && handover) tell("state");
    setTimeout(() => source === here && connect(), pause * 500);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
}

// Another conversation is open in this tab: the stream is about that one from now on.
document.body.addEventListener("htmx:afterSettle", () => {
  if ((work()?.dataset.handover ?? "") !== handover) connect();
});
window.addEventListener("pagehide", () => source?.close());
// Back from the browser's cache.
window.addEventListener("pageshow", (event) => event.persisted && connect());
if (desk) connect();
