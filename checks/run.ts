/** `npm run check`: every promise the project makes, in turn; ends at once with the first that is broken. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const cases = "../shared/conformance/cases";

const checks: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["format and lint", ["biome", "check", "--error-on-warnings"]],
  ["types", ["tsc", "--noEmit"]],
  ["layers", ["node", "checks/layers.ts"]],
  ["examples", ["npm", "run", "--silent", "docs:examples"]],
  ["the API reference is what the docstrings say", ["node", "checks/api/main.ts", "--check"]],
  ["tests, with coverage", ["node", "checks/coverage.ts"]],
  [
    "conformance, the cases kept here",
    ["npm", "run", "--silent", "conformance", "--", "packages/core/test/parity/basics.jsonl"],
  ],
  ...(existsSync(cases) ? [["conformance, all cases", ["npm", "run", "--silent", "conformance"]] as const] : []),
  ["the built packages, on Node 22, 24 and 26", ["node", "checks/packed.ts"]],
];

if (!existsSync(cases)) console.log(`skipped: conformance, all cases: there is no ${cases} beside this checkout`);
for (const [name, [command = "", ...args]] of checks) {
  const start = performance.now();
  console.log(`\n== ${name}: ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`\nfailed: ${name}${error === undefined ? "" : ` (${error.message})`}`);
    process.exit(1);
  }
  console.log(`== ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
console.log("\nevery check passed");
