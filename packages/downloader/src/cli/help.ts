import { ENTRIES, GROUPS, type Option, type OptionName } from "./options/table.ts";
import { wrap } from "./text/wrap.ts";
import { VERSION } from "./version.ts";

/** What the command is, in half a sentence. */
export const PURPOSE = "downloads ten files or a million, at once, whole or not at all";

/** How it is called. */
export const USAGE = ["download-many [options] URL...", "download-many [options] -i FILE"] as const;

/** What people do with it. */
export const EXAMPLES: readonly (readonly [does: string, command: string])[] = [
  ["Save what a list names into the folder out", "download-many -i urls.txt -d out"],
  ["Go on after an interruption, a failure or a power cut", "download-many -i urls.txt -d out"],
  ["A hundred files of a series", "download-many 'https://example.org/page-{001..100}.html'"],
  ["Verify what comes", "download-many -i urls.txt --checksums SHA256SUMS"],
  ["Go easy on the servers", "download-many -i urls.txt --per-host 2 --rate 5/s --limit-rate 1M"],
  ["A large file, by four connections", "download-many --split 4 https://example.org/big.iso"],
  ["Try again what failed", "download-many -i urls.txt --failed again.txt; download-many -i again.txt"],
];

/** What the exit codes mean. */
export const EXITS: readonly (readonly [code: string, means: string])[] = [
  ["0", "every file is there"],
  ["1", "some are not; they are named on standard error"],
  ["2", "the command was not understood, or could not begin: nothing was downloaded"],
  ["130", "interrupted by Ctrl-C (143: by SIGTERM; 141: standard output was closed)"],
];

/** An option as it is written: `-i, --input FILE`. */
export function written([name, { short, kind }]: readonly [OptionName, Option]): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${kind === undefined ? "" : ` ${kind.name}`}`;
}

/** The help of `-h`: the options that most need. */
export function shortHelp(width: number): string {
  const options = ENTRIES.filter(([, { common }]) => common);
  return [
    `download-many ${PURPOSE}.`,
    "",
    ...usage(),
    "",
    ...table(options, width, false),
    "",
    "download-many --help: all options, and examples",
    "",
  ].join("\n");
}

/** The help of `--help`: everything. */
export function fullHelp(width: number): string {
  const groups = Object.entries(GROUPS).flatMap(([group, title]) => [
    `${title}:`,
    ...table(
      ENTRIES.filter(([, option]) => option.group === group),
      width,
      true,
    ),
    "",
  ]);
  const examples = EXAMPLES.flatMap(([does, command]) => [
    ...wrap(`${does}:`, width - 2).map((line) => `  ${line}`),
    `    ${command}`,
  ]);
  return [
    `download-many ${VERSION} ${PURPOSE}.`,
    "",
    ...usage(),
    "",
    ...wrap(`${AMOUNTS} What holds without an option stands in brackets.`, width),
    "",
    ...groups,
    "Exit codes:",
    ...EXITS.flatMap(([code, means]) => row(`  ${code}`, means, 8, width)),
    "",
    "Examples:",
    ...examples,
    "",
  ].join("\n");
}

/** What SIZE and TIME are. */
export const AMOUNTS =
  "SIZE is in bytes, or with k, M, G or T, powers of 1024 (kB, MB, GB, TB: of 1000). TIME is in seconds, or with ms, s, m " +
  "or h.";

function usage(): string[] {
  return USAGE.map((line, index) => `${index === 0 ? "Usage: " : "       "}${line}`);
}

/** Where the texts begin; a longer option has a line of its own. */
const INDENT = 28;

function table(options: typeof ENTRIES, width: number, full: boolean): string[] {
  return options.flatMap(([name, option]) => {
    const left = `${option.short === undefined ? "      " : "  "}${written([name, option])}`;
    return row(left, describe(option, full), INDENT, width);
  });
}

function describe(option: Option, full: boolean): string {
  const fallback = option.default === undefined ? "" : ` [${option.default}]`;
  return `${option.help}${fallback}${full && option.more !== undefined ? `. ${option.more}` : ""}`;
}

function row(left: string, text: string, indent: number, width: number): string[] {
  // In a narrow window the texts stand below.
  const at = width < 60 ? 8 : indent;
  const lines = wrap(text, Math.max(width - at, 20)).map((line) => " ".repeat(at) + line);
  return left.length + 2 <= at ? [left.padEnd(at) + (lines[0] ?? "").slice(at), ...lines.slice(1)] : [left, ...lines];
}
