import assert from "node:assert/strict";
import { test } from "node:test";
import { addressText } from "./address.ts";

test("addresses can be read, and pasted into a browser", () => {
  assert.equal(addressText(["127.0.0.1", 80]), "127.0.0.1:80");
  assert.equal(addressText(["localhost", 80]), "localhost:80");
  assert.equal(addressText(["::1", 80]), "[::1]:80");
  assert.equal(addressText("/run/echo.sock"), "/run/echo.sock");
});
