import type { Row } from "./row.ts";

const FILES = ["tasks", "chains", "sync", "queues", "many", "bridges"];

/**
 * All rows, in the order of the table.
 * @param copy a name for a copy of the rows of its own: what V8 learns about a function it learns for all closures of it,
 *   so two libraries under the same row's code would slow each other down
 */
export async function loadRows(copy = ""): Promise<readonly Row[]> {
  const query = copy === "" ? "" : `?${copy}`;
  const modules = await Promise.all(
    FILES.map(async (file) => (await import(`./rows/${file}.ts${query}`)) as { readonly rows: readonly Row[] }),
  );
  return modules.flatMap(({ rows }) => rows);
}

/** Those whose name or id contains all of the words. */
export function withWords(rows: readonly Row[], words: readonly string[]): Row[] {
  return rows.filter(({ id, name }) => words.every((word) => id.includes(word) || name.includes(word)));
}
