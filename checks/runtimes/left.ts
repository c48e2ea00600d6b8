/** What can't make sense in a runtime: the one list of it. An entry to which no test answers fails the check. */
import type { Left } from "./guest/report.ts";

/** Node runs everything, and so has no entries. */
export type Without = "bun" | "deno" | "chromium";

const NO_INSPECTOR = "only Node lets a program ask its own debugger where a generator stands";
const NO_PROCESS = "a page has no process, so neither Ctrl-C nor listeners to it";
const NO_FILES = "a page can't read its source files";

const lists: readonly (readonly [on: readonly Without[], why: string, file: string, tests: readonly string[]])[] = [
  [
    ["bun", "deno", "chromium"],
    NO_INSPECTOR,
    "host.test.ts",
    [
      "it knows where a suspended generator stands, and leaves nothing behind by asking",
      "methods and nameless generators are found as well; what is no generator has no place",
    ],
  ],
  [
    ["chromium"],
    NO_PROCESS,
    "host.test.ts",
    [
      "listeners for the end and for Ctrl-C are taken back a turn after the functions they gave",
      "where somebody else handles Ctrl-C, it can't be had",
    ],
  ],
  [["chromium"], NO_PROCESS, "run.test.ts", ["with handleSigint: false nobody listens for Ctrl-C"]],
  [["chromium"], NO_FILES, "host.test.ts", ["it reads a line of a source file, and does without where it can't"]],
  [
    ["chromium"],
    NO_FILES,
    "task/coroutine.test.ts",
    [
      "a function literal is called in messages what it is assigned to",
      "a function literal in a field is called as the field",
    ],
  ],
  [["chromium"], NO_FILES, "task/task.test.ts", ["the spinner of the seed is printed as the design shows it"]],
  [
    ["bun"],
    "JavaScriptCore places a field's initialiser at its class, not at its line",
    "task/coroutine.test.ts",
    ["a function literal in a field is called as the field"],
  ],
  [
    ["bun", "deno"],
    "what captures the stores doesn't show them, so those made before the library was loaded are not noticed",
    "async-context-process.slow.test.ts",
    ["the first use of AsyncLocalStorage is noticed: before"],
  ],
  [
    ["bun"],
    "its own Promise fails two tests of the suite, which hold that `this` is undefined in its strict functions",
    "promises-aplus.slow.test.ts",
    ["`then` of a Future passes the Promises/A+ suite"],
  ],
  [
    ["bun", "deno"],
    "a module that waits for ever at its top level is waited for without 'beforeExit'",
    "run-process.slow.test.ts",
    ["a program that can never go on ends with code 1 and a report > though the module itself waits for it"],
  ],
  [
    ["deno"],
    "a failed task lives as long as its error there, so it is reported when its loop is closed and not before",
    "loop/collected.test.ts",
    ["collected: failed task: one report"],
  ],
];

/** What is left out in this runtime. */
export function leftOn(runtime: string): Left[] {
  return lists
    .filter(([on]) => (on as readonly string[]).includes(runtime))
    .flatMap(([, why, file, tests]) => tests.map((test) => ({ file, test, why })));
}

/** All entries, whatever the runtime. */
export const LEFT: readonly Left[] = lists.flatMap(([, why, file, tests]) =>
  tests.map((test) => ({ file, test, why })),
);
