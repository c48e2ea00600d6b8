/** Reading case files. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Case } from "./program.ts";

/** A complaint about the arguments or files, to be shown without a stack. */
export class UsageError extends Error {}

export interface FiledCase extends Case {
  /** The name of the file it comes from, without folder. */
  file: string;
}

/** Every case file in the folder, in order of name. */
export function caseFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw new UsageError(`There is no folder of case files at ${folder}; name the files to run: FILE.jsonl …`);
  }
  const files = names.filter((name) => name.endsWith(".jsonl")).sort();
  if (files.length === 0) throw new UsageError(`The folder ${folder} holds no .jsonl file`);
  return files.map((name) => join(folder, name));
}

/** The cases of a file, one a line. */
export function readCases(path: string): FiledCase[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
  return text
    .split("\n")
    .map((line, index) => ({ line, where: `${path}:${index + 1}` }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, where }) => ({ ...parseCase(line, where), file: basename(path) }));
}

function parseCase(line: string, where: string): Case {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new UsageError(`${where}: not JSON: ${(error as Error).message}`);
  }
  if (!isCase(value)) throw new UsageError(`${where}: expected a case, {"program": {…}, "trace": […]}`);
  return value;
}

/** Enough to tell a case from other JSON; unknown ops and objects are reported when the program is run. */
function isCase(value: unknown): value is Case {
  const { program, trace } = (value ?? {}) as Partial<Case>;
  return (
    typeof program?.id === "string" &&
    Array.isArray(program.features) &&
    Array.isArray(program.objects) &&
    Array.isArray(program.main) &&
    typeof program.coroutines === "object" &&
    Array.isArray(trace)
  );
}
