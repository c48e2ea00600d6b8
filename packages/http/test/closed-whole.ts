import assert from "node:assert/strict";
import { type Coroutine, gather } from "yieldfrom";
import type { ClientSession } from "../src/index.ts";

/**
 * Closes a session; before that, takes all its places at a time: whatever was cancelled, none may be lost.
 * @param limit the connector's
 */
export function* closedWhole(session: ClientSession, limit: number, url: string): Coroutine<void> {
  const get = function* (): Coroutine<number> {
    using response = yield* session.get(url);
    yield* response.read();
    return response.status;
  };
  try {
    const statuses = yield* gather(Array.from({ length: limit }, get));
    assert.deepEqual(statuses, Array(limit).fill(200));
  } finally {
    yield* session.close();
  }
}
