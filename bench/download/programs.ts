import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Those that PATH has. */
export function programs(names: readonly string[]): ReadonlySet<string> {
  const { PATH = "" }: { readonly PATH?: string } = process.env;
  const folders = PATH.split(delimiter);
  return new Set(names.filter((name) => folders.some((folder) => existsSync(join(folder, name)))));
}
