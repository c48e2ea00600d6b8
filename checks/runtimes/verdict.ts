/** Whether what the runtimes told is enough, and how it is said. */
import type { Left } from "./guest/report.ts";
import type { Ledger } from "./ledger.ts";
import type { TestFile } from "./suite.ts";

/** Names of tests by file; twice the same name is two tests. */
type Names = ReadonlyMap<string, readonly string[]>;

/** The other runtimes are held against one, and that one against the text of the tests, and the list against it. */
export function referenceProblems(files: readonly TestFile[], ran: Names, left: readonly Left[]): string[] {
  const problems: string[] = [];
  for (const { file } of files) if (!ran.has(file)) problems.push(`no test of ${file} ran`);
  const written = files.reduce((sum, { atLeast }) => sum + atLeast, 0);
  const count = [...ran.values()].reduce((sum, tests) => sum + tests.length, 0);
  if (count < Math.max(written, 1)) {
    problems.push(`${count} tests ran, but ${written} are written in ${files.length} files`);
  }
  for (const { file, test } of left) {
    if (!ran.get(file)?.includes(test)) problems.push(`there is no such test as left.ts leaves out: ${file}: ${test}`);
  }
  return problems;
}

/** One line for the runtime, and one for each test and file that it did not run. `unfit`: files it can't run. */
export function summary(
  name: string,
  version: string,
  { passed, failed, skipped }: Ledger,
  unfit: readonly TestFile[],
  expected: Names,
  seconds: number,
): string[] {
  const whole = unfit.map(({ file, needs }) => ({ file, needs, count: expected.get(file)?.length ?? 0 }));
  const count = whole.reduce((sum, each) => sum + each.count, skipped.length);
  const counts = `${passed} passed, ${failed} failed, ${count} skipped, ${seconds.toFixed(1)} s`;
  return [
    `${name.padEnd(8)} ${version.padEnd(15)} ${counts}`,
    ...skipped.map(({ file, test, why }) => `  skipped on ${name}: ${file}: ${test}: ${why}`),
    ...whole.map(
      (each) => `  skipped on ${name}: ${each.file}: its ${each.count} tests: needs ${each.needs.join(", ")}`,
    ),
  ];
}

/** One line for each test that is expected and was not heard of, or the other way round, the first ten. */
export function differences({ ended }: Ledger, unfit: readonly TestFile[], expected: Names): string[] {
  const found: string[] = [];
  for (const file of new Set([...expected.keys(), ...ended.keys()])) {
    if (unfit.some((each) => each.file === file)) continue;
    const [should, did] = [expected.get(file) ?? [], ended.get(file) ?? []];
    for (const test of without(should, did)) found.push(`did not run: ${file}: ${test}`);
    for (const test of without(did, should))
      found.push(`ran here, but not where the tests are counted: ${file}: ${test}`);
  }
  const more = found.length - MOST_LISTED;
  return more > 0 ? [...found.slice(0, MOST_LISTED), `and ${more} more such differences`] : found;
}

const MOST_LISTED = 10;

/** What is in `all` more often than in `some`. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const rest = [...some];
  return all.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
