import type { DownloadItem } from "../item.ts";

/** Options of aria2 that change how it works, and not what is saved, where or with what it is asked for. */
const TUNING = new Set(
  `allow-overwrite allow-piece-length-change always-resume async-dns auto-file-renaming conditional-get connect-timeout
   continue enable-http-keep-alive enable-http-pipelining enable-mmap file-allocation force-save gid lowest-speed-limit
   max-connection-per-server max-download-limit max-file-not-found max-resume-failure-tries max-tries min-split-size
   no-file-allocation-limit no-netrc no-want-digest-header pause piece-length realtime-chunk-checksum
   remote-time remove-control-file retry-wait reuse-uri save-not-found split stream-piece-selector timeout uri-selector`.split(
    /\s+/,
  ),
);

/** Options that are a header under another name. */
const HEADERS: Readonly<Record<string, string>> = { referer: "Referer", "user-agent": "User-Agent" };

/** What the option lines under an address say. Source: aria2's manual, "Input File". */
export class Aria2Options {
  private _out: string | undefined = undefined;
  private _dir: string | undefined = undefined;
  private _checksum: string | undefined = undefined;
  private _headers: Map<string, string> | undefined = undefined;

  /** Takes `name=value`. @returns what is wrong with it, if something is */
  take(name: string, value: string): string | undefined {
    if (TUNING.has(name)) return undefined;
    const header = HEADERS[name];
    if (header !== undefined) return this._header(header, value);
    if (value === "") return `${name}= is empty`;
    switch (name) {
      case "out":
        this._out = value;
        return undefined;
      case "dir":
        return this._takeDir(value);
      case "checksum":
        return this._takeChecksum(value);
      case "header":
        return this._takeHeader(value);
      default:
        return `aria2's option ${name}= is none that can be done here`;
    }
  }

  /** `item` with what was taken. */
  applyTo(item: DownloadItem): DownloadItem {
    return {
      ...item,
      ...(this._out === undefined ? {} : { name: this._out }),
      ...(this._dir === undefined ? {} : { dir: this._dir }),
      ...(this._checksum === undefined ? {} : { checksum: this._checksum }),
      ...(this._headers === undefined ? {} : { headers: Object.fromEntries(this._headers) }),
    };
  }

  /** For aria2 it is any folder; here one inside the output folder. */
  private _takeDir(value: string): string | undefined {
    if (/^([/\\~]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(value)) {
      return "dir= leads out of the output folder: it is taken as relative to that (-d)";
    }
    this._dir = value;
    return undefined;
  }

  /** `sha-256=HEX`, which is `sha256=HEX` to us. */
  private _takeChecksum(value: string): string | undefined {
    const match = /^(md5|sha-(?:1|224|256|384|512))=([0-9a-f]+)$/i.exec(value);
    if (match === null) return "checksum= must be as sha-256= and hexadecimal digits";
    this._checksum = `${match[1]!.toLowerCase().replace("-", "")}=${match[2]!.toLowerCase()}`;
    return undefined;
  }

  private _takeHeader(value: string): string | undefined {
    const match = /^([^\s:]+)\s*:\s*(.*)$/.exec(value);
    return match === null ? "header= must be as Name: value" : this._header(match[1]!, match[2]!);
  }

  /** Twice the same header is one with both values (RFC 9110, 5.3; RFC 6265, 5.4 for cookies). */
  private _header(name: string, value: string): undefined {
    this._headers ??= new Map();
    const known = [...this._headers.keys()].find((each) => each.toLowerCase() === name.toLowerCase()) ?? name;
    const before = this._headers.get(known);
    const between = known.toLowerCase() === "cookie" ? "; " : ", ";
    this._headers.set(known, before === undefined ? value : before + between + value);
  }
}
