import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions, type TqdmOptions } from "../src/options.ts";
import { FakeHost } from "./stage.ts";

function resolve(options: object, env: Record<string, string> = {}) {
  const host = new FakeHost();
  host.env = env;
  return resolveOptions(options as TqdmOptions, host);
}

test("the defaults are tqdm's, but disable is null", () => {
  const { file: _, ...settings } = resolve({});
  assert.deepEqual(settings, {
    total: null,
    desc: "",
    unit: "it",
    unitScale: false,
    unitDivisor: 1000,
    ncols: null,
    ascii: false,
    initial: 0,
    leave: true,
    mininterval: 100,
    smoothing: 0.3,
    postfix: null,
    disable: null,
    delay: 0,
  });
});

test("null and undefined stand for the default where tqdm's None does", () => {
  const settings = resolve({ total: null, desc: null, ncols: null, postfix: null, unit: undefined, delay: undefined });
  assert.deepEqual([settings.total, settings.desc, settings.unit, settings.delay], [null, "", "it", 0]);
  assert.equal(resolve({ total: Number.POSITIVE_INFINITY }).total, null);
});

const WRONG: readonly (readonly [options: object, error: string, message: string])[] = [
  [
    { total: -1 },
    "RangeError",
    "tqdm: expected `total` to be a number from 0 up, or Infinity when it is not known; got -1.",
  ],
  [
    { total: Number.NaN },
    "RangeError",
    "tqdm: expected `total` to be a number from 0 up, or Infinity when it is not known; got NaN.",
  ],
  [
    { total: "20" },
    "TypeError",
    'tqdm: expected `total` to be a number from 0 up, or Infinity when it is not known; got "20".',
  ],
  [
    { mininterval: -0.1 },
    "RangeError",
    "tqdm: expected `mininterval` to be milliseconds, a number from 0 up; got -0.1.",
  ],
  [
    { delay: Number.POSITIVE_INFINITY },
    "RangeError",
    "tqdm: expected `delay` to be milliseconds, a number from 0 up; got Infinity.",
  ],
  [{ ncols: 79.5 }, "RangeError", "tqdm: expected `ncols` to be a whole number of columns from 0 up; got 79.5."],
  [{ smoothing: 1.1 }, "RangeError", "tqdm: expected `smoothing` to be a number from 0 to 1; got 1.1."],
  [
    { unitDivisor: 1 },
    "RangeError",
    "tqdm: expected `unitDivisor` to be a number above 1, such as 1000 or 1024; got 1.",
  ],
  [{ unitScale: 0 }, "RangeError", "tqdm: expected `unitScale` to be true, false or a number above 0; got 0."],
  [{ initial: Number.NaN }, "RangeError", "tqdm: expected `initial` to be a finite number; got NaN."],
  [
    { ascii: "#" },
    "TypeError",
    'tqdm: expected `ascii` to be true, false or a string of two or more characters, each one column wide; got "#".',
  ],
  [
    { ascii: "\x1b国" },
    "TypeError",
    'tqdm: expected `ascii` to be true, false or a string of two or more characters, each one column wide; got "\\\\x1b国".',
  ],
  [{ desc: 5 }, "TypeError", "tqdm: expected `desc` to be a string; got 5."],
  [{ unit: null }, "TypeError", "tqdm: expected `unit` to be a string; got null."],
  [{ leave: "no" }, "TypeError", 'tqdm: expected `leave` to be true or false; got "no".'],
  [
    { disable: 1 },
    "TypeError",
    "tqdm: expected `disable` to be true, false or null (drawn only on a terminal); got 1.",
  ],
  [{ postfix: ["a"] }, "TypeError", "tqdm: expected `postfix` to be a string or an object of values; got an array."],
  [
    { file: {} },
    "TypeError",
    "tqdm: expected `file` to be a writable stream such as process.stderr; got an object (Object).",
  ],
  [{ unit_scale: true }, "TypeError", 'tqdm: there is no option "unit_scale". Write `unitScale`.'],
];

