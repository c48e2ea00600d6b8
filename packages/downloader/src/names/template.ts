/** Names made by a template, `{host}/{n:05}-{base}`. */
import { DownloadError } from "../errors.ts";
import { nameProblem } from "./given-name.ts";
import { quoted } from "./printable.ts";
import { extensionOf, safeName } from "./safe-name.ts";
import { foldersFromUrl, NAMELESS, nameFromUrl } from "./url-name.ts";

/** What a template makes a name of. */
export interface NameSource {
  /** The item's number, from 1. */
  readonly n: number;
  /** Its address. */
  readonly url: URL;
  /** What the server suggests, made safe: it takes the place of the address's last part. */
  readonly suggested?: string | null;
}

/** Makes the name of one item: a path inside the output folder, with "/", safe in each part. */
export type NameTemplate = (source: NameSource) => string;

type Part = (source: NameSource) => string;

const base: Part = ({ url, suggested }) => suggested ?? nameFromUrl(url);
const host: Part = ({ url }) => safeName(url.host);

const FIELDS: Readonly<Record<string, Part>> = {
  n: ({ n }) => String(n),
  base,
  stem(source) {
    const name = base(source);
    return name.slice(0, name.length - extensionOf(name).length);
  },
  ext: (source) => extensionOf(base(source)),
  host,
  path: ({ url }) => foldersFromUrl(url),
  query: ({ url }) => safeName(url.search.slice(1)),
};

/**
 * Makes a template ready. Its fields: `{n}` the item's number, `{n:05}` with zeros to that width; `{base}` the last part of
 * the address's path, `{stem}` and `{ext}` its two halves (`.jpg` with the dot); `{host}` with the port; `{path}` the
 * folders of the address; `{query}`. `{{` and `}}` are braces. "/" makes folders; one that comes out empty is left out.
 * @throws DownloadError `ERR_TEMPLATE` that says what is wrong with it
 */
export function compileTemplate(text: string): NameTemplate {
  if (text === "{base}") return base;
  const parts = partsOf(text);
  const hasFolders = text.includes("/") || text.includes("{path}");
  return (source) => {
    let name = "";
    for (const part of parts) name += typeof part === "string" ? part : part(source);
    return hasFolders ? safePath(name) : safeName(name || NAMELESS);
  };
}

function partsOf(text: string): (string | Part)[] {
  const parts: (string | Part)[] = [];
  let literal = "";
  for (const [token, field, width] of text.matchAll(/\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[^{}]+|[{}]/g)) {
    if (field !== undefined) {
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(fieldOf(text, field, width));
    } else if (token === "{" || token === "}") {
      throw wrong(text, `has a "${token}" without its other half: write "${token}${token}" for a brace`);
    } else {
      literal += token === "{{" ? "{" : token === "}}" ? "}" : token;
    }
  }
  if (literal !== "") parts.push(literal);
  checkShape(text, parts);
  return parts;
}

function fieldOf(text: string, field: string, width: string | undefined): Part {
  if (width === undefined) {
    const part = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    if (part !== undefined) return part;
    const known = Object.keys(FIELDS).map((name) => `{${name}}`);
    throw wrong(text, `has a field {${field}}, which there is not: there are ${known.join(" ")} and {n:05}`);
  }
  if (field !== "n" || !/^0?[1-9][0-9]?$/.test(width)) {
    throw wrong(text, `has a field {${field}:${width}}: only {n} takes a width, {n:05} for instance`);
  }
  const digits = Number(width);
  return ({ n }) => String(n).padStart(digits, "0");
}

/** What stands there literally is the user's word, and is checked as a name is: with a letter for each field. */
function checkShape(text: string, parts: readonly (string | Part)[]): void {
  const problem = nameProblem(parts.map((part) => (typeof part === "string" ? part : "x")).join(""));
  if (problem !== null) throw wrong(text, problem);
  if (parts.every((part) => typeof part === "string" || part === host)) {
    throw wrong(text, "has nothing that differs from file to file: write {base} or {n} in it");
  }
}

function wrong(text: string, problem: string): DownloadError {
  return new DownloadError("ERR_TEMPLATE", `The template of names ${quoted(text)} ${problem}`);
}

function safePath(path: string): string {
  const folders = path.split("/");
  const last = folders.pop();
  return [...folders.filter((part) => part !== "").map(safeName), safeName(last || NAMELESS)].join("/");
}
