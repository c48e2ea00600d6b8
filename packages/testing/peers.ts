/**
 * Programs that tests of this repository talk to: curl, openssl, nginx … A test whose peer is not there is skipped with a
 * word about how to install it; where `CI_PEERS` is set, it fails.
 *
 * ```ts
 * test("curl gets the page", peer("curl"), async () => { … });
 * test("aiohttp gets it too", python("aiohttp"), async () => { spawn(python("aiohttp").path, …) });
 * ```
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** For the options of node:test's `test`. */
export interface Peer {
  readonly skip: false | string;
  /** The program's path; its bare name when it is missing. */
  readonly path: string;
}

/** Debian's packages, where they are not called as the program. */
const PACKAGES: Readonly<Record<string, string>> = {
  groff: "groff-base",
  nc: "netcat-openbsd",
  nginx: "nginx-light",
  python3: "python3",
};
/** Debian has servers where ordinary users' paths don't lead. */
const MORE_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];
/** Debian's Python modules serve its own Python only, which may not be the first one found. */
const PYTHONS = ["/usr/bin/python3", "python3"];

const env: { readonly PATH?: string; readonly CI_PEERS?: string } = process.env;
const found = new Map<string, Peer>();

/** A program of the PATH. */
export function peer(name: string): Peer {
  return remembered(name, () => {
    const folders = [...(env.PATH ?? "").split(delimiter), ...MORE_FOLDERS];
    const path = folders.map((folder) => join(folder, name)).find(isProgram);
    return path ?? missing(name, PACKAGES[name] ?? name);
  });
}

/** A Python that has these modules: `python("aiohttp")`, `python()` for any. */
export function python(...modules: string[]): Peer {
  return remembered(`python3 ${modules}`, () => {
    const code = modules.map((name) => `import ${name}`).join("\n");
    const path = PYTHONS.find((each) => spawnSync(each, ["-c", code], { stdio: "ignore" }).status === 0);
    const packages = modules.map((name) => `python3-${name}`).join(" ") || "python3";
    return path ?? missing(`python3 with ${modules.join(", ")}`, packages);
  });
}

function remembered(key: string, find: () => string | Peer): Peer {
  let result = found.get(key);
  if (result === undefined) {
    const path = find();
    result = typeof path === "string" ? { skip: false, path } : path;
    found.set(key, result);
  }
  return result;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(name: string, packages: string): Peer {
  const reason = `${name} is not installed: apt-get install -y ${packages}`;
  if (env.CI_PEERS) throw new Error(reason);
  return { skip: reason, path: name };
}
