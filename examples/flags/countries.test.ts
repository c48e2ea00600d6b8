import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALL_CODES, countryName, parseCodes, select, TWENTY } from "./countries.ts";

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
    assert.deepEqual(parseCodes(["fr", "CN", "Fr", "cn", "jP"]), { known: ["FR", "CN", "JP"], unknown: [] });
    assert.deepEqual(parseCodes([]), { known: [], unknown: [] });
  });

  test("sets unknown codes apart, each once and as it was typed", () => {
    const codes = parseCodes(["FR", "uk", "", "France", "uk", "jp"]);
    assert.deepEqual(codes, { known: ["FR", "JP"], unknown: ["uk", "", "France"] });
  });

  test("does not take a neighbour of the codes for one", () => {
    const neighbours = ["arab", "gb-eng", "../cn", "CN ", "constructor", "__proto__"];
    assert.deepEqual(parseCodes(neighbours), { known: [], unknown: neighbours });
  });
});

describe("select", () => {
  test("takes the twenty, those named, or every one", () => {
    assert.deepEqual(select().known, TWENTY);
    assert.deepEqual(select({ codes: [] }).known, TWENTY);
    assert.deepEqual(select({ codes: ["es", "pt"] }).known, ["ES", "PT"]);
    assert.deepEqual(select({ every: true }).known, ALL_CODES);
  });

  test("does not fall back to the twenty when only unknown codes are named", () => {
    assert.deepEqual(select({ codes: ["uk"] }), { known: [], unknown: ["uk"] });
  });

  test("keeps the first ones up to the limit", () => {
    assert.deepEqual(select({ limit: 3 }).known, ["CN", "IN", "US"]);
    assert.deepEqual(select({ limit: 100 }).known, TWENTY);
    assert.deepEqual(select({ codes: ["es", "ES", "pt"], limit: 2 }).known, ["ES", "PT"]);
    assert.deepEqual(select({ every: true, limit: 2 }).known, ["AD", "AE"]);
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
