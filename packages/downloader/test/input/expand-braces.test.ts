import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { argumentItems } from "../../src/input/arguments.ts";
import { expandBraces } from "../../src/input/expand-braces.ts";
import { seeded } from "./reading.ts";

const expanded = (text: string) => [...expandBraces(text)].join(" ");

describe("expandBraces", () => {
  for (const [text, result] of [
    ["x", "x"],
    ["{a,b}", "a b"],
    ["x{a,b}y", "xay xby"],
    ["{1..3}", "1 2 3"],
    ["{3..1}", "3 2 1"],
    ["{-1..1}", "-1 0 1"],
    ["{08..10}", "08 09 10"],
    ["{8..010}", "008 009 010"],
    ["{-05..5..5}", "-05 000 005"],
    ["{1..10..4}", "1 5 9"],
    ["{10..1..4}", "10 6 2"],
    ["{1..3..0}", "1 2 3"],
    ["{1..5..-2}", "1 3 5"],
    ["{a..e..2}", "a c e"],
    ["{c..a}", "c b a"],
    ["{a,b}{1..2}", "a1 a2 b1 b2"],
    ["{a,{b,c{1..2}}}d", "ad bd c1d c2d"],
    ["{,x}y", "y xy"],
    ["a{b}c", "a{b}c"],
    ["{}", "{}"],
    ["{id}", "{id}"],
    ["{", "{"],
    ["}", "}"],
    ["{a,b", "{a,b"],
    ["a,b}", "a,b}"],
    ["{{a,b}}", "{a} {b}"],
    ["{1..b}", "{1..b}"],
    ["{1..2..x}", "{1..2..x}"],
    ["{1.5..2}", "{1.5..2}"],
    ["$%7B{a,b}", "$%7Ba $%7Bb"],
  ] as const) {
    test(`${text} is ${result}`, () => assert.equal(expanded(text), result));
  }

  test("as bash does", peer("bash"), () => {
    const random = seeded(3);
    const of = (...some: readonly string[]) => some[random(some.length)]!;
    const make = (depth: number): string => {
      const kinds = depth > 3 ? 5 : 8;
      const each = (from: number) => Array.from({ length: from + random(2) }, () => make(depth + 1));
      switch (random(kinds)) {
        case 0:
          return `{${of("1", "01", "-2", "7")}..${of("5", "005", "-3")}}`;
        case 1:
          return `{${of("1", "9", "0")}..${of("5", "20")}..${of("1", "3", "-2", "0")}}`;
        case 2:
          return `{${of("a", "f")}..${of("c", "d")}}`;
        case 3:
        case 4:
          return of("x", "y-z", "7", "{word}");
        case 5:
          return `{${each(2).join(",")}}`;
        default:
          return each(2).join("");
      }
    };
    const texts = Array.from({ length: 3000 }, () => `u${make(0)}`).filter((text) => countOf(text) < 2000);
    const bash = spawnSync("bash", ["-c", texts.map((text) => `echo ${text}`).join("\n")], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const lines = bash.stdout.split("\n");
    for (const [index, text] of texts.entries()) assert.equal(expanded(text), lines[index], text);
    assert.ok(texts.length > 1000);
  });

  test("a million are made one by one", () => {
    const texts = expandBraces("http://a/{0000000..9999999}");
    assert.equal(texts.count, 10_000_000);
    const [first, second] = texts;
    assert.deepEqual([first, second], ["http://a/0000000", "http://a/0000001"]);
  });

  test("more than anybody can mean is an error at once", () => {
    for (const text of [
      "{1..10000001}",
      "{1..999999999999999}",
      "{1..1000}{1..1000}{1..1000}",
      "{a,{1..9999999}}{1,2}",
    ]) {
      assert.throws(() => expandBraces(text), {
        code: "ERR_RANGE",
        message: "the ranges {…} stand for more than 10,000,000 addresses: make them smaller",
      });
    }
    const deep = `${"{a,".repeat(40)}b${"}".repeat(40)}`;
    assert.throws(() => expandBraces(deep), { code: "ERR_RANGE", message: "braces are nested more than 32 deep" });
  });

  test("a hundred thousand braces take no time", { timeout: 5000 }, () => {
    for (const text of [
      "{".repeat(1e5),
      "{".repeat(1e5) + "}".repeat(1e5),
      "{}".repeat(1e5),
      `${"{".repeat(1e5)}a,b}`,
    ]) {
      assert.ok(expandBraces(text).count <= 2);
    }
  });
});

function countOf(text: string): number {
  try {
    return expandBraces(text).count;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

test("arguments are expanded, unless they are not to be, and know their place", () => {
  assert.deepEqual(
    [...argumentItems(["http://a/", "http://b/{1..2}"])],
    [
      { url: "http://a/", at: "argument 1" },
      { url: "http://b/1", at: "argument 2" },
      { url: "http://b/2", at: "argument 2" },
    ],
  );
  assert.deepEqual(
    [...argumentItems(["http://b/{1..2}"], { glob: false })],
    [{ url: "http://b/{1..2}", at: "argument 1" }],
  );
  assert.throws(() => argumentItems(["http://b/{1..99999999}"]), { code: "ERR_RANGE" });
});
