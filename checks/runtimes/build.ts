/**
 * The suite as every runtime can take it: core, its tests and what runs them here, compiled as a published package is,
 * in the folders they have in a checkout and under their own names. Messages and stacks show files, and tests hold
 * what they show; so a built file keeps the name `x.ts`, though it is JavaScript by now, which is TypeScript as well.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Tests and what they import, from the root of the checkout. */
export const TESTS = "packages/core/test";
export const GUEST = "checks/runtimes/guest";
const SOURCES = ["packages/core/src", TESTS, "packages/core/conformance", GUEST];

/** Under this name the built tests import `node:test`, which not all runtimes have or let one replace. */
export const TEST_MODULE = "#test";

const LIBRARIES = ["@opentelemetry/api", "@opentelemetry/context-async-hooks", "promises-aplus-tests"];

/** Compiles the checkout at `root` into `folder`. */
export function build(root: string, folder: string): void {
  const config = join(folder, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        // `npm run types` has checked them; here a type that is wrong must not hide how the program runs.
        noCheck: true,
        types: [],
        // As checks/build.ts: Node 22 knows no `using`.
        target: "ES2023",
        allowImportingTsExtensions: false,
        rewriteRelativeImportExtensions: false,
        rootDir: root,
        outDir: folder,
      },
      include: SOURCES.map((source) => join(root, source)),
    }),
  );
  const { status, error } = spawnSync("tsc", ["-p", config], { stdio: "inherit" });
  if (status !== 0)
    throw new Error(`the suite can't be compiled${error === undefined ? ": see above" : `: ${error.message}`}`);
  rmSync(config);
  for (const file of globSync("**/*.js", { cwd: folder })) {
    const path = join(folder, file);
    if (file.startsWith(TESTS)) {
      writeFileSync(path, readFileSync(path, "utf8").replace(/(from\s+)"node:test"/g, `$1"${TEST_MODULE}"`));
    }
    renameSync(path, path.replace(/\.js$/, ".ts"));
  }
  // What the tests read.
  cpSync(join(root, TESTS), join(folder, TESTS), { recursive: true, filter: (path) => !path.endsWith(".ts") });
  // The libraries that some tests hold core against.
  mkdirSync(join(folder, "node_modules/@opentelemetry"), { recursive: true });
  for (const library of LIBRARIES)
    symlinkSync(join(root, "node_modules", library), join(folder, "node_modules", library));
  // One package, which may import itself by name.
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      name: "yieldfrom",
      type: "module",
      dependencies: Object.fromEntries(LIBRARIES.map((library) => [library, "*"])),
      exports: { ".": "./packages/core/src/index.ts" },
      imports: {
        [TEST_MODULE]: { bun: `./${GUEST}/test.ts`, deno: `./${GUEST}/test.ts`, default: `./${GUEST}/node-test.ts` },
      },
    }),
  );
}
