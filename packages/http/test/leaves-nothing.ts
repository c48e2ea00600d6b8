import assert from "node:assert/strict";
import { afterEach } from "node:test";
import { leftovers } from "@yieldfrom/testing";

/** Has the file's tests fail that leave a socket, timer, server or process behind. */
export function leavesNothing(): void {
  afterEach(async () => assert.deepEqual(await leftovers(), []));
}
