import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHttpDate } from "../src/http-date.ts";

const NOW = Date.UTC(2026, 10, 29);

test("the three forms of RFC 9110 section 5.6.7 are the same time", () => {
  const expected = Date.UTC(1994, 10, 6, 8, 49, 37);
  for (const text of ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]) {
    assert.equal(parseHttpDate(text, NOW), expected, text);
  }
});

test("a year of two digits is never more than 50 years ahead", () => {
  assert.equal(parseHttpDate("Thursday, 01-Jan-76 00:00:00 GMT", NOW), Date.UTC(2076, 0, 1));
  assert.equal(parseHttpDate("Thursday, 01-Jan-77 00:00:00 GMT", NOW), Date.UTC(1977, 0, 1));
  assert.equal(parseHttpDate("Thursday, 01-Jan-00 00:00:00 GMT", Date.UTC(1999, 0, 1)), Date.UTC(1900, 0, 1));
});

test("leap days and leap seconds are times, other days that don't exist are none", () => {
  assert.equal(parseHttpDate("Thu, 29 Feb 2024 00:00:00 GMT", NOW), Date.UTC(2024, 1, 29));
  assert.equal(parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", NOW), Date.UTC(2017, 0, 1));
  for (const text of [
    "Wed, 29 Feb 2023 00:00:00 GMT",
    "Fri, 31 Apr 2026 00:00:00 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
  ]) {
    assert.equal(parseHttpDate(text, NOW), null, text);
  }
});

test("early years are not of this century", () => {
  assert.equal(new Date(parseHttpDate("Mon, 01 Jan 0050 00:00:00 GMT", NOW) as number).getUTCFullYear(), 50);
});

test("anything else is none", () => {
  for (const text of [
    "",
    "0",
    "tomorrow",
    "2026-11-29T00:00:00Z",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nvo 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "x Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun Nov 06 08:49:37 1994 GMT",
  ]) {
    assert.equal(parseHttpDate(text, NOW), null, text);
  }
});
