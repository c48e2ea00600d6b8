import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BasicAuth } from "./basic-auth.ts";
import { withoutBrackets } from "./proxy.ts";

/** A .netrc file can't be used. What stands in it is not shown: it may be a password. */
export class NetrcError extends Error {
  override readonly name = "NetrcError";
  readonly code = "ERR_NETRC";
}

/** What a request may get from it. */
interface Lookup {
  /** Whether a redirect led there from another host: who redirects must not be told what is for everybody (`default`). */
  readonly redirected?: boolean;
}

/**
 * User names and passwords by hosts, from a `.netrc` file. Sources: Python's `netrc`, for what may stand in it; curl for which
 * entry counts, the first of a host.
 *
 * ```ts
 * using session = new ClientSession({ netrc: Netrc.parse("machine flags.example login ada password secret") });
 * ```
 *
 * `machine NAME` begins an entry, or `default`, which is for all other hosts; `login`, `password` and `account` follow.
 * Words stand between white space, or in `"…"`; `\` takes the next character as it is; `#` begins a comment where a keyword
 * may stand; macros (`macdef`, to the next empty line) are skipped. An entry of a host without login and password says that it
 * gets none.
 */
export class Netrc {
  private readonly _entries: ReadonlyMap<string, BasicAuth | undefined>;
  private readonly _default: BasicAuth | undefined;
  /** Why its passwords are not to be used. */
  private readonly _refusal: string | undefined;

  private constructor({ entries, default: rest }: Parsed, refusal: string | undefined) {
    this._entries = entries;
    this._default = rest;
    this._refusal = refusal;
  }

  /** @param name how errors call the text @throws NetrcError, naming the line, for what is none */
  static parse(text: string, name = "netrc"): Netrc {
    return new Netrc(parse(text, name), undefined);
  }

  /**
   * Reads a file; without `path` the one that the variable NETRC names or, if it is there, `.netrc` (`_netrc` on Windows)
   * in the home directory. That one, as in Python, may be read by its owner only: else `find` fails where it has something.
   * @throws NetrcError for a file that can't be read, or has something else in it
   */
  static read(path?: string): Netrc {
    const named = path ?? (process.env as { readonly NETRC?: string }).NETRC;
    const file = named ?? join(homedir(), process.platform === "win32" ? "_netrc" : ".netrc");
    let text: string;
    let refusal: string | undefined;
    try {
      const descriptor = openSync(file, "r");
      try {
        if (named === undefined) refusal = exposure(fstatSync(descriptor), file);
        text = readFileSync(descriptor, "utf8");
      } finally {
        closeSync(descriptor);
      }
    } catch (cause) {
      const { code } = cause as { code?: string };
      if (named === undefined && (code === "ENOENT" || code === "ENOTDIR")) return Netrc.parse("");
      throw new NetrcError(`${file} could not be read: ${(cause as Error).message}`, { cause });
    }
    return new Netrc(parse(text, file), refusal);
  }

  /**
   * What the host of a URL, `flags.example`, is to be told; undefined: nothing.
   * @throws NetrcError if others than its owner could read or change it
   */
  find(hostname: string, { redirected = false }: Lookup = {}): BasicAuth | undefined {
    const key = keyOf(hostname);
    const found = this._entries.has(key) ? this._entries.get(key) : redirected ? undefined : this._default;
    if (found !== undefined && found.password !== "" && this._refusal !== undefined)
      throw new NetrcError(this._refusal);
    return found;
  }

  /** @internal Whether it has nothing for anybody. */
  get _isEmpty(): boolean {
    return this._entries.size === 0 && this._default === undefined;
  }

