/** Cookies in the form of Netscape's cookies.txt, which curl, wget, yt-dlp and Python's MozillaCookieJar share. */

/** A cookie as such a file says it. */
export interface NetscapeCookie {
  /** Without a dot before it. */
  readonly domain: string;
  /** Whether hosts below the domain get it too. */
  readonly subdomains: boolean;
  readonly path: string;
  readonly secure: boolean;
  /** Seconds since 1970; 0: it ends with the session. */
  readonly expires: number;
  readonly name: string;
  readonly value: string;
  readonly httpOnly: boolean;
}

/** A line that was left out. */
export interface SkippedLine {
  /** From 1. */
  readonly line: number;
  /** Why; the cookie itself is not shown. */
  readonly reason: string;
}

/** What became of a file. */
export interface LoadedCookies {
  /** Cookies that were taken in. */
  readonly loaded: number;
  /** Lines that are none, or whose cookies may not be kept. */
  readonly skipped: readonly SkippedLine[];
}

const HEAD = "# Netscape HTTP Cookie File\n# Kept by yieldfrom. What is written in it by hand may be lost.\n\n";
/** The end of the year 9999, in seconds: what is later is that. */
const LATEST = 253_402_300_799;
const HTTP_ONLY = "#HttpOnly_";
const FIELDS = "domain, TRUE or FALSE for hosts below it, path, TRUE or FALSE for https only, expiry, name, value";

/** A cookie; a word on why the line is none; null for a line that is to be passed over: empty, or a comment. */
export function parseNetscapeLine(line: string): NetscapeCookie | string | null {
  const httpOnly = line.startsWith(HTTP_ONLY);
  const text = httpOnly ? line.slice(HTTP_ONLY.length) : line;
  if (text.trim() === "" || (!httpOnly && text.startsWith("#"))) return null;
  const fields = text.split("\t");
  // A value that is empty may have lost its tab, since editors cut white space off.
  if (fields.length === 6) fields.push("");
  if (fields.length !== 7) return `it has not 7 fields between tabs (${FIELDS}) but ${fields.length}`;
  const [domain, subdomains, path, secure, expires, name, value] = fields as [
    ...[string, string, string, string],
    ...[string, string, string],
  ];
  const host = domainOf(domain);
  if (host === undefined) return "its domain is no host name";
  if (!isFlag(subdomains) || !isFlag(secure)) return "what should be TRUE or FALSE is not";
  if (!path.startsWith("/")) return 'its path does not begin with "/"';
  // Python leaves it empty where others write 0.
  if (!/^(-?\d{1,15}(\.\d+)?)?$/.test(expires)) return "its expiry is not a number of seconds since 1970";
  if (name === "" || /[=\s]/.test(name) || /;/.test(name + value + path) || !isLine(name + value + path)) {
    return "name, value or path have characters that no cookie has";
  }
  return {
    domain: host,
    subdomains: subdomains.toUpperCase() === "TRUE",
    path,
    secure: secure.toUpperCase() === "TRUE",
    expires: Math.min(Math.trunc(Number(expires)), LATEST),
    name,
    value,
    httpOnly,
  };
}

/** The whole file; cookies that the form can't say are left out. */
export function formatNetscape(cookies: Iterable<NetscapeCookie>): string {
  let text = HEAD;
  for (const { domain, subdomains, path, secure, expires, name, value, httpOnly } of cookies) {
    const fields = [
      `${httpOnly ? HTTP_ONLY : ""}${subdomains ? "." : ""}${domain}`,
      flag(subdomains),
      path,
      flag(secure),
      String(Math.max(0, expires)),
      name,
      value,
    ];
    // A tab would make other fields of what follows it, and a line break another cookie.
    if (name !== "" && fields.every(isLine)) text += `${fields.join("\t")}\n`;
  }
  return text;
}

/** Whether it is of characters that are one byte each, and none of them is for control. */
function isLine(text: string): boolean {
  return /^[\x20-\x7e\x80-\xff]*$/.test(text);
}

function isFlag(field: string): boolean {
  return /^(TRUE|FALSE)$/i.test(field);
}

function flag(value: boolean): string {
  return value ? "TRUE" : "FALSE";
}

/** The host of a domain, in the one form that URLs have of it: ASCII, since bytes beyond may mean anything. */
function domainOf(domain: string): string | undefined {
  const name = domain.replace(/^\./, "");
  if (!/^(\[[\da-f:.]+\]|[^\s/?#@:\\[\]\x80-\uffff]+)$/i.test(name)) return undefined;
  return URL.parse(`https://${name}`)?.hostname;
}
