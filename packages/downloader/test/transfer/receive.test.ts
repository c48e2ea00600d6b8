import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientResponse } from "@yieldfrom/http";
import { type Coroutine, sleep } from "yieldfrom";
import { virtual } from "../../../core/test/helpers.ts";
import type { PieceWriter } from "../../src/files/piece-writer.ts";
import type { Engine } from "../../src/transfer/engine.ts";
import type { Job } from "../../src/transfer/job.ts";
import { receive } from "../../src/transfer/receive.ts";

test("nothing is written behind an end that came nearer while the rate was waited for", () => {
  const written: string[] = [];
  const writer = {
    position: 0,
    write(chunk: Uint8Array): boolean {
      written.push(Buffer.from(chunk).toString());
      this.position += chunk.byteLength;
      return true;
    },
  };
  const target = { writer: writer as unknown as PieceWriter, end: 8, hashing: null };
  const chunks = [Buffer.from("abcd"), Buffer.from("efgh")];
  const response = {
    content: {
      *readAny(): Coroutine<Uint8Array | null> {
        return chunks.shift() ?? null;
      },
    },
  };
  const engine = {
    counts: { came() {} },
    settings: { maxSize: Number.POSITIVE_INFINITY },
    bucket: {
      *take(): Coroutine<void> {
        yield* sleep(10);
        if (written.length === 1) target.end = 6;
      },
    },
  };
  virtual(() => receive(engine as unknown as Engine, {} as Job, response as unknown as ClientResponse, target, null));
  assert.deepEqual(written, ["abcd", "ef"]);
});
