import { join } from "node:path";
import type { Flag } from "./flag.ts";

/** Where the flag is saved: in `FR.svg`, or in `France-FR.svg` if the country's name is known. */
export function flagPath(folder: string, { cc, country }: Pick<Flag, "cc" | "country">): string {
  return join(folder, country === undefined ? `${cc}.svg` : `${inFileName(country)}-${cc}.svg`);
}

/** The code of the flag in a file of this name; `undefined` if the file is none of ours. */
export function codeOfFile(name: string): string | undefined {
  return /(?:^|-)([A-Z]{2})\.svg$/.exec(name)?.[1];
}

/**
 * The name of a country, fit for the name of a file. It comes from the network, so nothing is left of it that could lead
 * to another folder or mean something to a file system, and no more than a file's name has room for.
 */
function inFileName(country: string): string {
  const letters = [...country.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}']+/gu, "_")];
  return letters.slice(0, 40).join("");
}
