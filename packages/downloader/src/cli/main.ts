#!/usr/bin/env node
/** The command `download-many`. What is not needed to read the command line is loaded after it was read. */
import { keepCompiled } from "./compile-cache.ts";
import { parse } from "./options/parse.ts";
import { NAME, told } from "./tell.ts";

/** Does what the arguments say. @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const line = parse(args);
  const { help, version, man, completion } = line.given;
  if (help) {
    const { fullHelp, shortHelp } = await import("./help.ts");
    return print((line.short ? shortHelp : fullHelp)(width()));
  }
  if (version) return print(`${NAME} ${(await import("./version.ts")).VERSION}\n`);
  if (man) return print((await import("./man.ts")).manPage());
  if (completion !== undefined) return print((await import("./completion.ts")).completion(completion));
  keepCompiled();
  const { download } = await import("./download.ts");
  return await download(line, args);
}

function print(text: string): number {
  // As from `head`: it is no failure that nobody reads on.
  process.stdout.on("error", () => {});
  process.stdout.write(text);
  return 0;
}

/** Of the terminal; lines that are longer than 100 columns are hard to read. */
function width(): number {
  const { COLUMNS }: { readonly COLUMNS?: string } = process.env;
  const columns = process.stdout.columns ?? Number(COLUMNS);
  return Math.max(Math.min(columns > 0 ? columns : 80, 100), 40);
}

try {
  process.stderr.on("error", () => {});
  process.exitCode = await main(process.argv.slice(2));
  if (process.exitCode >= 128) (await import("./leave.ts")).leave(process.exitCode);
} catch (error) {
  const text = told(error);
  if (text === null) throw error;
  process.stderr.write(text);
  process.exitCode = 2;
}
