/**
 * `npm run docs:api`: writes `docs/api` from the docstrings; with `--check`, says whether it is what would be written.
 * Fails for an export without a docstring, and for a source file that no page claims.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Converter, type DeclarationReflection, ReflectionKind } from "typedoc";
import { PAGES, type Page } from "./groups.ts";
import { type Export, isDocumented, Renderer } from "./render.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "docs/api");

const app = await Application.bootstrap({
  entryPoints: [...new Set(PAGES.map(({ entry }) => join(root, entry)))],
  tsconfig: join(root, "tsconfig.json"),
  // `npm run types` checks the types, with the compiler that counts.
  skipErrorChecking: true,
  excludeInternal: true,
  excludeProtected: true,
  excludeExternals: true,
  disableGit: true,
  sourceLinkTemplate: "-",
  sort: ["source-order"],
  logLevel: "Error",
});
let symbolOf: ((reflection: DeclarationReflection) => unknown) | undefined;
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
  symbolOf = (reflection) => context.getSymbolFromReflection(reflection);
});
const project = await app.convert();
if (project === undefined || symbolOf === undefined) throw new Error("typedoc could not read the sources: see above");

const problems: string[] = [];
const exports = project.children?.flatMap(exportsOf) ?? [];
for (const each of exports) {
  if (!isDocumented(each)) problems.push(`${fileOf(each.reflection)}: the export ${each.name} has no docstring`);
}
const renderer = new Renderer(exports, symbolOf as ConstructorParameters<typeof Renderer>[1]);
const used = PAGES.filter((page) => exports.some((each) => each.page === page));
const files = new Map([["README.md", renderer.index(used, exports)]]);
for (const page of used) files.set(`${page.name}.md`, renderer.page(page, exports));

if (process.argv.includes("--check")) {
  for (const [file, text] of files) {
    const path = join(folder, file);
    const is = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (is !== text) problems.push(`docs/api/${file} is not what the docstrings say: run \`npm run docs:api\``);
  }
  for (const file of globSync("*", { cwd: folder })) {
    if (!files.has(file)) problems.push(`docs/api/${file} is no page any more: run \`npm run docs:api\``);
  }
} else if (problems.length === 0) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [file, text] of files) writeFileSync(join(folder, file), text);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`docs/api: ${exports.length} exports on ${used.length} pages`);

function exportsOf(module: DeclarationReflection): Export[] {
  const entry = PAGES.find(({ entry }) => sourceOf(module) === entry)?.entry;
  if (entry === undefined) throw new Error(`no page has the entry point ${sourceOf(module)}`);
  const aliases = new Map<number, string[]>();
  const own: DeclarationReflection[] = [];
  for (const child of module.children ?? []) {
    if (child.isReference()) {
      const { id } = child.getTargetReflectionDeep();
      aliases.set(id, [...(aliases.get(id) ?? []), child.name]);
    } else if (!child.kindOf(ReflectionKind.Module)) own.push(child as DeclarationReflection);
  }
  return own.flatMap((reflection) => {
    const found = pageOf(entry, fileOf(reflection));
    if (found === undefined) {
      problems.push(`${fileOf(reflection)} (export ${reflection.name}) is on no page: add it to checks/api/groups.ts`);
      return [];
    }
    return [{ name: reflection.name, reflection, ...found, aliases: aliases.get(reflection.id) ?? [] }];
  });
}

function pageOf(entry: string, file: string): { page: Page; source: number } | undefined {
  const inside = file.slice(entry.lastIndexOf("/") + 1);
  let best: { page: Page; source: number; length: number } | undefined;
  for (const page of PAGES.filter((page) => page.entry === entry)) {
    for (const [index, source] of page.sources.entries()) {
      const fits = source === "" || source === inside || (source.endsWith("/") && inside.startsWith(source));
      if (fits && source.length >= (best?.length ?? 0)) best = { page, source: index, length: source.length };
    }
  }
  return best;
}

function sourceOf(module: DeclarationReflection): string {
  return relative(root, module.sources?.[0]?.fullFileName ?? "");
}

function fileOf(reflection: DeclarationReflection): string {
  const [source] = reflection.sources ?? reflection.getAllSignatures()[0]?.sources ?? [];
  return relative(root, source?.fullFileName ?? "");
}
