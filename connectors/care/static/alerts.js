// When a conversation arrives: a sound, a notification and a number in the title, once the agent has asked for them.

const KEY = "care-alerts";
const button = document.getElementById("alerts");
const desk = document.getElementById("desk");
const connection = document.getElementById("connection");
const title = document.title;
let audio = null;

const on = () => localStorage.getItem(KEY) === "on";

function draw() {
  button.setAttribute("aria-pressed", String(on()));
  button.textContent = on() ? button.dataset.on : button.dataset.off;
}

function chime(urgent) {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  const tones = urgent ? [880, 880, 1175] : [659, 880];
  tones.forEach((frequency, index) => {
    const start = audio.currentTime + index * 0.18;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.18, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.18);
  });
}

function notify(text, tag) {
  if (Notification.permission !== "granted" || document.hasFocus()) return;
  // Never what a customer wrote: it would stand on a screen that anybody sees.
  const shown = new Notification("CARE", {body: text, tag, silent: true});
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

button.addEventListener("click", async () => {
  localStorage.setItem(KEY, on() ? "off" : "on");
  draw();
  if (!on()) return;
  chime(false);
  if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  if (!("Notification" in window) || Notification.permission !== "granted") {
    document.getElementById("notice").textContent = button.dataset.denied;
  }
});

// Of the tab's stream (live.js).
document.body.addEventListener("care:arrived", (event) => ring(desk.dataset.arrived, event));
document.body.addEventListener("care:wrote", (event) => ring(desk.dataset.wrote, event));

function ring(text, event) {
  count();
  if (!on()) return;
  const {handover} = event.detail;
  chime(false);
  if ("Notification" in window) notify(text, `care-${handover}`);
}

function count() {
  const waiting = Number(document.getElementById("queue-count")?.dataset.waiting ?? 0);
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

function connected(live) {
  connection.textContent = live ? connection.dataset.live : connection.dataset.lost;
  connection.classList.toggle("lost", !live);
}

document.body.addEventListener("care:connected", () => connected(true));
document.body.addEventListener("care:lost", () => connected(false));
document.body.addEventListener("htmx:afterSettle", count);
draw();
count();
