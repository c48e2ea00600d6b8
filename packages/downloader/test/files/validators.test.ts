import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isStrongEtag,
  parseContentRange,
  parseUnsatisfiedRange,
  type ValidatorFacts,
  validatorOf,
} from "../../src/files/validators.ts";

const MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT";
const LATER = "Sun, 06 Nov 1994 08:49:38 GMT";
const AT = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("validatorOf", () => {
  const date = { kind: "last-modified", value: MODIFIED };
  const cases: readonly (readonly [what: string, facts: ValidatorFacts, expected: unknown, now?: number])[] = [
    ["nothing", {}, null],
    ["a strong ETag", { etag: '"a"', lastModified: MODIFIED, date: LATER }, { kind: "etag", value: '"a"' }],
    ["not a weak one", { etag: 'W/"a"' }, null],
    ["beside a weak one the date", { etag: 'W/"a"', lastModified: MODIFIED, date: LATER }, date],
    ["a date that a second has gone since", { lastModified: MODIFIED, date: LATER }, date],
    ["not one of the same second", { lastModified: MODIFIED, date: MODIFIED }, null],
    ["not one of the future", { lastModified: LATER, date: MODIFIED }, null],
    ["by our own clock one of a minute ago", { lastModified: MODIFIED }, date, AT + 60_000],
    ["and not a later one", { lastModified: MODIFIED }, null, AT + 59_999],
    ["nothing that is no date", { lastModified: "yesterday", date: LATER }, null],
    ["by our own clock where the Date is none", { lastModified: MODIFIED, date: "?" }, date, AT + 60_000],
  ];
  for (const [what, facts, expected, now] of cases) {
    it(what, () => assert.deepEqual(validatorOf(facts, now), expected));
  }
});

it("isStrongEtag", () => {
  for (const text of ['""', '"a"', '"a-b:!#/\xff"']) assert.ok(isStrongEtag(text), text);
  for (const text of ["", "a", '"', 'W/"a"', 'w/"a"', '"a" ', '"a"b"', '"a b"', '"\x7f"', '"a"\n']) {
    assert.ok(!isStrongEtag(text), text);
  }
});

it("parseContentRange takes what makes sense only", () => {
  assert.deepEqual(parseContentRange("bytes 0-99/1234"), { start: 0, end: 100, total: 1234 });
  assert.deepEqual(parseContentRange("Bytes 5-5/6"), { start: 5, end: 6, total: 6 });
  assert.deepEqual(parseContentRange("bytes 5-9/*"), { start: 5, end: 10, total: null });
  const wrong = [
    "",
    "bytes 9-5/10",
    "bytes 0-10/10",
    "bytes 0-/10",
    "bytes -5/10",
    "bytes */10",
    "lines 0-1/2",
    "0-1/2",
  ];
  wrong.push("bytes 0-1/2, bytes 3-4/5", "bytes=0-1/2", "bytes 0-9007199254740992/*", "bytes 0-1/9007199254740993");
  for (const text of [...wrong, "bytes 0-1/2\n", "bytes 0x1-2/3", "bytes 0-1/-2", null, undefined]) {
    assert.equal(parseContentRange(text), null, String(text));
  }
});

it("parseUnsatisfiedRange", () => {
  assert.equal(parseUnsatisfiedRange("bytes */1234"), 1234);
  for (const text of ["bytes */*", "bytes 0-1/2", "bytes */", "", null, undefined, "bytes */99999999999999999"]) {
    assert.equal(parseUnsatisfiedRange(text), null, String(text));
  }
});
