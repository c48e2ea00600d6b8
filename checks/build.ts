/**
 * `npm run build`: makes `packages/NAME/dist`, what is published: JavaScript and declarations with a package.json of its own.
 * A checkout never needs it, since Node runs the sources.
 *
 * The JavaScript of a package is one file, since V8 makes faster code of that: a `const` of the same file is a constant for
 * its optimiser, while what is imported from another is loaded and checked at each use. Core gains some 10 per cent by it,
 * and is imported in a fifth of the time that 80 files take. So `const` has to be kept, and classes too are made constants: a bundler
 * that makes a `var` of both gains less.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, CORE_FILE } from "./bundle.ts";
import { bundleCommand } from "./bundle-command.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** In the order of their dependencies: each is built against the declarations of those before it. */
export const PACKAGES = ["core", "progress", "executors", "io", "http", "testing", "downloader"] as const;

/** The files of `src` that are looked for by their names; `index.ts` alone where nothing is said. */
const ENTRIES: Readonly<Partial<Record<(typeof PACKAGES)[number], Readonly<Record<string, string>>>>> = {
  core: { [CORE_FILE.slice(0, -".js".length)]: "index.ts" },
  // Worker threads and processes start with files of their own.
  executors: {
    index: "index.ts",
    worker: "worker.ts",
    "worker-entry": "worker-entry.ts",
    "process-worker-entry": "process-worker-entry.ts",
  },
};

/** What is published as it is, beside the README and the licence. */
const AS_IT_IS: Readonly<Partial<Record<(typeof PACKAGES)[number], readonly string[]>>> = {
  downloader: ["man/download-many.1", "events.schema.json"],
};

/** What is read of a package.json. */
interface Manifest {
  readonly name: string;
  /** Of the sources, by what is imported. */
  readonly exports: Readonly<Record<string, string>>;
  /** Commands, by their names. */
  readonly bin?: Readonly<Record<string, string>>;
}

const built: Record<string, string[]> = {};
for (const name of PACKAGES) {
  const folder = join(root, "packages", name);
  const dist = join(folder, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  const config = join(folder, "tsconfig.build.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        target: "ES2023",
        rootDir: "src",
        outDir: "dist",
        paths: built,
      },
      include: ["src"],
    }),
  );
  try {
    const { status } = spawnSync("tsc", ["-p", config], { stdio: "inherit" });
    if (status !== 0) throw new Error(`packages/${name} can't be built: see above`);
  } finally {
    rmSync(config);
  }
  const entries = Object.entries(ENTRIES[name] ?? { index: "index.ts" });
  await bundle(Object.fromEntries(entries.map(([entry, file]) => [entry, join(folder, "src", file)])), dist);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const entryOf = (source: string) => entries.find(([, file]) => source === `./src/${file}`)?.[0];
  const exported = Object.entries(manifest.exports).flatMap(([path, source]) => {
    const entry = entryOf(source);
    // What is for the workspace alone is not published.
    if (entry === undefined) return [];
    const types = source.replace("/src/", "/").replace(/\.ts$/, ".d.ts");
    return [[path, { types, default: `./${entry}.js` }]];
  });
  const commands: [string, string][] = [];
  for (const [command, source] of Object.entries(manifest.bin ?? {})) {
    const file = basename(dirname(source));
    await bundleCommand(file, join(folder, source), dist);
    commands.push([command, `./${file}.js`]);
  }
  const published = {
    ...manifest,
    exports: Object.fromEntries(exported),
    ...(commands.length > 0 && { bin: Object.fromEntries(commands) }),
  };
  writeFileSync(join(dist, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const text of [join(folder, "README.md"), join(root, "LICENSE")]) {
    if (existsSync(text)) copyFileSync(text, join(dist, text.slice(text.lastIndexOf("/") + 1)));
  }
  for (const file of AS_IT_IS[name] ?? []) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    copyFileSync(join(folder, file), join(dist, file));
  }
  built[manifest.name] = [join(dist, "index.d.ts")];
  console.log(`built packages/${name}/dist`);
}