  /** For example `<Netrc 3 hosts>`. */
  toString(): string {
    const { size } = this._entries;
    return `<Netrc ${size} ${size === 1 ? "host" : "hosts"}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function keyOf(hostname: string): string {
  return withoutBrackets(hostname).toLowerCase();
}

/** Why a file may hold what its owner did not write, or was read by others. Source: Python `netrc._security_check`. */
function exposure({ uid, mode }: { readonly uid: number; readonly mode: number }, file: string): string | undefined {
  const own = process.getuid?.();
  if (own === undefined) return undefined; // Windows has other rights.
  if (uid !== own) return `${file} is not yours: its passwords are not used, unless you name the file`;
  if ((mode & 0o077) !== 0) return `${file} can be read by others, and has passwords: chmod 600 it`;
  return undefined;
}

interface Parsed {
  readonly entries: Map<string, BasicAuth | undefined>;
  default: BasicAuth | undefined;
}

function parse(text: string, name: string): Parsed {
  const words = new Words(text, name);
  const parsed: Parsed = { entries: new Map(), default: undefined };
  let hasDefault = false;
  for (let word = words.keyword(); word !== undefined; ) {
    if (word === "macdef") {
      words.skipMacro();
      word = words.keyword();
    } else if (word === "machine") {
      const host = keyOf(words.value(word));
      const entry = entryOf(words);
      if (!parsed.entries.has(host)) parsed.entries.set(host, entry.auth);
      word = entry.next;
    } else if (word === "default") {
      const entry = entryOf(words);
      if (!hasDefault) parsed.default = entry.auth;
      hasDefault = true;
      word = entry.next;
    } else {
      throw words.error("a word that is none of machine, default, macdef, login, password, account");
    }
  }
  return parsed;
}

/** What follows the name of a machine, and the keyword that ends it. */
function entryOf(words: Words): { auth: BasicAuth | undefined; next: string | undefined } {
  let login = "";
  let password = "";
  for (;;) {
    const word = words.keyword();
    switch (word) {
      case "login":
      case "user":
        login = words.value(word);
        if (login.includes(":")) throw words.error('a login with ":", which HTTP can\'t send');
        break;
      case "password":
        password = words.value(word);
        break;
      case "account":
        words.value(word);
        break;
      default: {
        const auth = login === "" && password === "" ? undefined : new BasicAuth(login, password);
        return { auth, next: word };
      }
    }
  }
}

class Words {
  private readonly _text: string;
  private readonly _name: string;
  private _at: number;
  /** Where the last word began. */
  private _start = 0;

  constructor(text: string, name: string) {
    this._text = text;
    this._name = name;
    this._at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  /** The next word, comments left out; undefined at the end. */
  keyword(): string | undefined {
    for (;;) {
      const word = this._word();
      if (!word?.startsWith("#")) return word;
      this._at = this._start; // The line may have ended with the word.
      this._skipLine();
    }
  }

  /** The word after a keyword, which may begin with "#". */
  value(keyword: string): string {
    const word = this._word();
    if (word === undefined) throw this.error(`nothing after ${keyword}`);
    return word;
  }

  /** To the next empty line. */
  skipMacro(): void {
    this._skipLine();
    const end = /^[ \t]*\r?\n/gm;
    end.lastIndex = this._at;
    this._at = end.test(this._text) ? end.lastIndex : this._text.length;
  }

  error(what: string): NetrcError {
    const line = this._text.slice(0, this._start).split("\n").length;
    return new NetrcError(`${this._name}:${line}: ${what}`);
  }

  private _word(): string | undefined {
    const { _text: text } = this;
    while (this._at < text.length && SPACE.test(text[this._at] as string)) this._at++;
    if (this._at === text.length) return undefined;
    this._start = this._at;
    const quoted = text[this._at] === '"';
    if (quoted) this._at++;
    let word = "";
    for (; this._at < text.length; this._at++) {
      let character = text[this._at] as string;
      if (quoted ? character === '"' : SPACE.test(character)) break;
      if (character === "\\") character = text[++this._at] ?? "";
      word += character;
    }
    if (quoted && this._at++ >= text.length) throw this.error('a word that begins with " and does not end');
    return word;
  }

  private _skipLine(): void {
    const end = this._text.indexOf("\n", this._at);
    this._at = end === -1 ? this._text.length : end + 1;
  }
}

const SPACE = /\s/;
