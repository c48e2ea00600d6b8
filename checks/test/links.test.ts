import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = globSync(["*.md", "docs/**/*.md", "examples/**/*.md", "packages/*/README.md", "bench/**/*.md"], {
  cwd: root,
});

/** What a code host makes of the headings of a page. */
function anchors(text: string): Set<string> {
  const found = new Map<string, number>();
  const all = new Set<string>();
  for (const [, title = ""] of text.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)) {
    const words = title.toLowerCase().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = words.replaceAll(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-");
    const before = found.get(slug) ?? 0;
    found.set(slug, before + 1);
    all.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return all;
}

/** What is wrong with the links of a page that stay within the project. */
function broken(page: string): string[] {
  const path = join(root, page);
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, file = "", anchor]) => {
    const target = file === "" ? path : join(dirname(path), file);
    if (relative(root, target).startsWith("..") || !existsSync(target)) return [`${page}: ${link} leads nowhere`];
    if (anchor === undefined || anchors(readFileSync(target, "utf8")).has(anchor)) return [];
    return [`${page}: ${link} leads to no heading`];
  });
}

test("every link within the documents leads somewhere", () => {
  assert.ok(pages.length > 20, `only ${pages.length} pages`);
  assert.deepEqual(pages.flatMap(broken), []);
});

test("headings of the API reference have anchors of their own", () => {
  for (const page of pages.filter((page) => page.startsWith("docs/api/"))) {
    const numbered = [...anchors(readFileSync(join(root, page), "utf8"))].filter((anchor) => /-\d+$/.test(anchor));
    assert.deepEqual(numbered, [], page);
  }
});
