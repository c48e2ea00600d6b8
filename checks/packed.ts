/**
 * The packages as their users get them: built, packed, installed into an empty folder, and used there by Node 22, 24 and
 * 26 from JavaScript, and by the compiler from TypeScript without `skipLibCheck`.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { PACKAGES } = await import("./build.ts");
const RUNTIMES = ["22", "24", "26"];

const folder = mkdtempSync(join(tmpdir(), "yieldfrom-packed-"));
try {
  const tarballs = PACKAGES.map((name) => {
    const dist = join(root, "packages", name, "dist");
    const [packed] = JSON.parse(call("npm", ["pack", "--json", "--pack-destination", folder], dist)) as [
      { filename: string },
    ];
    return join(folder, packed.filename);
  });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  call("npm", ["install", "--no-save", "--ignore-scripts", ...tarballs], folder);
  copyFileSync(join(root, "checks/packed/smoke.mjs"), join(folder, "smoke.mjs"));
  copyFileSync(join(root, "checks/packed/jobs.mjs"), join(folder, "jobs.mjs"));
  copyFileSync(join(root, "checks/packed/user.ts"), join(folder, "user.ts"));
  const flags = [
    "--noEmit",
    "--strict",
    "--target",
    "es2023",
    "--lib",
    "es2024,esnext.disposable,dom",
    "--module",
    "nodenext",
    "--types",
    "node",
  ];
  call("tsc", [...flags, "--typeRoots", join(root, "node_modules/@types"), join(folder, "user.ts")], folder);
  console.log("packed: the declarations compile");
  for (const version of RUNTIMES) {
    console.log(call("npm", ["exec", "--yes", `--package=node@${version}`, "--", "node", "smoke.mjs"], folder).trim());
  }
} finally {
  rmSync(folder, { recursive: true });
}

function call(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? ""}\n${stdout}${stderr}`);
}
