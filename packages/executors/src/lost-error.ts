/**
 * A job's error that nobody asks for would vanish with its Future. It is reported when the Future is collected, since
 * then nobody can ask any more. (concurrent.futures says nothing; asyncio's futures do this.)
 */

interface Lost {
  readonly title: string;
  readonly error: unknown;
}

const collected = new FinalizationRegistry<Lost>(({ title, error }) => {
  console.error(`exception was never retrieved: ${title}\n`, error);
});

/** Watch a future that just failed. `title` describes it, without holding it. */
export function watchError(future: object, title: string, error: unknown): void {
  collected.register(future, { title, error }, future);
}

/** Someone asked: there is nothing to report. */
export function errorTaken(future: object): void {
  collected.unregister(future);
}
