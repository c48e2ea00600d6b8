/** Which Python has what. */
import { interpreterWith } from "../python.ts";

export interface Python {
  readonly plain: string | null;
  readonly withUvloop: string | null;
  /** With uvloop too. */
  readonly withAiohttp: string | null;
}

export function findPython(): Python {
  const withUvloop = interpreterWith("asyncio", "uvloop");
  const withAiohttp = interpreterWith("aiohttp", "uvloop");
  return { plain: withUvloop ?? interpreterWith("asyncio"), withUvloop, withAiohttp };
}

/** What can't be measured, for the report. */
export function missingOf(python: Python): string[] {
  const missing: string[] = [];
  if (python.plain === null) missing.push("there is no python3");
  if (python.withUvloop === null) missing.push("python3 has no uvloop (apt-get install -y python3-uvloop)");
  if (python.withAiohttp === null) missing.push("python3 has no aiohttp (apt-get install -y python3-aiohttp)");
  return missing;
}
