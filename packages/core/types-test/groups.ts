/** A class as condition narrows the members of a group; a function does if it is a type guard. */
import { type CancelledError, ExceptionGroup, InvalidStateError, isCancelled, TimeoutError } from "yieldfrom";
import { type Equal, expect } from "./expect.ts";

declare const group: ExceptionGroup;
declare const numbers: ExceptionGroup<number>;

class HttpError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`${status}`);
    this.status = status;
  }
}
abstract class Hidden extends Error {
  abstract readonly why: string;
}

export function splitting() {
  const [match, rest] = group.split(HttpError);
  expect<Equal<typeof match, ExceptionGroup<HttpError> | null>>();
  expect<Equal<typeof rest, ExceptionGroup<unknown> | null>>();
  for (const error of match?.errors ?? []) {
    expect<Equal<typeof error, HttpError | ExceptionGroup<HttpError>>>();
    if (!(error instanceof ExceptionGroup)) expect<Equal<typeof error.status, number>>();
  }
  const a = group.subgroup(TimeoutError);
  expect<Equal<typeof a, ExceptionGroup<TimeoutError> | null>>();
  const b = group.subgroup([HttpError, InvalidStateError]);
  expect<Equal<typeof b, ExceptionGroup<HttpError | InvalidStateError> | null>>();
  const c = group.subgroup(Hidden);
  expect<Equal<typeof c, ExceptionGroup<Hidden> | null>>();
  const d = group.subgroup((error): error is CancelledError => isCancelled(error));
  expect<Equal<typeof d, ExceptionGroup<CancelledError> | null>>();
  const e = numbers.split((error) => Number(error) > 5);
  expect<Equal<typeof e, [match: ExceptionGroup<number> | null, rest: ExceptionGroup<number> | null]>>();
  const f = group.errors;
  expect<Equal<typeof f, unknown[]>>();
}

export function making() {
  const a = new ExceptionGroup("a", [new HttpError(500), new ExceptionGroup("b", [new HttpError(404)])]);
  expect<Equal<typeof a, ExceptionGroup<HttpError>>>();
  const b = a.derive([1, 2]);
  expect<Equal<typeof b, ExceptionGroup<number>>>();
  const c = new ExceptionGroup<unknown>("c", ["text", 5], { cause: a });
  expect<Equal<typeof c, ExceptionGroup<unknown>>>();
  const d: ExceptionGroup = a;
  return d;
}

// @ts-expect-error
group.split(5);
// @ts-expect-error
group.split([TimeoutError, 5]);
// @ts-expect-error
group.subgroup((error: number) => error > 5);
// @ts-expect-error
new ExceptionGroup(["a"], "message");
// @ts-expect-error
numbers.derive(5);
