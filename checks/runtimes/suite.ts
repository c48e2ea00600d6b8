/** Which tests there are, and what each needs of its runtime; found by looking at the built files. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { GUEST, TEST_MODULE, TESTS } from "./build.ts";

export interface TestFile {
  /** From the tests' folder. */
  readonly file: string;
  /** What only a process has, for example `node:net`, or `node:child_process (child.ts)`; none if any runtime will do. */
  readonly needs: readonly string[];
  /** How often the text says `test(`. A loop makes more of it, nothing less. */
  readonly atLeast: number;
}

interface StandIn {
  /** Where the browser's server has it. */
  readonly path: string;
  /** What it offers of the module; without it, all that the tests may want. */
  readonly names?: readonly string[];
}

/** What stands for Node's modules in a browser. A test that imports more than this is not run there. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  [TEST_MODULE]: { path: `/${GUEST}/test.ts` },
  "node:assert/strict": { path: "/node_modules/@jspm/core/nodelibs/browser/assert/strict.js" },
  "node:events": { path: `/${GUEST}/node-events.ts`, names: ["getEventListeners"] },
  "node:fs": { path: `/${GUEST}/node-fs.ts`, names: ["readFileSync", "readdirSync"] },
  "node:path": { path: `/${GUEST}/node-path.ts`, names: ["basename", "join"] },
  "node:url": { path: `/${GUEST}/node-url.ts`, names: ["fileURLToPath"] },
  "node:util": { path: `/${GUEST}/node-util.ts`, names: ["inspect"] },
};

/** Takes minutes and Node's own measures of the heap, and what it shows of the library it shows once: in `npm run check`. */
export const LEAKS = "leaks/";

/** Every test file of the suite that was built in `folder`. */
export function testFiles(folder: string): TestFile[] {
  const tests = join(folder, TESTS);
  return globSync("**/*.test.ts", { cwd: tests })
    .filter((file) => !file.startsWith(LEAKS))
    .sort()
    .map((file) => {
      const needs = new Set<string>();
      for (const path of closure(join(tests, file))) {
        const via = path === join(tests, file) ? "" : ` (${relative(tests, path)})`;
        for (const imported of importsOf(readFileSync(path, "utf8"))) {
          if (isOfNode(imported)) needs.add(`${imported.from}${via}`);
        }
      }
      const atLeast = readFileSync(join(tests, file), "utf8").match(/^\s*(test|it)\(/gm)?.length ?? 0;
      return { file, needs: [...needs], atLeast };
    });
}

/** The file and all that it imports by relative paths. */
function closure(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { from } of importsOf(readFileSync(path, "utf8"))) {
    if (from.startsWith(".")) closure(join(dirname(path), from), seen);
  }
  return seen;
}

interface Import {
  readonly from: string;
  readonly names: readonly string[];
}

/** Of built files, from which type-only imports are gone. */
function importsOf(text: string): Import[] {
  return [...text.matchAll(/^(?:import|export)\s+(?:([^;"]*?)\s+from\s+)?"([^"]+)"/gm)].map(
    ([, names = "", from = ""]) => ({
      from,
      names: names.split(/[{},]/).flatMap((name) => name.trim().split(" as ")[0] || []),
    }),
  );
}

function isOfNode({ from, names }: Import): boolean {
  const standIn = STAND_INS[from];
  if (standIn === undefined) return !from.startsWith(".") && from !== "yieldfrom";
  return standIn.names !== undefined && !names.every((name) => standIn.names?.includes(name));
}
