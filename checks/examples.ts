/**
 * `npm run docs:examples`: runs every TypeScript example of the README files, of `docs` and of the docstrings, and compares
 * what it prints with what the page says (`checks/examples/expected.ts` has the notation). Arguments: pages to run alone.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { blocksOf } from "./examples/blocks.ts";
import { expectationsOf, mismatches, type Outcome } from "./examples/expected.ts";
import { type Names, type Program, programsOf } from "./examples/programs.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGES = ["*.md", "docs/**/*.md", "packages/*/README.md", "examples/**/*.md", "packages/*/src/**/*.ts"];
/** Written from docstrings, which are run where they stand. */
const WRITTEN = "docs/api/";
/** Milliseconds for all of them. */
const LONGEST = 120_000;

const found: string[] = [];
const chosen = process.argv.slice(2);
const pages = chosen.length > 0 ? chosen : globSync(PAGES, { cwd: root }).sort();
const folder = mkdtempSync(join(root, "checks/examples/out-"));
try {
  const programs = new Map<string, Program>();
  for (const page of pages.filter((page) => !page.startsWith(WRITTEN))) {
    const { blocks, problems } = blocksOf(page, readFileSync(join(root, page), "utf8"));
    for (const { line, text } of problems) if (!page.endsWith(".ts")) found.push(`${page}:${line} ${text}`);
    if (blocks.length === 0) continue;
    const names = page.endsWith(".ts") ? await namesFor(page) : null;
    const place = join(folder, `page${page.replaceAll(/\W+/g, "-")}`);
    mkdirSync(place);
    if (names !== null) cpSync(join(root, "checks/examples/prelude/files"), place, { recursive: true });
    for (const program of programsOf(page, blocks, names)) {
      const path = join(place, program.file);
      if (programs.has(path)) found.push(`${page}:${program.line} there is a ${program.file} on this page already`);
      programs.set(path, program);
      writeFileSync(path, program.text);
    }
  }
  if (programs.size > 0) checkTypes(programs);
  if (found.length === 0) runAll(programs);
  const count = [...programs.values()].filter(({ isFile }) => !isFile).length;
  if (found.length === 0) console.log(`examples: ${count} programs do what their pages say`);
} finally {
  rmSync(folder, { recursive: true });
}
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;

function checkTypes(programs: ReadonlyMap<string, Program>): void {
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../../tsconfig.json", include: ["."] }));
  const { status, stdout, error } = spawnSync("tsc", ["-p", folder, "--pretty", "false"], {
    cwd: root,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status === 0) return;
  for (const line of stdout.trimEnd().split("\n")) {
    const [, path = "", number, text] = /^(.*?)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
    const program = programs.get(join(root, path));
    found.push(program === undefined ? line : `${program.page}:${number} ${text}`);
  }
}

function runAll(programs: ReadonlyMap<string, Program>): void {
  const paths = [...programs].filter(([, { isFile }]) => !isFile).map(([path]) => path);
  const args = ["--disable-warning=ExperimentalWarning", join(root, "checks/examples/runner.ts"), ...paths];
  const { stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    timeout: LONGEST,
  });
  const outcomes = new Map<string, Outcome>();
  for (const line of stdout.split("\n").filter((line) => line.startsWith("{"))) {
    const { file, outcome } = JSON.parse(line) as { file: string; outcome: Outcome };
    outcomes.set(file, outcome);
  }
  for (const [path, { page, line, text }] of programs) {
    if (!paths.includes(path)) continue;
    const outcome = outcomes.get(path);
    if (outcome === undefined) {
      found.push(`${page}:${line} stopped the process, or never ended: ${error?.message ?? ""}${stderr}`);
      return;
    }
    for (const each of mismatches(line, expectationsOf(text), outcome)) found.push(`${page}:${each.line} ${each.text}`);
  }
}

/** The fixtures of the preludes, and everything that the page's own package and core export. */
async function namesFor(page: string): Promise<Names> {
  const names = new Map<string, { from: string; isType: boolean }>();
  const [, own = "core"] = /^packages\/([^/]+)/.exec(page) ?? [];
  for (const name of ["core", own]) {
    const at = join(root, "packages", name);
    const { name: from } = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as { name: string };
    const entry = readFileSync(join(at, "src/index.ts"), "utf8");
    for (const [, listed = ""] of entry.matchAll(/export (?:type )?\{([^}]*)\}/g)) {
      const types = /export type \{[^}]*$/.test(entry.slice(0, entry.indexOf(listed)));
      for (const [, type, exported = ""] of listed.matchAll(/(type )?(?:\w+ as )?(\w+)\s*(?:,|$)/g)) {
        names.set(exported, { from, isType: types || type !== undefined });
      }
    }
  }
  for (const name of ["core", own]) {
    const prelude = join(root, `checks/examples/prelude/${name}.ts`);
    if (!existsSync(prelude)) continue;
    for (const [, name = ""] of readFileSync(prelude, "utf8").matchAll(/^export const (\w+)/gm)) {
      names.set(name, { from: relative(join(folder, "page"), prelude).replaceAll("\\", "/"), isType: false });
    }
  }
  return names;
}
