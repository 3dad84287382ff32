// Runs a script under Pyodide: node run.mjs KERNEL.zip SCRIPT.py INPUT OUTPUT
// The script's `main` turns the input file's text into the output file's. What is printed is JSON: the Python version,
// and how many milliseconds loading, the first import of the kernel and the script took.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [zip, script, input, output] = process.argv.slice(2);
const started = performance.now();
const python = await loadPyodide();
const loaded = performance.now();
python.unpackArchive(new Uint8Array(readFileSync(zip)), "zip", { extractDir: "/kernel" });
python.FS.writeFile("/kernel/script.py", readFileSync(script, "utf8"));
// WebAssembly has no processor time, so Python would give plain time; Node knows it.
const seconds = () => {
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e6;
};
python.registerJsModule("node_clock", { seconds });
python.runPython("import time, node_clock; time.process_time = node_clock.seconds");
python.runPython('import sys; sys.path.insert(0, "/kernel"); from script import main');
const imported = performance.now();
const text = python.globals.get("main")(readFileSync(input, "utf8"));
const answered = performance.now();
writeFileSync(output, text);
console.log(
  JSON.stringify({
    python: python.runPython("sys.version.split()[0]"),
    load_ms: Math.round(loaded - started),
    import_ms: Math.round(imported - loaded),
    script_ms: Math.round(answered - imported),
  }),
);
