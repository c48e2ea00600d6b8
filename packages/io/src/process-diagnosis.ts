/** Why a program could not be started: the system says "ENOENT", of whatever it was that does not exist. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import process, { platform } from "node:process";
import { fileURLToPath } from "node:url";
import { brief } from "./brief.ts";
import { osErrorClass } from "./os-errors.ts";
import type { Command, SubprocessOptions } from "./process-options.ts";

type Place = Pick<SubprocessOptions, "cwd" | "env" | "executable">;

/** Where the system would find a program; `undefined` if nowhere. Source: POSIX `execvp`. */
export function findProgram(program: string, place: Place): string | undefined {
  const from = folderOf(place);
  if (program.includes("/")) return canExecute(resolve(from, program)) ? resolve(from, program) : undefined;
  for (const folder of pathOf(place).split(":")) {
    const file = resolve(from, folder, program);
    if (canExecute(file)) return file;
  }
  return undefined;
}

/** What to throw for an error of Node's `spawn`. */
export function spawnErrorOf(error: unknown, command: Command, place: Place): unknown {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: number };
  // Not of the system: something about how it was asked.
  if (typeof code !== "string" || code.startsWith("ERR_")) return error;
  const program = command.kind === "shell" ? (place.executable ?? "/bin/sh") : (place.executable ?? command.program);
  const why = whyNot(code, program, command, place);
  const facts = { code, errno, syscall: "spawn", cause: error };
  return new (osErrorClass(code))(`could not start ${brief(program)}: ${why}`, facts);
}

function whyNot(code: string, program: string, command: Command, place: Place): string {
  const badFolder = whyNoFolder(place);
  if (badFolder !== undefined) return badFolder;
  if (code === "E2BIG") return `its arguments and environment are too large for the system (${code})`;
  if (code === "EAGAIN" || code === "EMFILE" || code === "ENFILE" || code === "ENOMEM") {
    return `the system has no room for another process, or file, now (${code})`;
  }
  if (platform !== "win32") {
    if (code === "ENOENT") return whyNotFound(program, command, place);
    if (code === "EACCES") return whyNotExecuted(program, place);
    if (code === "EPERM") return "this user may not start it as another user or group (EPERM)";
  }
  return `the system says ${code}`;
}

function whyNoFolder(place: Place): string | undefined {
  if (place.cwd === undefined) return undefined;
  const folder = folderOf(place);
  const kind = kindOf(folder);
  if (kind === "folder") return undefined;
  return kind === undefined
    ? `the folder to start it in, \`cwd\` ${brief(folder)}, does not exist`
    : `\`cwd\` ${brief(folder)} is not a folder`;
}

function whyNotFound(program: string, command: Command, place: Place): string {
  const found = findProgram(program, place);
  if (found !== undefined) return whyNoInterpreter(found);
  if (program.includes("/")) {
    const path = resolve(folderOf(place), program);
    return path === program ? "there is no such file" : `there is no such file (looked for ${path})`;
  }
  const looked = `it is not in any folder of PATH (${pathOf(place)})`;
  if (command.kind === "program" && /\s/.test(program)) {
    const [first, ...rest] = program.trim().split(/\s+/);
    const list = rest.map((arg) => JSON.stringify(arg)).join(", ");
    return `${looked}. Arguments are given apart, as ("${first}", [${list}]); a command line needs createSubprocessShell`;
  }
  return `${looked}. Install it, or give its path`;
}

/** It was found, so something that it needs was not. */
function whyNoInterpreter(path: string): string {
  const first = firstLineOf(path);
  if (first?.startsWith("#!")) return `${path} exists, but not the interpreter that its first line names (${first})`;
  return `${path} exists, but something that it needs to run does not (a dynamic loader for another system, perhaps)`;
}

function whyNotExecuted(program: string, place: Place): string {
  const path = program.includes("/")
    ? resolve(folderOf(place), program)
    : pathOf(place)
        .split(":")
        .map((folder) => resolve(folderOf(place), folder, program))
        .find((file) => kindOf(file) !== undefined);
  if (path !== undefined && kindOf(path) === "folder") return `${path} is a folder`;
  return `${path ?? program} may not be executed (chmod +x makes a file executable, a mount with noexec forbids it)`;
}

/** Its `env` decides, as its PATH is the one that is searched. */
function pathOf({ env }: Place): string {
  const { PATH } = env ?? process.env;
  return PATH ?? "/usr/bin:/bin";
}

function folderOf({ cwd }: Place): string {
  if (cwd === undefined) return process.cwd();
  const path = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
  return isAbsolute(path) ? path : resolve(path);
}

function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return kindOf(path) !== "folder";
  } catch {
    return false;
  }
}

function kindOf(path: string): "folder" | "file" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

function firstLineOf(path: string): string | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      const head = Buffer.alloc(200);
      return head.toString("utf8", 0, readSync(fd, head)).split("\n")[0];
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
