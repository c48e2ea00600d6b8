/**
 * Makes programs of examples. A block that imports something begins a program; one that does not goes on with the
 * program above it. A block whose first line is `// name.ts` is a file of that name, for programs of the page to import.
 * A block with a bare `yield*` becomes the body of a coroutine.
 *
 * Each line of a program keeps the number that it has on its page, so messages need no translation.
 */
import { stripTypeScriptTypes } from "node:module";
import { Script } from "node:vm";
import type { Block } from "./blocks.ts";

export interface Program {
  readonly page: string;
  /** Its first line on the page. */
  readonly line: number;
  /** In the page's folder. */
  readonly file: string;
  readonly text: string;
  /** A file for others, which is not run by itself. */
  readonly isFile: boolean;
}

/** What a fragment may use without an import: the name, and where it comes from. */
export type Names = ReadonlyMap<string, { readonly from: string; readonly isType: boolean }>;

const FILE_NAME = /^\/\/ ([\w-]+\.ts)\b/;

/** @param names for the fragments of a docstring, each a program; `null` for the blocks of a page */
export function programsOf(page: string, blocks: readonly Block[], names: Names | null): Program[] {
  const programs: Program[] = [];
  let current: { line: number; lines: string[] } | null = null;
  const flush = () => {
    if (current !== null) programs.push(made(page, `line-${current.line}.ts`, current.line, current.lines, false));
    current = null;
  };
  for (const block of blocks) {
    const file = FILE_NAME.exec(block.lines[0] ?? "")?.[1];
    if (file !== undefined) {
      programs.push(made(page, file, block.fence + 1, placed([], block, "", ""), true));
      continue;
    }
    const imports = block.lines.some((line) => /^import\b/.test(line));
    if (imports || names !== null || current === null) {
      flush();
      current = { line: block.fence + 1, lines: [] };
    }
    const isBody = !imports && hasBareYield(block.lines.join("\n"));
    const before = isBody ? 'import { run as run$ } from "yieldfrom"; await run$(function* () {' : "";
    const header = names === null || imports ? "" : importsFor(block, names);
    placed(current.lines, block, `${header} ${before}`.trim(), isBody ? "});" : "");
  }
  flush();
  return programs;
}

function made(page: string, file: string, line: number, lines: readonly string[], isFile: boolean): Program {
  return { page, line, file, text: `${lines.join("\n")}\nexport {};\n`, isFile };
}

/** Puts the block's lines where they stand on the page, `before` and `after` in place of its fences. */
function placed(lines: string[], block: Block, before: string, after: string): string[] {
  while (lines.length < block.fence - 1) lines.push("");
  lines.push(before, ...block.lines, after);
  return lines;
}

/** Whether this is the inside of a coroutine: no program by itself, but one as the body of a `function*`. */
function hasBareYield(code: string): boolean {
  return code.includes("yield*") && !parses(`async () => {\n${code}\n}`) && parses(`function* () {\n${code}\n}`);
}

function parses(fn: string): boolean {
  try {
    // Stripping alone would take much; sloppy code would take `yield * x` for a product.
    new Script(`"use strict"; (${stripTypeScriptTypes(`(${fn})`).trim().replace(/;$/, "")});`);
    return true;
  } catch {
    return false;
  }
}

function importsFor(block: Block, names: Names): string {
  const code = block.lines.map((line) => line.replace(/\/\/.*$/, "")).join("\n");
  const single = code.matchAll(/\b(?:const|let|var|using|function\*?|class|type|interface)\s+([\w$]+)/g);
  const several = code.matchAll(/\b(?:const|let|var)\s*[[{]([^\]}]*)[\]}]/g);
  const declared = new Set([...single, ...several].flatMap(([, names = ""]) => names.match(/[\w$]+/g) ?? []));
  const used = new Set([...code.matchAll(/(?<![.\w$"'])[A-Za-z_$][\w$]*/g)].map(([name]) => name));
  return [...used]
    .filter((name) => !declared.has(name))
    .flatMap((name) => {
      const known = names.get(name);
      return known === undefined ? [] : [`import { ${known.isType ? "type " : ""}${name} } from "${known.from}";`];
    })
    .join(" ");
}
