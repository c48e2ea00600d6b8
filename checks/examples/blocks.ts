/** Finds the examples: every fenced block of a Markdown page or of the docstrings of a source file. */

export interface Block {
  /** The fence's line, counted from 1; the code begins on the next. */
  readonly fence: number;
  readonly lines: readonly string[];
}

export interface Found {
  readonly blocks: readonly Block[];
  /** Blocks that look like TypeScript and would not be run. */
  readonly problems: readonly { readonly line: number; readonly text: string }[];
}

const FENCE = /^\s*(`{3,})\s*([\w-]*)/;
const UNRUN = new Set(["typescript", "tsx", "js", "javascript", "mjs", "cts", "mts", ""]);

export function blocksOf(path: string, text: string): Found {
  return fenced(path.endsWith(".ts") ? docstrings(text) : text.split("\n"));
}

/** The same lines with everything but the docstrings' own text left out, so that line numbers stay. */
function docstrings(text: string): string[] {
  let inside = false;
  return text.split("\n").map((line) => {
    if (/^\s*\/\*\*/.test(line)) inside = true;
    const own = inside ? line.replace(/^\s*(\/\*\*|\*(?!\/)) ?/, "").replace(/\s*\*\/\s*$/, "") : "";
    if (line.includes("*/")) inside = false;
    return own;
  });
}

function fenced(lines: readonly string[]): Found {
  const blocks: Block[] = [];
  const problems: { line: number; text: string }[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [opening, ticks = "", language = ""] = FENCE.exec(lines[i] ?? "") ?? [];
    if (opening === undefined) continue;
    const indent = opening.length - opening.trimStart().length;
    const start = i + 1;
    const end = lines.findIndex((line, index) => index >= start && line.trim() === ticks);
    if (end < 0) {
      problems.push({ line: start, text: "this block has no end" });
      break;
    }
    if (language === "ts") {
      blocks.push({ fence: start, lines: lines.slice(start, end).map((line) => line.slice(indent)) });
    } else if (UNRUN.has(language)) {
      const is = language === "" ? "no language" : `the language ${language}`;
      problems.push({
        line: start,
        text: `a block with ${is} is not run: write \`\`\`ts for a program, else \`\`\`text`,
      });
    }
    i = end;
  }
  return { blocks, problems };
}