for (const [options, name, message] of WRONG) {
  test(`refused: ${message}`, () => {
    assert.throws(() => resolve(options), { name, message });
  });
}

test("an option that does not exist is named with those that do", () => {
  assert.throws(() => resolve({ colour: "red" }), /there is no option "colour"\. The options are total, desc, unit, /);
});

test("the environment sets defaults, in this package's units; options win", () => {
  const env = {
    TQDM_TOTAL: "7",
    TQDM_DESC: "get",
    TQDM_UNIT: "B",
    TQDM_UNIT_SCALE: "1",
    TQDM_UNIT_DIVISOR: "1024",
    TQDM_NCOLS: "50",
    TQDM_ASCII: "true",
    TQDM_INITIAL: "2",
    TQDM_LEAVE: "no",
    TQDM_MININTERVAL: "500",
    TQDM_SMOOTHING: "0",
    TQDM_DISABLE: "1",
    TQDM_DELAY: "250.5",
  };
  const { file: _, ...settings } = resolve({}, env);
  assert.deepEqual(settings, {
    total: 7,
    desc: "get",
    unit: "B",
    unitScale: true,
    unitDivisor: 1024,
    ncols: 50,
    ascii: true,
    initial: 2,
    leave: false,
    mininterval: 500,
    smoothing: 0,
    postfix: null,
    disable: true,
    delay: 250.5,
  });
  const told = resolve({ mininterval: 5, disable: false, unit: "it" }, env);
  assert.deepEqual([told.mininterval, told.disable, told.unit], [5, false, "it"]);
});

test("flags in the environment", () => {
  for (const [text, disable] of [
    ["1", true],
    ["TRUE", true],
    ["yes", true],
    ["on", true],
    ["0", false],
    ["False", false],
    ["no", false],
    ["off", false],
    ["", null],
  ] as const) {
    assert.equal(resolve({}, { TQDM_DISABLE: text }).disable, disable, JSON.stringify(text));
  }
  assert.equal(resolve({}, { TQDM_ASCII: " .oO" }).ascii, " .oO");
  assert.equal(resolve({}, { TQDM_UNIT_SCALE: "1000" }).unitScale, 1000);
  assert.equal(resolve({}, { TQDM_UNIT_SCALE: "0" }).unitScale, false);
});

test("a wrong variable is named; unknown ones are other people's", () => {
  assert.throws(() => resolve({}, { TQDM_MININTERVAL: "fast" }), {
    name: "RangeError",
    message:
      'tqdm: expected the environment variable TQDM_MININTERVAL to be milliseconds, a number from 0 up; got "fast". Correct it or unset it.',
  });
  for (const [variable, text] of Object.entries({
    TQDM_DISABLE: "perhaps",
    TQDM_NCOLS: "-1",
    TQDM_SMOOTHING: "2",
    TQDM_TOTAL: " ",
    TQDM_UNIT_SCALE: "k",
    TQDM_ASCII: "\x1b[",
  })) {
    assert.throws(() => resolve({}, { [variable]: text }), new RegExp(`environment variable ${variable} to be`));
  }
  assert.equal(resolve({}, { TQDM_COLOUR: "red", TQDM_POSTFIX: "x", TQDM_FILE: "y" }).postfix, null);
});

test("ASCII where the locale names another charset", () => {
  for (const [env, ascii] of [
    [{ LANG: "de_DE.ISO-8859-1" }, true],
    [{ LANG: "de_DE.UTF-8", LC_ALL: "ja_JP.eucJP" }, true],
    [{ LANG: "ja_JP.eucJP", LC_CTYPE: "C.utf8" }, false],
    [{ LANG: "de_DE.utf-8@euro", LC_ALL: "" }, false],
    [{ LANG: "C" }, false],
  ] as const) {
    assert.equal(resolve({}, env).ascii, ascii, JSON.stringify(env));
  }
  assert.equal(resolve({ ascii: false }, { LANG: "de_DE.ISO-8859-1" }).ascii, false);
});
