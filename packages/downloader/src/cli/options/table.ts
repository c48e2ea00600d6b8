/**
 * Every option of the command, once: the parser, `--help`, the manual page and the completion of shells are made of this
 * table. Names are those of curl, wget and aria2 where these agree.
 */
import {
  checksum,
  choice,
  count,
  credentials,
  file,
  folder,
  header,
  type Kind,
  proxy,
  rate,
  size,
  text,
  time,
  timeout,
} from "./kinds.ts";

/** The groups, in the order of the help. */
export const GROUPS = {
  list: "What to download",
  files: "Files",
  manners: "How much at a time",
  failures: "Retries and timeouts",
  requests: "Requests",
  connection: "Connection",
  shown: "What is shown",
  other: "Other",
} as const;

/** An option. */
export interface Option {
  readonly short?: string;
  /** What its value looks like; without it the option is a flag. */
  readonly kind?: Kind<unknown>;
  /** Whether it may be given several times, and each counts. */
  readonly many?: true;
  /** Whether the short help has it. */
  readonly common?: true;
  readonly group: keyof typeof GROUPS;
  /** What it does, one sentence or two, without a full stop at the end. */
  readonly help: string;
  /** What more the full help and the manual page say: whole sentences. */
  readonly more?: string;
  /** What holds without it, as a value of it would be written. */
  readonly default?: string;
}

