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
