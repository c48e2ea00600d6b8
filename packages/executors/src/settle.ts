import { decodeThrown } from "./decode-error.ts";
import { WorkerModuleError } from "./errors.ts";
import { reason } from "./reason.ts";
import type { Answer, Failure, Outcome } from "./wire.ts";
import type { Work } from "./work.ts";

/** Give the futures of a work the outcomes that came; those that are cancelled meanwhile want none. */
export function settle(work: Work<unknown>, answer: Answer): void {
  for (const [index, future] of work.futures.entries()) {
    const outcome: Outcome | undefined = "outcomes" in answer ? answer.outcomes[index] : answer;
    if (outcome === undefined || future.done()) continue;
    if (outcome.ok) future.setResult(outcome.value);
    else work.failOne(future, thrownBy(outcome));
  }
}

function thrownBy({ error, stage }: Failure): NonNullable<unknown> {
  const thrown = decodeThrown(error) as NonNullable<unknown>;
  return stage === "call" ? thrown : new WorkerModuleError(reason(thrown), { cause: (thrown as Error).cause });
}
