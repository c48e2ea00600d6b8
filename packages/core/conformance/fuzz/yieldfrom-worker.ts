/** A thread that runs programs on the library here. */
import { parentPort } from "node:worker_threads";
import { runProgram } from "../interpreter.ts";
import type { Program } from "../program.ts";
import type { Job, Outcome } from "./side.ts";

parentPort?.on("message", (text: string) => {
  parentPort?.postMessage(JSON.stringify((JSON.parse(text) as Job).programs.map(attempt)));
});
parentPort?.postMessage("ready");

function attempt(program: Program): Outcome {
  try {
    return runProgram(program);
  } catch (error) {
    return `the run failed: ${String(error).split("\n", 1)[0]}`;
  }
}
