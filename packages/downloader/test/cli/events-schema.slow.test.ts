import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { emptyFolder, run, serve } from "./program.ts";

interface Schema {
  readonly $defs: Record<string, object>;
  readonly oneOf: readonly { readonly $ref: string }[];
}

describe("events.schema.json", () => {
  const schema = JSON.parse(readFileSync(new URL("../../events.schema.json", import.meta.url), "utf8")) as Schema;
  let validate: ValidateFunction;
  before(() => {
    // Programs are to bear fields they do not know; here one that the schema does not know is a defect of it.
    const $defs = { ...schema.$defs };
    for (const { $ref } of schema.oneOf) {
      const name = $ref.slice("#/$defs/".length);
      $defs[name] = { ...$defs[name], unevaluatedProperties: false };
    }
    validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false }).compile({ ...schema, $defs });
  });

  const valid = (event: unknown) => assert.ok(validate(event), JSON.stringify([event, validate.errors]));

  test("is what --json and --report write, in every case", async (t) => {
    const folder = emptyFolder(t);
    let asked = 0;
    const base = await serve(t, ({ url, method }, response) => {
      response.setHeader("ETag", '"1"');
      response.setHeader("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT");
      response.setHeader("Content-Type", "text/plain");
      if (url === "/later" && asked++ === 0) response.writeHead(503).end();
      else if (url === "/404") response.writeHead(404).end();
      else if (url === "/redirect") response.writeHead(302, { Location: "/target" }).end();
      else if (method === "HEAD") response.setHeader("Content-Length", 4).end();
      else response.end("body");
    });
    const sum = "sha256=230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
    const lines = [
      `${base}/later`,
      `${base}/404`,
      `${base}/redirect`,
      `${base}/404`,
      `${base}/x\tlater`,
      JSON.stringify({ url: `${base}/sum`, checksum: sum }),
      JSON.stringify({ url: 7 }),
      "ftp://a.example/",
    ];
    writeFileSync(join(folder, "urls"), lines.join("\n"));
    const types = new Set<string>();
    for (const more of [
      ["--retry-delay=1ms", "--report=report"],
      ["--exists=update"],
      ["--dry-run", "--exists=overwrite"],
    ]) {
      const { stdout, stderr } = await run(t, folder, "--json", "-i", "urls", ...more);
      const events = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.ok(events.length > lines.length, stderr);
      for (const event of events) {
        valid(event);
        types.add(event.type);
      }
    }
    assert.deepEqual([...types].sort(), ["done", "end", "failed", "retry", "skipped", "start"]);
    for (const line of readFileSync(join(folder, "report"), "utf8").trimEnd().split("\n")) valid(JSON.parse(line));
  });

  test("refuses what is no event", () => {
    for (const event of [
      {},
      { type: "done" },
      { type: "x", n: 1, url: "" },
      { type: "start", n: 0, url: "", attempt: 1, offset: 0 },
    ]) {
      assert.equal(validate(event), false);
    }
  });
});
