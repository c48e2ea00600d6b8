import { decodeThrown } from "./decode-error.ts";
import { WorkerModuleError } from "./errors.ts";
import { reason } from "./reason.ts";
import type { Answer, Failure, Outcome } from "./wire.ts";
import type { Work } from "./work.ts";

/** Give the futures of a work the outcomes that came; those that are cancelled meanwhile want none. */
export function settle(work: Work<unknown>, answer: Answer): void {
  const outcomes: readonly Outcome[] = "outcomes" in answer ? answer.outcomes : [answer];
  for (const [index, outcome] of outcomes.entries()) {
    const future = work.futures[index];
    if (future === undefined || future.done()) continue;
    if (outcome.ok) future.setResult(outcome.value);
    else work.failOne(future, thrownBy(outcome));
  }
}

function thrownBy({ error, stage }: Failure): NonNullable<unknown> {
  const thrown = decodeThrown(error) as NonNullable<unknown>;
  return stage === "call" ? thrown : new WorkerModuleError(reason(thrown), { cause: (thrown as Error).cause });
}
