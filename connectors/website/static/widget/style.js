// The widget's looks. A constructed sheet: it needs no inline style, whatever policy the page has.
// A page may set --care-accent and --care-on-accent on the element.

export const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  --accent: var(--care-accent, #0f6e6e); --on-accent: var(--care-on-accent, #fff);
  --page: #fff; --text: #15282a; --quiet: #52666a; --line: #cdd8d9; --control: #7d9093; --bot: #eef3f3; --system: #fdf5e0; --error: #a01627;
  all: initial; position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; color-scheme: light dark;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--text);
}
@media (prefers-color-scheme: dark) {
  :host {
    --accent: var(--care-accent-dark, #67cbc5); --on-accent: var(--care-on-accent-dark, #06201f);
    --page: #132022; --text: #e7efef; --quiet: #a7babc; --line: #2f4346; --control: #6f878a; --bot: #1e3033; --system: #352c13; --error: #ffb3bb;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, select, textarea, input { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { cursor: default; opacity: .55; }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.launcher {
  width: 60px; height: 60px; border-radius: 50%; border: 0; background: var(--accent); color: var(--on-accent);
  display: grid; place-items: center; box-shadow: 0 4px 18px #0005; margin-inline-start: auto; position: relative;
}
.launcher svg { width: 30px; height: 30px; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 24px; height: 24px; padding: 0 6px; border-radius: 12px; background: #b3122a; color: #fff; font-size: 14px; font-weight: 700; display: grid; place-items: center; }
.panel {
  position: absolute; inset-block-end: 74px; inset-inline-end: 0; width: 390px; max-width: calc(100vw - 40px);
  height: 640px; max-height: calc(100dvh - 114px); display: flex; flex-direction: column; overflow: hidden;
  background: var(--page); border: 1px solid var(--line); border-radius: 18px; box-shadow: 0 12px 40px #0004;
}
header { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 16px; background: var(--accent); color: var(--on-accent); }
header :focus-visible { outline-color: currentColor; outline-offset: -2px; }
h2 { font-size: 17px; font-weight: 650; margin: 0; flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.icon { width: 40px; height: 40px; flex: none; border: 0; border-radius: 10px; background: transparent; display: grid; place-items: center; padding: 0; }
.icon:hover:not(:disabled) { background: color-mix(in srgb, currentColor 14%, transparent); }
.language { position: relative; }
.language select { position: absolute; inset: 0; width: 100%; opacity: 0; cursor: pointer; }
.language:hover { background: color-mix(in srgb, currentColor 14%, transparent); }
.language:focus-within { outline: 3px solid currentColor; outline-offset: -2px; }
.language option { color: #15282a; background: #fff; }
.confirmation { padding: 14px 16px; border-block-end: 1px solid var(--line); background: var(--system); }
.confirmation p { margin: 0 0 10px; }
.log-frame { flex: 1; min-height: 0; position: relative; display: flex; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px 14px; display: flex; flex-direction: column; gap: 12px; }
.log:focus-visible { outline-offset: -3px; }
.newest { position: absolute; inset-block-end: 10px; inset-inline-end: 14px; width: 40px; height: 40px; border-radius: 50%; border: 1px solid var(--line); background: var(--page); display: grid; place-items: center; box-shadow: 0 2px 10px #0003; }
.message { display: flex; flex-direction: column; align-items: flex-start; max-width: 88%; }
.message.customer { align-self: flex-end; align-items: flex-end; }
.bubble { border-radius: 16px 16px 16px 4px; background: var(--bot); padding: 10px 14px; overflow-wrap: anywhere; max-width: 100%; }
.customer .bubble { background: var(--accent); color: var(--on-accent); border-radius: 16px 16px 4px 16px; }
.system .bubble { background: var(--system); }
.agent .bubble { border: 1.5px solid var(--accent); }
.customer a { color: inherit; }
.pending .bubble { opacity: .7; }
.text { margin: 0; white-space: pre-wrap; }
.whole { white-space: nowrap; }
a { color: var(--accent); }
time, .note { font-size: 12.5px; color: var(--quiet); margin: 3px 4px 0; }
.note { margin: 3px 0 0; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
.choice, .link {
  min-height: 38px; padding: 7px 14px; border-radius: 19px; border: 1.5px solid var(--accent); background: var(--page); color: var(--accent);
  font-weight: 600; font-size: 15px; text-decoration: none; text-align: start; display: inline-flex; align-items: center; gap: 7px;
}
.choice:hover:not(:disabled), .link:hover { background: color-mix(in srgb, var(--accent) 12%, var(--page)); }
.link.prominent { background: var(--accent); color: var(--on-accent); }
.link svg { flex: none; width: 18px; height: 18px; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px; }
.card { background: var(--page); border: 1px solid var(--line); border-radius: 12px; padding: 10px 12px; }
.card p { margin: 0; }
.card-title { font-weight: 650; }
.card-subtitle { color: var(--quiet); font-size: 14.5px; }
.card-line { font-size: 14.5px; margin-block-start: 3px !important; }
.card .link-row, .card .buttons { margin-block-start: 9px; }
.picture { display: block; width: 100%; max-width: 420px; height: auto; border-radius: 10px; margin-bottom: 8px; }
.files, .uploads { list-style: none; margin: 0; padding: 0; }
.files li { display: flex; align-items: center; gap: 7px; }
.files svg { flex: none; }
.size { opacity: .8; font-size: 13px; white-space: nowrap; }
.dots .bubble { display: flex; gap: 5px; padding: 14px; }
.dots i { width: 8px; height: 8px; margin: 0 !important; border-radius: 50%; background: var(--quiet); animation: breathe 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
.bubble:not(.dots .bubble) > * + * { margin-block-start: 10px; }
@keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }
.status { margin: 0; padding: 0 16px 6px; font-size: 13.5px; color: var(--quiet); }
.status:empty { padding: 0; }
.status.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); padding: 0; }
.uploads:not(:empty) { padding: 8px 14px; border-block-start: 1px solid var(--line); display: grid; gap: 8px; max-height: 32%; overflow-y: auto; }
.upload { display: grid; grid-template-columns: 1fr auto; gap: 4px 10px; align-items: center; font-size: 14px; overflow-wrap: anywhere; }
.upload progress { grid-column: 1 / -1; width: 100%; height: 8px; accent-color: var(--accent); }
.upload.failed .upload-words { color: var(--error); }
.upload-actions { display: flex; gap: 6px; }
.small { min-height: 28px; padding: 2px 10px; border-radius: 8px; border: 1px solid var(--control); background: transparent; font-size: 14px; }
.composer { border-block-start: 1px solid var(--line); padding: 8px; }
.compose { display: flex; align-items: flex-end; gap: 2px; }
.compose .icon { color: var(--quiet); }
.compose .send { color: var(--accent); }
.camera { display: none; }
textarea { flex: 1; min-width: 0; resize: none; border: 1.5px solid var(--control); border-radius: 12px; background: transparent; padding: 8px 11px; min-height: 41px; max-height: 140px; line-height: 1.4; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
textarea[aria-invalid] { border-color: var(--error); }
.count { margin: 0 6px 4px; font-size: 13px; color: var(--quiet); text-align: end; }
.count:empty { display: none; }
.count.over { color: var(--error); font-weight: 600; }
.date-row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 2px 6px 10px; }
.date-row label { font-size: 14px; color: var(--quiet); flex-basis: 100%; }
.date-row input { flex: 1; min-width: 9em; min-height: 40px; border: 1.5px solid var(--control); border-radius: 10px; background: transparent; padding: 4px 10px; }
.file-row { margin: 2px 6px 10px; }
.drop { position: absolute; inset: 8px; border: 3px dashed var(--accent); border-radius: 14px; background: color-mix(in srgb, var(--page) 90%, transparent); display: grid; place-items: center; font-weight: 650; pointer-events: none; }
@media (pointer: coarse) {
  .icon, .newest { width: 44px; height: 44px; }
  .choice, .link, .small { min-height: 44px; }
  .choice, .link { border-radius: 22px; }
  textarea { min-height: 44px; }
  .camera { display: grid; }
}
@media (max-width: 480px) {
  :host { inset-block-end: 14px; inset-inline-end: 14px; }
  :host([data-open]) { inset: 0; }
  :host([data-open]) .launcher { display: none; }
  .panel { position: fixed; inset: 0; width: auto; max-width: none; height: 100dvh; max-height: none; border: 0; border-radius: 0; }
  header { padding-block-start: max(8px, env(safe-area-inset-top)); }
  .composer { padding-block-end: max(8px, env(safe-area-inset-bottom)); }
}
@media (prefers-reduced-motion: reduce) { .dots i { animation: none; opacity: .7; } }
@media (forced-colors: active) {
  .bubble, .launcher, header, .choice, .link, .icon { border: 1px solid ButtonText; }
  .dots i { background: CanvasText; }
  .drop { background: Canvas; }
}
`);
