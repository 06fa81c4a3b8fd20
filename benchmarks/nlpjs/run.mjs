// NLP.js on the same lines: one step a process, so that memory and time are that step's own.
//
//   node run.mjs train <data> <own> <setting>    reads <data>/lines.json, writes <own>/model.json and trained.json
//   node run.mjs ask   <data> <own> <setting>    reads <data>/questions.json, <own>/model.json, writes asked.json
//
// Lines are [{language, text, intent}]. <setting> names one of SETTINGS below. NLP.js is loaded from the
// `node_modules` above <own>, where `npm ci` put it: nothing is installed beside this file.

import { readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const WARM_UP = 20;
const LANGUAGES = ["id", "it", "sr"];
// The locale of a line when it is learned, and what is told of a message's language (nothing: it is guessed).
const SETTINGS = {
  told: { learned: (line) => line.language, told: (line) => line.language },
  guessed: { learned: (line) => line.language, told: () => undefined },
  // A locale without a package of its own: one model, the general tokenizer, no stemmer.
  together: { learned: () => "xx", told: () => "xx" },
};

const [step, data, own, setting] = process.argv.slice(2);
const { learned, told } = SETTINGS[setting];
const require = createRequire(path.resolve(own, "here.js"));
const { dockStart } = require("@nlpjs/basic");
const dock = await dockStart({ use: ["Basic"] });
const container = dock.getContainer();
for (const language of LANGUAGES) {
  const name = `Lang${language[0].toUpperCase()}${language.slice(1)}`;
  container.use(require(`@nlpjs/lang-${language}`)[name]);
}
const nlp = container.get("nlp");
// Off: what costs time and tells nothing about the intent.
Object.assign(nlp.settings, { autoSave: false, autoLoad: false, calculateSentiment: false, log: false });
nlp.forceNER = false;

const read = async (folder, file) => JSON.parse(await readFile(path.join(folder, file), "utf8"));
const write = (file, value) => writeFile(path.join(own, file), JSON.stringify(value));
const megabytes = (bytes) => Math.round(bytes / 2 ** 20);
// Linux counts into `maxRSS` what the process held before it became node; VmHWM begins anew.
async function peak() {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const found = status.match(/VmHWM:\s+(\d+)/);
  return Math.round((found ? Number(found[1]) : process.resourceUsage().maxRSS) / 1024);
}

async function train() {
  const lines = await read(data, "lines.json");
  for (const language of new Set(lines.map(learned))) nlp.addLanguage(language);
  for (const line of lines) nlp.addDocument(learned(line), line.text, line.intent);
  const begun = performance.now();
  const before = process.cpuUsage();
  await nlp.train();
  const used = process.cpuUsage(before);
  const seconds = (performance.now() - begun) / 1000;
  const model = path.join(own, "model.json");
  await writeFile(model, nlp.export(true));
  await write("trained.json", {
    training_seconds: seconds,
    training_cpu_seconds: (used.user + used.system) / 1e6,
    training_peak_mb: await peak(),
    model_mb: megabytes((await stat(model)).size),
  });
}

async function ask() {
  const questions = await read(data, "questions.json");
  const known = await read(data, "lines.json");
  nlp.import(await readFile(path.join(own, "model.json"), "utf8"));
  for (const line of known.slice(0, WARM_UP)) await nlp.process(told(line), line.text);
  const loaded = megabytes(process.memoryUsage().rss);
  const answers = [];
  const times = [];
  for (const line of questions) {
    const begun = performance.now();
    const { intent, classifications } = await nlp.process(told(line), line.text);
    times.push(performance.now() - begun);
    answers.push({ intent, classifications });
  }
  await write("asked.json", {
    answers,
    times,
    memory_loaded_mb: loaded,
    memory_after_mb: megabytes(process.memoryUsage().rss),
    memory_peak_mb: await peak(),
  });
}

await (step === "train" ? train() : ask());
