import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALL_CODES, countryName, parseCodes, SelectionError, select, TWENTY } from "./countries.ts";

test("the twenty are twenty, end with CD and FR as two codes, and all have a flag", () => {
  assert.equal(new Set<string>(TWENTY).size, 20);
  assert.deepEqual(TWENTY.slice(-2), ["CD", "FR"]);
  assert.deepEqual(
    TWENTY.filter((code) => countryName(code) === undefined),
    [],
  );
});

test("names are English, and only countries have one", () => {
  assert.equal(countryName("CD"), "Democratic Republic of the Congo");
  assert.equal(countryName("DE"), "Germany");
  assert.equal(countryName("ZZ"), undefined);
  assert.equal(countryName("de"), undefined);
});

test("all codes have two letters, come sorted and once", () => {
  assert.ok(ALL_CODES.length >= 249, `${ALL_CODES.length} codes`);
  assert.deepEqual(
    ALL_CODES.filter((code) => !/^[A-Z]{2}$/.test(code)),
    [],
  );
  assert.deepEqual([...new Set(ALL_CODES)].sort(), ALL_CODES);
});

describe("parseCodes", () => {
  test("takes either case, keeps the order, drops what was said before", () => {
    assert.deepEqual(parseCodes(["fr", "CN", "Fr", "cn", "jP"]), ["FR", "CN", "JP"]);
    assert.deepEqual(parseCodes([]), []);
  });

  test("names every unknown code once and lists those that exist", () => {
    assert.throws(
      () => parseCodes(["FR", "uk", "", "France", "uk"]),
      (error) => {
        assert.ok(error instanceof SelectionError);
        const [first, second, ...list] = error.message.split("\n");
        assert.equal(first, 'unknown country codes: "uk", "", "France"');
        assert.equal(second, `The ${ALL_CODES.length} codes are:`);
        assert.deepEqual(list.join(" ").trim().split(/\s+/), ALL_CODES);
        assert.ok(list.every((line) => line.length < 80));
        return true;
      },
    );
    assert.throws(() => parseCodes(["xq"]), /^SelectionError: unknown country code: "xq"\n/);
  });

  test("does not take a neighbour of the codes for one", () => {
    for (const arg of ["arab", "gb-eng", "../cn", "CN ", "constructor", "__proto__"]) {
      assert.throws(() => parseCodes([arg]), SelectionError, arg);
    }
  });
});

describe("select", () => {
  test("takes the twenty, those named, or every one", () => {
    assert.deepEqual(select(), TWENTY);
    assert.deepEqual(select({ codes: [] }), TWENTY);
    assert.deepEqual(select({ codes: ["es", "pt"] }), ["ES", "PT"]);
    assert.deepEqual(select({ every: true }), ALL_CODES);
  });

  test("keeps the first ones up to the limit", () => {
    assert.deepEqual(select({ limit: 3 }), ["CN", "IN", "US"]);
    assert.deepEqual(select({ limit: 100 }), TWENTY);
    assert.deepEqual(select({ codes: ["es", "ES", "pt"], limit: 2 }), ["ES", "PT"]);
    assert.deepEqual(select({ every: true, limit: 2 }), ["AD", "AE"]);
  });

  test("refuses what contradicts itself", () => {
    assert.throws(() => select({ every: true, codes: ["fr"] }), /--every asks for all flags, and fr for some/);
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => select({ limit }), {
        name: "SelectionError",
        message: `expected the limit to be a whole number of at least 1, got ${limit}`,
      });
    }
  });
});