export const OPTIONS = {
  input: {
    short: "i",
    kind: file("FILE", "the path of a file, or - for standard input"),
    many: true,
    common: true,
    group: "list",
    help: "Download what this list names; - is standard input",
    more: "It is read as the download goes on, so it may be as long as you like, or still being written.",
  },
  format: {
    kind: choice("HOW", "auto", "lines"),
    default: "auto",
    group: "list",
    help: "How lists are read. auto: a line, and the option lines of aria2 below it; lines: each line at once",
    more:
      "A line is an address; an address, a tab and a name; or an object in JSON, with url, mirrors, name, dir, headers, " +
      "checksum. lines is for lists that another program writes slowly.",
  },
  "no-glob": {
    group: "list",
    help: "Take { and } in addresses as they are, not as ranges {001..100} and lists {a,b}",
  },

  dir: {
    short: "d",
    kind: folder,
    common: true,
    default: ".",
    group: "files",
    help: "The output folder, made if it is not there. Nothing is ever written outside of it",
  },
  output: {
    short: "o",
    kind: text("NAME", "a name inside the output folder"),
    common: true,
    group: "files",
    help: "The name of the file, where one address is given",
  },
  name: {
    kind: text("TEMPLATE", "a template such as {host}/{n:05}-{base}"),
    common: true,
    default: "{base}",
    group: "files",
    help: "How files are named, such as {host}/{n:05}-{base}",
    more: "The manual page has all fields.",
  },
  "content-disposition": {
    group: "files",
    help: "Prefer the name that the server suggests to the one in the address",
  },
  exists: {
    kind: choice("WHAT", "skip", "update", "refuse", "number", "overwrite"),
    common: true,
    default: "skip",
    group: "files",
    help: "If a file is there already: skip, update (ask the server whether it has another one), refuse, number or overwrite",
  },
  clash: {
    kind: choice("WHAT", "refuse", "skip", "number", "overwrite"),
    default: "refuse",
    group: "files",
    help: "If two addresses come to the same name: refuse the second, skip it, number it, or let it overwrite the first",
  },
  checksum: {
    kind: checksum,
    group: "files",
    help: "What the bytes of the file come to, where one address is given: sha256= and the digits",
  },
  checksums: {
    kind: file("FILE", "the path of a file such as SHA256SUMS"),
    many: true,
    group: "files",
    help: "Verify files by this list of checksums and names, as sha256sum makes it",
  },
  fsync: {
    group: "files",
    help: "Give a file its name only when the disk has all of it, so that it survives a power cut",
  },
  "max-size": { kind: size, group: "files", help: "Refuse files that are larger" },

  max: {
    short: "m",
    kind: count(1),
    common: true,
    default: "20",
    group: "manners",
    help: "Files at a time",
  },
  "per-host": { kind: count(1), common: true, group: "manners", help: "Files at a time from one host" },
  split: {
    kind: count(1),
    default: "1",
    group: "manners",
    help: "Connections for one file, if it is large and the server sends parts",
  },
  "min-split-size": {
    kind: size,
    default: "16M",
    group: "manners",
    help: "No part of a file that is split is smaller",
  },
  rate: { kind: rate, group: "manners", help: "Requests in a time, of all together: 10/s, 100/m" },
  "limit-rate": {
    kind: size,
    common: true,
    group: "manners",
    help: "Bytes a second, of all together: 500k, 2M",
  },

  retries: {
    kind: count(0),
    common: true,
    default: "5",
    group: "failures",
    help: "Further attempts, where another one may help",
    more:
      "That is so for lost and refused connections, bodies that are cut short, timeouts, and the statuses 408, 425, 429, " +
      "500, 502, 503 and 504. An attempt goes on from what is there, if it is still the same file.",
  },
  "retry-delay": {
    kind: time,
    default: "500ms",
    group: "failures",
    help: "The first retry comes after a random time up to this one; it doubles with each",
  },
  "max-retry-delay": {
    kind: time,
    default: "60",
    group: "failures",
    help: "No wait is longer. A server that asks for more patience (Retry-After) is not asked again",
  },
  "connect-timeout": {
    kind: timeout,
    default: "30",
    group: "failures",
    help: "For a connection, with the look-up of the name and TLS",
  },
  "idle-timeout": { kind: timeout, default: "60", group: "failures", help: "Without a byte" },
  timeout: {
    kind: timeout,
    default: "0",
    group: "failures",
    help: "For an attempt, from its request to the last byte",
  },
  "slow-limit": {
    kind: size,
    group: "failures",
    help: "Give an attempt up that is slower than so many bytes a second",
  },
  "slow-time": { kind: time, default: "30", group: "failures", help: "The time over which --slow-limit is taken" },

  header: {
    short: "H",
    kind: header,
    many: true,
    common: true,
    group: "requests",
    help: "Send this header with each request, or those of @FILE",
    more: "Headers go to the hosts of your addresses, and not to others that these redirect to.",
  },
  user: {
    short: "u",
    kind: credentials,
    group: "requests",
    help: "Name and password (Basic)",
    more: "Other users of the machine may see them among the processes; --netrc keeps them in a file.",
  },
  netrc: { group: "requests", help: "Take names and passwords from ~/.netrc" },
  "netrc-file": { kind: file(), group: "requests", help: "Take names and passwords from this file" },
  cookies: {
    short: "b",
    kind: file("FILE", "the path of a file of cookies in Netscape's form"),
    group: "requests",
    help: "Send the cookies of this file, in Netscape's form (cookies.txt)",
  },
  "user-agent": {
    short: "A",
    kind: text("TEXT", "what the header User-Agent is to say"),
    group: "requests",
    help: "Who we say we are",
  },
  compressed: { group: "requests", help: "Ask for compressed bodies, and save them inflated" },
  "max-redirects": { kind: count(0), default: "10", group: "requests", help: "Most redirects that are followed" },

  proxy: {
    short: "x",
    kind: proxy,
    common: true,
    group: "connection",
    help: "Go through this proxy: http, https, socks5 or socks5h (names are looked up by the proxy)",
    more: "Without it the environment's count: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY.",
  },
  "no-proxy": { group: "connection", help: "Use no proxy, whatever the environment says" },
  http2: { group: "connection", help: "Speak HTTP/2 with servers that do" },
  cacert: { kind: file(), group: "connection", help: "Trust the certificate authorities of this file (PEM) only" },
  cert: {
    kind: file(),
    group: "connection",
    help: "Show servers this certificate of ours (PEM)",
    more: "Every https server that asks for one sees it, also where redirects lead, and an https proxy.",
  },
  key: { kind: file(), group: "connection", help: "The private key of --cert (PEM), where it is a file of its own" },
  insecure: {
    short: "k",
    group: "connection",
    help: "Accept any certificate. Whoever is in between may then read and change everything",
  },

  progress: {
    kind: choice("HOW", "auto", "bar", "plain", "none"),
    default: "auto",
    group: "shown",
    help: "A bar, a plain line each 10 s, or none. auto: a bar on a terminal, lines in CI, none in a pipe",
  },
  quiet: { short: "q", common: true, group: "shown", help: "Show errors only" },
  verbose: {
    short: "v",
    many: true,
    common: true,
    group: "shown",
    help: "Show a line for each file; twice: for each attempt too",
  },
  json: {
    common: true,
    group: "shown",
    help: "Print each event as a line of JSON on standard output",
  },
  report: {
    kind: file(),
    common: true,
    group: "shown",
    help: "Write what became of each address to this file, a line of JSON each",
  },
  failed: {
    kind: file(),
    common: true,
    group: "shown",
    help: "Write what failed to this file, as a list for -i",
  },
  "dry-run": {
    common: true,
    group: "shown",
    help: "Look what is there, ask servers for sizes only, and print what would be downloaded",
  },

  help: {
    short: "h",
    common: true,
    group: "other",
    help: "Print the options that most need; --help: all of them",
  },
  version: { short: "V", common: true, group: "other", help: "Print the version" },
  man: { group: "other", help: "Print the manual page: download-many --man | man -l -" },
  completion: {
    kind: choice("SHELL", "bash", "zsh", "fish"),
    group: "other",
    help: "Print what a shell needs to complete our options",
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;

type Read<O> = O extends { readonly kind: Kind<infer T> } ? T : true;

/** What options were given, by their long names. */
export type Given = {
  -readonly [K in OptionName]?: (typeof OPTIONS)[K] extends { readonly many: true }
    ? Read<(typeof OPTIONS)[K]>[]
    : Read<(typeof OPTIONS)[K]>;
};

/** All of them as what they have in common. */
export const ENTRIES = Object.entries(OPTIONS) as readonly (readonly [OptionName, Option])[];
