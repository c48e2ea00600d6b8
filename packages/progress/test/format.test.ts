import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBar, formatInterval, formatMeter, formatNum, formatSizeof, type MeterReading } from "../src/format.ts";
import { displayWidth } from "../src/text.ts";

type Case = readonly [reading: MeterReading, line: string];

// Every line here is what tqdm 4.70 gives for the same numbers.
const LINES: Readonly<Record<string, readonly Case[]>> = {
  "a bar of ten cells when the width is not known": [
    [{ n: 9, total: 20, elapsed: 1111 }, " 45%|████▌     | 9/20 [00:01<00:01,  8.10it/s]"],
    [{ n: 0, total: 20, elapsed: 0 }, "  0%|          | 0/20 [00:00<?, ?it/s]"],
    [{ n: 20, total: 20, elapsed: 2000 }, "100%|██████████| 20/20 [00:02<00:00, 10.00it/s]"],
  ],
  "no bar and no remaining time when the total is unknown, zero or overtaken": [
    [{ n: 9, total: null, elapsed: 1111 }, "9it [00:01,  8.10it/s]"],
    [{ n: 0, total: 0, elapsed: 0 }, "0it [00:00, ?it/s]"],
    [{ n: 9, total: Number.POSITIVE_INFINITY, elapsed: 1111 }, "9it [00:01,  8.10it/s]"],
    [{ n: 21, total: 20, elapsed: 2000 }, "21it [00:02, 10.50it/s]"],
    [{ n: 20.4, total: 20, elapsed: 2000 }, "102%|██████████| 20.4/20 [00:02<-00:00, 10.20it/s]"],
    [{ n: 9, total: null, elapsed: 1111, desc: "get" }, "get: 9it [00:01,  8.10it/s]"],
  ],
  "percent and rates round ties to even": [
    [{ n: 1, total: 8, elapsed: 1000 }, " 12%|█▎        | 1/8 [00:01<00:07,  1.00it/s]"],
    [{ n: 3, total: 8, elapsed: 1000 }, " 38%|███▊      | 3/8 [00:01<00:01,  3.00it/s]"],
    [{ n: 3, total: 8, elapsed: 1000, rate: 8.125 }, " 38%|███▊      | 3/8 [00:01<00:00,  8.12it/s]"],
  ],
  "a rate below one turns round": [
    [{ n: 2, total: 4, elapsed: 8000 }, " 50%|█████     | 2/4 [00:08<00:08,  4.00s/it]"],
    [{ n: 2, total: null, elapsed: 200_000, unit: "file" }, "2file [03:20, 100.00s/file]"],
  ],
  "hours show from the first on": [
    [{ n: 1, total: 2, elapsed: 3_599_999 }, " 50%|█████     | 1/2 [59:59<59:59, 3600.00s/it]"],
    [{ n: 1, total: 2, elapsed: 3_600_000 }, " 50%|█████     | 1/2 [1:00:00<1:00:00, 3600.00s/it]"],
  ],
  "scaled counts: the divisor is for counts, rates are in thousands": [
    [
      { n: 1_572_864, total: 3_145_728, elapsed: 1500, unit: "B", unitScale: true, unitDivisor: 1024 },
      " 50%|█████     | 1.50M/3.00M [00:01<00:01, 1.05MB/s]",
    ],
    [{ n: 1500, total: null, elapsed: 1000, unitScale: true }, "1.50kit [00:01, 1.50kit/s]"],
    [{ n: 5, total: 10, elapsed: 1000, unitScale: 2 }, " 50%|█████     | 10/20 [00:01<00:01, 10.00it/s]"],
    [{ n: 5, total: 10, elapsed: 1000, unitScale: 1 }, " 50%|█████     | 5.00/10.0 [00:01<00:01, 5.00it/s]"],
    [{ n: 1, total: 10, elapsed: 4000, unitScale: true }, " 10%|█         | 1.00/10.0 [00:04<00:36, 4.00s/it]"],
  ],
  "the part done before the start is left out of the rate": [
    [{ n: 15, total: 20, elapsed: 1000, initial: 10 }, " 75%|███████▌  | 15/20 [00:01<00:01,  5.00it/s]"],
    [{ n: 10, total: 20, elapsed: 1000, initial: 10 }, " 50%|█████     | 10/20 [00:01<?, ?it/s]"],
  ],
  "words around the bar": [
    [
      { n: 9, total: 20, elapsed: 1111, desc: "get", unit: "file", postfix: "err=3" },
      "get:  45%|████▌     | 9/20 [00:01<00:01,  8.10file/s, err=3]",
    ],
    [{ n: 9, total: 20, elapsed: 1111, desc: "get: " }, "get:  45%|████▌     | 9/20 [00:01<00:01,  8.10it/s]"],
  ],
  "the bar takes what the line leaves, wide characters counted as two": [
    [
      { n: 9, total: 20, elapsed: 1111, ncols: 60, desc: "flags" },
      "flags:  45%|███████▋         | 9/20 [00:01<00:01,  8.10it/s]",
    ],
    [
      { n: 9, total: 20, elapsed: 1111, ncols: 60, desc: "国旗" },
      "国旗:  45%|████████          | 9/20 [00:01<00:01,  8.10it/s]",
    ],
    [{ n: 9, total: 20, elapsed: 1111, ncols: 39 }, " 45%|█▎ | 9/20 [00:01<00:01,  8.10it/s]"],
    [{ n: 9, total: 20, elapsed: 1111, ncols: 12 }, " 45%|▍| 9/20"],
    [{ n: 9, total: null, elapsed: 1111, ncols: 5 }, "9it ["],
    [{ n: 9, total: 20, elapsed: 1111, ncols: 7, desc: "国旗国旗" }, "国旗国"],
  ],
  "width 0 has no bar and no limit": [
    [{ n: 9, total: 20, elapsed: 1111, ncols: 0, desc: "get" }, "get:  45% 9/20 [00:01<00:01,  8.10it/s]"],
    [{ n: 9, total: null, elapsed: 1111, ncols: 0 }, "9it [00:01,  8.10it/s]"],
  ],
  "ASCII, or cells of one's own": [
    [{ n: 9, total: 20, elapsed: 1111, ascii: true }, " 45%|####5     | 9/20 [00:01<00:01,  8.10it/s]"],
    [{ n: 9, total: 20, elapsed: 1111, ascii: " .oO" }, " 45%|OOOO.     | 9/20 [00:01<00:01,  8.10it/s]"],
    [{ n: 9, total: 20, elapsed: 1111, ascii: "-#" }, " 45%|####------| 9/20 [00:01<00:01,  8.10it/s]"],
  ],
};

