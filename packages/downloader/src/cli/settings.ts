import { readFileSync } from "node:fs";
import { Netrc } from "@yieldfrom/http";
import type { DownloadOptions } from "../options.ts";
import { CommandError, fileProblem } from "./failure.ts";
import { type HeaderArgument, readHeader } from "./options/kinds.ts";
import { type Given, OPTIONS } from "./options/table.ts";
import { UsageError } from "./options/usage-error.ts";
import { VERSION } from "./version.ts";

/** What the options mean for `downloadMany`. @throws CommandError for a file that can't be read */
export function settingsOf(given: Given): DownloadOptions {
  return {
    ...defined({
      dir: given.dir,
      name: given.name,
      contentDisposition: given["content-disposition"],
      exists: given.exists,
      clash: given.clash,
      fsync: given.fsync,
      maxSize: given["max-size"],
      dryRun: given["dry-run"],
      limit: given.max,
      perHost: given["per-host"],
      split: given.split,
      minSplitSize: given["min-split-size"],
      rate: given.rate,
      limitRate: given["limit-rate"],
      retries: given.retries,
      retryDelay: given["retry-delay"],
      maxRetryDelay: given["max-retry-delay"],
      connectTimeout: given["connect-timeout"],
      idleTimeout: given["idle-timeout"],
      totalTimeout: given.timeout,
      slowLimit: given["slow-limit"],
      slowTime: given["slow-time"],
      compressed: given.compressed,
      maxRedirects: given["max-redirects"],
    }),
    headers: headersOf(given),
    session: sessionOf(given),
  };
}

/** The fields that there are. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function headersOf(given: Given): Record<string, string> {
  const headers = new Map<string, readonly [name: string, value: string]>();
  const add = (name: string, value: string) => {
    const key = name.toLowerCase();
    const before = headers.get(key)?.[1];
    // RFC 9110, section 5.3: several lines of one name are one with commas; RFC 6265, section 4.2.1, for cookies.
    headers.set(key, [name, before === undefined ? value : `${before}${key === "cookie" ? "; " : ", "}${value}`]);
  };
  for (const each of given.header?.flatMap(headersIn) ?? []) add(each.name, each.value);
  const { user } = given;
  if (user !== undefined) {
    if (headers.has("authorization")) throw new UsageError("--user and --header Authorization exclude each other");
    add("Authorization", `Basic ${Buffer.from(`${user.user}:${user.password}`).toString("base64")}`);
  }
  const agent = given["user-agent"];
  if (agent !== undefined) headers.set("user-agent", ["User-Agent", agent]);
  else if (!headers.has("user-agent")) add("User-Agent", `download-many/${VERSION}`);
  return Object.fromEntries(headers.values());
}

function headersIn(argument: HeaderArgument): readonly { readonly name: string; readonly value: string }[] {
  if (!("file" in argument)) return [argument];
  const lines = fileText(argument.file).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const header = readHeader(line);
    // It may hold a secret, so it is not shown.
    if (header === undefined) {
      const at = `${argument.file}:${index + 1}`;
      throw new UsageError(`--header takes ${OPTIONS.header.kind.takes}; ${at} is no header`);
    }
    return [header];
  });
}

function sessionOf(given: Given): NonNullable<DownloadOptions["session"]> {
  const { cacert, cert, key, insecure, http2, proxy } = given;
  const ssl = defined({
    ca: cacert === undefined ? undefined : fileText(cacert),
    cert: cert === undefined ? undefined : fileText(cert),
    key: cert === undefined ? undefined : fileText(key ?? cert),
    rejectUnauthorized: insecure === undefined ? undefined : false,
  });
  return {
    connector: {
      ...(Object.keys(ssl).length > 0 && { ssl }),
      ...(http2 && { http2 }),
    },
    ...(proxy !== undefined && { proxy }),
    netrc: netrcOf(given),
    trustEnv: given["no-proxy"] === undefined,
  };
}

function netrcOf(given: Given): Netrc | null {
  const path = given["netrc-file"];
  return path !== undefined || given.netrc ? Netrc.read(path) : null;
}

function fileText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(fileProblem(path, error), { cause: error });
  }
}
