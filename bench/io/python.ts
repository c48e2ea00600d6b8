/** Which Python has what. Debian's packages serve its own Python only, which may not be the first one found. */
import { spawnSync } from "node:child_process";

export interface Python {
  readonly plain: string | null;
  readonly withUvloop: string | null;
  /** With uvloop too. */
  readonly withAiohttp: string | null;
}

const INTERPRETERS = ["/usr/bin/python3", "python3"];

export function findPython(): Python {
  const first = (code: string) =>
    INTERPRETERS.find((each) => spawnSync(each, ["-c", code], { stdio: "ignore" }).status === 0) ?? null;
  const withUvloop = first("import asyncio, uvloop");
  return { plain: withUvloop ?? first("import asyncio"), withUvloop, withAiohttp: first("import aiohttp, uvloop") };
}

/** What can't be measured, for the report. */
export function missingOf(python: Python): string[] {
  const missing: string[] = [];
  if (python.plain === null) missing.push("there is no python3");
  if (python.withUvloop === null) missing.push("python3 has no uvloop (apt-get install -y python3-uvloop)");
  if (python.withAiohttp === null) missing.push("python3 has no aiohttp (apt-get install -y python3-aiohttp)");
  return missing;
}
