/**
 * `npm run layers`: the folders' permissions, checked. Three rules:
 *
 * L1. A package imports only the workspaces listed for it (the table is below).
 * L2. Where a package has layers, a file imports values only from those at or below its own; a type-only import may go
 *     up. Rooms are places of one layer that stand apart: none imports values of another one.
 * L3. Core touches the host through `host.ts` alone: no `node:` import, no global of the host elsewhere.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Workspaces that each package may import. */
const WORKSPACES: Readonly<Record<string, readonly string[]>> = {
  core: [],
  executors: ["yieldfrom"],
  io: ["yieldfrom"],
  testing: ["yieldfrom"],
  http: ["yieldfrom"],
  progress: [],
  downloader: ["yieldfrom", "@yieldfrom/http", "@yieldfrom/executors", "@yieldfrom/tqdm"],
};

/** Folders and files of a package's `src`; those that are `apart` don't import each other. */
interface Layer {
  readonly places: readonly string[];
  readonly apart?: true;
}

/** Each package's layers from the bottom up. A file that is named itself is not where its folder is. */
const LAYERS: Readonly<Record<string, readonly Layer[]>> = {
  core: [
    { places: ["util/"] },
    {
      places: [
        "checks.ts",
        "errors.ts",
        "error-text.ts",
        "exception-group.ts",
        "types.ts",
        "host.ts",
        "executor.ts",
        "reason.ts",
        "traceback.ts",
      ],
    },
    { places: ["loop/", "future.ts", "rare-state.ts", "print.ts", "task/", "loops/event-loop.ts"] },
    { places: ["loops/"] },
    { places: ["sync/", "scope/"] },
    { places: ["combine/", "interop/", "introspect/"] },
    { places: ["run.ts"] },
    { places: ["index.ts"] },
  ],
  downloader: [
    {
      places: [
        "item.ts",
        "events.ts",
        "options.ts",
        "errors.ts",
        "progress-view.ts",
        "http-date.ts",
        "names/printable.ts",
      ],
    },
    { places: ["input/", "names/", "files/", "manners/"], apart: true },
    { places: ["transfer/"] },
    { places: ["download-many.ts", "downloads.ts", "event-stream.ts", "reader.ts", "work.ts"] },
    { places: ["index.ts", "cli/"], apart: true },
  ],
};

const HOST_GLOBALS =
  /(?<![.\w"'`])(setTimeout|setInterval|setImmediate|queueMicrotask|performance|process|console|Date)\s*[.(]/;

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** What is wrong with the workspace at `root`, one line for each finding. */
export function findings(root: string): string[] {
  const found: string[] = [];
  for (const file of globSync("packages/*/src/**/*.ts", { cwd: root }).sort()) {
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    const [, folder = ""] = /^packages\/([^/]+)\//.exec(file) ?? [];
    for (const imported of importsOf(text)) {
      const problem = imported.from.startsWith(".")
        ? relativeProblem(root, folder, file, imported)
        : packageProblem(folder, imported);
      if (problem !== undefined) found.push(`${file}:${imported.line} ${problem}`);
    }
    if (folder === "core" && !file.endsWith("/host.ts")) found.push(...hostProblems(file, text));
  }
  return found;
}

function importsOf(text: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s+)?(?:([^;]*?)\s+from\s+)?"([^"]+)"/gms;
  return [...text.matchAll(pattern)].map(([, type, names = "", from = ""], index, all) => ({
    from,
    typeOnly: type !== undefined || onlyTypes(names),
    line: text.slice(0, (all[index] as RegExpExecArray).index).split("\n").length,
  }));
}

/** `{ type A, type B }` imports no value either. */
function onlyTypes(names: string): boolean {
  const inner = /^\{(.*)\}$/s.exec(names.trim())?.[1];
  if (inner === undefined) return false;
  const each = inner.split(",").filter((name) => name.trim() !== "");
  return each.length > 0 && each.every((name) => name.trim().startsWith("type "));
}

function packageProblem(folder: string, { from }: Import): string | undefined {
  if (folder === "core") return `imports ${from}: core depends on nothing (L1, L3)`;
  const isWorkspace = from === "yieldfrom" || from.startsWith("@yieldfrom/") || from === "download-many";
  const allowed = WORKSPACES[folder];
  if (allowed === undefined) return `is in packages/${folder}, which checks/layers.ts does not know: add it (L1)`;
  if (!isWorkspace || allowed.includes(from)) return undefined;
  return `imports ${from}; packages/${folder} may import ${allowed.join(", ") || "no workspace"} (L1)`;
}

function relativeProblem(root: string, folder: string, file: string, imported: Import): string | undefined {
  const target = relative(join(root, "packages", folder, "src"), resolve(root, dirname(file), imported.from));
  if (target.startsWith("..")) return `imports ${imported.from}, outside of its own src (L1)`;
  const layers = LAYERS[folder];
  if (layers === undefined || imported.typeOnly) return undefined;
  const own = placeOf(folder, layers, relative(join("packages", folder, "src"), file));
  const other = placeOf(folder, layers, target);
  const { places, apart = false } = layers[own.layer] as Layer;
  if (other.layer < own.layer || (other.layer === own.layer && (!apart || other.place === own.place))) return undefined;
  const below = layers.slice(0, own.layer).flatMap((layer) => layer.places);
  const allowed = [...below, ...(apart ? [own.place] : places)].join(" ");
  const which = other.layer > own.layer ? "a higher layer" : "a room beside it";
  return `imports a value of ${target}, ${which}; from here only ${allowed} (L2)`;
}

/** Where a file of that package's `src` is: the number of its layer, and its place there. */
function placeOf(folder: string, layers: readonly Layer[], file: string): { layer: number; place: string } {
  const folderOfIt = (place: string) => place.endsWith("/") && file.startsWith(place);
  for (const isIt of [(place: string) => place === file, folderOfIt]) {
    for (const [layer, { places }] of layers.entries()) {
      const place = places.find(isIt);
      if (place !== undefined) return { layer, place };
    }
  }
  throw new Error(`packages/${folder}/src/${file} is in no layer: add it to checks/layers.ts`);
}

function hostProblems(file: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(\*|\/\/|\/\*)/.test(line)) return [];
    const used = HOST_GLOBALS.exec(line)?.[1];
    return used === undefined ? [] : [`${file}:${index + 1} uses the host's ${used}; go through host.ts (L3)`];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findings(join(dirname(fileURLToPath(import.meta.url)), ".."));
  for (const line of found) console.error(line);
  if (found.length > 0) process.exitCode = 1;
  else console.log("layers: every import goes downward");
}