for (const [name, cases] of Object.entries(LINES)) {
  test(`line: ${name}`, () => {
    for (const [reading, line] of cases) assert.equal(formatMeter(reading), line, JSON.stringify(reading));
  });
}

test("two slips of tqdm's are not repeated", () => {
  assert.equal(formatMeter({ n: 9, total: null, elapsed: 1111, desc: "get: " }), "get: 9it [00:01,  8.10it/s]");
  assert.equal(
    formatMeter({ n: 15, total: 20, elapsed: 1000, initial: 10, unitScale: 100 }),
    " 75%|███████▌  | 1500/2000 [00:01<00:01, 500.00it/s]",
  );
});

test("how far it is, and how long still, may be known better than by the count", () => {
  const reading = { n: 1, total: 4, elapsed: 1000, rate: 1 };
  assert.equal(formatMeter({ ...reading, fraction: 0.5 }), " 50%|█████     | 1/4 [00:01<00:03,  1.00it/s]");
  assert.equal(formatMeter({ ...reading, remaining: 90_000 }), " 25%|██▌       | 1/4 [00:01<01:30,  1.00it/s]");
  assert.equal(formatMeter({ ...reading, remaining: null }), " 25%|██▌       | 1/4 [00:01<?,  1.00it/s]");
  assert.equal(formatMeter({ ...reading, total: null, fraction: 0.5 }), "1it [00:01,  1.00it/s]");
});

test("a line never gets wider than its width", () => {
  for (let ncols = 1; ncols < 100; ncols++) {
    for (const desc of ["", "flags", "国旗国旗国旗"]) {
      const line = formatMeter({ n: 7, total: 20, elapsed: 1234, ncols, desc, postfix: "错=1" });
      assert.ok(displayWidth(line) <= ncols, `${displayWidth(line)} columns for ${ncols}: ${line}`);
    }
  }
});

test("a cell has eight steps", () => {
  const bars = Array.from({ length: 9 }, (_, eighths) => formatBar(eighths / 16, 2));
  assert.deepEqual(bars, ["  ", "▏ ", "▎ ", "▍ ", "▌ ", "▋ ", "▊ ", "▉ ", "█ "]);
  assert.equal(formatBar(1, 2), "██");
  assert.equal(formatBar(1.4, 2), "██");
  assert.equal(formatBar(-1, 2), "  ");
});

test("times", () => {
  for (const [milliseconds, text] of [
    [0, "00:00"],
    [999, "00:00"],
    [59_999, "00:59"],
    [60_000, "01:00"],
    [3_600_000, "1:00:00"],
    [360_061_000, "100:01:01"],
    [-61_000, "-01:01"],
  ] as const) {
    assert.equal(formatInterval(milliseconds), text);
  }
});

test("sizes keep three digits up to the next prefix", () => {
  for (const [value, text] of [
    [0, "0.00"],
    [9.994, "9.99"],
    [9.995, "10.0"],
    [9.996, "10.0"],
    [99.94, "99.9"],
    [99.95, "100"],
    [999.4, "999"],
    [999.5, "1.00k"],
    [123_456, "123k"],
    [-1500, "-1.50k"],
    [1e21, "1.00Z"],
    [1e24, "1.0Y"],
    [2e27, "2000.0Y"],
  ] as const) {
    assert.equal(formatSizeof(value), text, String(value));
  }
  assert.equal(formatSizeof(1024, "B", 1024), "1.00kB");
  assert.equal(formatSizeof(1023, "B", 1024), "1.00kB");
});

test("numbers are cut to three digits where that is shorter", () => {
  for (const [value, text] of [
    [0, "0"],
    [5, "5"],
    [0.5, "0.5"],
    [0.123456, "0.123"],
    [12.25, "12.2"],
    [12345, "12345"],
    [123_456_789, "1.23e+8"],
    [12_450_000, "1.24e+7"],
    [0.00001, "1e-5"],
    [0.0001, "0.0001"],
    [-0.123456, "-0.123"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
  ] as const) {
    assert.equal(formatNum(value), text, String(value));
  }
});
