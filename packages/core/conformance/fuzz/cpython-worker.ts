/** A thread that runs programs on CPython, which Pyodide brings along as WebAssembly. */
import { readdirSync, readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { PYODIDE, VERSION } from "./install.ts";

interface Python {
  FS: { mkdir(path: string): void; writeFile(path: string, text: string): void };
  runPython(code: string): unknown;
}

const { loadPyodide } = (await import(PYODIDE.href)) as { loadPyodide: (options: object) => Promise<Python> };
const python = await loadPyodide({ stdout: () => {}, stderr: () => {} });
const source = new URL("reference/programs/", import.meta.url);
python.FS.mkdir("/home/pyodide/programs");
for (const file of readdirSync(source).filter((name) => name.endsWith(".py"))) {
  python.FS.writeFile(`/home/pyodide/programs/${file}`, readFileSync(new URL(file, source), "utf8"));
}
const version = python.runPython("import platform; platform.python_version()");
if (version !== VERSION) throw new Error(`This is Python ${version}; the traces here are those of ${VERSION}`);
const run = python.runPython("from programs.interpreter import run_json; run_json") as (programs: string) => string;

parentPort?.on("message", (text: string) => parentPort?.postMessage(run(text)));
parentPort?.postMessage("ready");
