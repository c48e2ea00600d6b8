/**
 * `npm run build`: makes `packages/NAME/dist`, what is published: JavaScript and declarations with a package.json of its own.
 * A checkout never needs it, since Node runs the sources.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** In the order of their dependencies: each is built against the declarations of those before it. */
export const PACKAGES = ["core", "progress", "executors", "http"] as const;

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
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string };
  const published = { ...manifest, exports: { ".": { types: "./index.d.ts", default: "./index.js" } } };
  writeFileSync(join(dist, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const text of [join(folder, "README.md"), join(root, "LICENSE")]) {
    if (existsSync(text)) copyFileSync(text, join(dist, text.slice(text.lastIndexOf("/") + 1)));
  }
  built[manifest.name] = [join(dist, "index.d.ts")];
  console.log(`built packages/${name}/dist`);
}
