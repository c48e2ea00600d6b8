import type { DownloadItem } from "../item.ts";

type Field = Exclude<keyof DownloadItem, "at">;

/** What a field may hold. */
const FIELDS: Readonly<Record<Field, (value: unknown) => boolean>> = {
  url: isText,
  mirrors: (value) => Array.isArray(value) && value.every(isText),
  name: isText,
  dir: isText,
  headers: isTextRecord,
  checksum: isText,
};

const KINDS: Readonly<Record<Field, string>> = {
  url: "a string",
  mirrors: "an array of strings",
  name: "a string",
  dir: "a string",
  headers: "an object of strings",
  checksum: "a string",
};

/** Names that other programs have for our fields. */
const MEANT: Readonly<Record<string, Field>> = {
  uri: "url",
  filename: "name",
  out: "name",
  md5: "checksum",
  sha1: "checksum",
  sha256: "checksum",
  sha512: "checksum",
};

/**
 * The item of a line of JSON, `{"url": …, "mirrors": […], "name": …, "dir": …, "headers": {…}, "checksum": …}`, or what is
 * wrong with it. `null` is the same as nothing. Other fields are no concern of ours, so that a list may be what another
 * program wrote; but one that is nearly ours, as `header` or `sha256`, is an error: passed over in silence it would
 * leave out what the writer of the list relies on.
 */
export function parseJsonLine(line: string, at: string): DownloadItem | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    // The message of the error quotes the line, which may hold credentials.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    return `it begins with "{" and is not valid JSON${position === undefined ? "" : ` (column ${Number(position) + 1})`}`;
  }
  const item: Partial<Record<keyof DownloadItem, unknown>> = {};
  for (const [field, given] of Object.entries(value as object)) {
    if (given === null) continue;
    if (!isField(field)) {
      const meant = meantBy(field);
      if (meant !== undefined) return `unknown field ${JSON.stringify(field)}: did you mean "${meant}"?`;
      continue;
    }
    if (!FIELDS[field](given)) return `"${field}" must be ${KINDS[field]}`;
    item[field] = given;
  }
  if (item.url === undefined) return '"url" is missing';
  item.at = at;
  return item as DownloadItem;
}

function isField(name: string): name is Field {
  return Object.hasOwn(FIELDS, name);
}

/** The field that was meant, as far as case, an "s" at the end or another program's habit tell. */
function meantBy(name: string): Field | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/s$/, "");
  if (Object.hasOwn(MEANT, plain(name))) return MEANT[plain(name)];
  return (Object.keys(FIELDS) as Field[]).find((field) => plain(field) === plain(name));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTextRecord(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === "string");
}
