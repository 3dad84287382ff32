// Runs replay.py under Pyodide: node run.mjs KERNEL.zip QUESTIONS.json ANSWERS.txt
// Prints the Python version, and how long loading, the first import and the answers took, as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const here = dirname(fileURLToPath(import.meta.url));
const [zip, questions, answers] = process.argv.slice(2);
const started = performance.now();
const python = await loadPyodide();
const loaded = performance.now();
python.unpackArchive(new Uint8Array(readFileSync(zip)), "zip", { extractDir: "/kernel" });
python.FS.writeFile("/kernel/replay.py", readFileSync(join(here, "replay.py"), "utf8"));
python.runPython('import sys; sys.path.insert(0, "/kernel"); from replay import replay');
const imported = performance.now();
const replay = python.globals.get("replay");
const text = replay(readFileSync(questions, "utf8"));
const answered = performance.now();
writeFileSync(answers, text);
console.log(
  JSON.stringify({
    python: python.runPython("sys.version.split()[0]"),
    load_ms: Math.round(loaded - started),
    import_ms: Math.round(imported - loaded),
    answers_ms: Math.round(answered - imported),
  }),
);
