import assert from "node:assert/strict";
import { test } from "node:test";
import { Fifo } from "../src/fifo.ts";

test("first in, first out", () => {
  const fifo = new Fifo<string>();
  for (const item of ["a", "b", "c"]) fifo.push(item);
  assert.equal(fifo.size, 3);
  assert.deepEqual([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()], ["a", "b", "c", undefined]);
  fifo.push("d");
  assert.equal(fifo.shift(), "d");
});

test("an item that left is passed over, and leaving twice is harmless", () => {
  const fifo = new Fifo<string>();
  const tickets = ["a", "b", "c", "d"].map((item) => fifo.push(item));
  for (const index of [0, 2, 2]) fifo.remove(tickets[index] as number);
  assert.deepEqual(fifo.snapshot(), ["b", "d"]);
  assert.deepEqual([fifo.shift(), fifo.shift(), fifo.shift()], ["b", "d", undefined]);
  fifo.remove(tickets[1] as number);
  assert.equal(fifo.size, 0);
});

test("an item may be undefined", () => {
  const fifo = new Fifo<undefined | string>();
  fifo.push(undefined);
  fifo.push("b");
  assert.equal(fifo.shift(), undefined);
  assert.equal(fifo.shift(), "b");
});
