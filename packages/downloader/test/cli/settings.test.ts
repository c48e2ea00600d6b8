import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "../../src/cli/options/parse.ts";
import { OPTIONS } from "../../src/cli/options/table.ts";
import { settingsOf } from "../../src/cli/settings.ts";
import { settingsOf as completed } from "../../src/transfer/settings.ts";

const settings = (...args: string[]) => settingsOf(parse(args).given);

test("what the help says of defaults is so", () => {
  const {
    timeout: { sockConnect, sockRead, total },
    ...rest
  } = completed(settingsOf({}));
  const fallback = (
    name: {
      [K in keyof typeof OPTIONS]: (typeof OPTIONS)[K] extends { default: string } ? K : never;
    }[keyof typeof OPTIONS],
  ) => {
    const { kind, default: text } = OPTIONS[name];
    return kind.read(text);
  };
  assert.deepEqual(
    {
      dir: rest.dir,
      name: rest.name,
      exists: rest.exists,
      clash: rest.clash,
      max: rest.limit,
      split: rest.split,
      "min-split-size": rest.minSplitSize,
      retries: rest.retries,
      "retry-delay": rest.retryDelay,
      "max-retry-delay": rest.maxRetryDelay,
      "connect-timeout": sockConnect,
      "idle-timeout": sockRead,
      timeout: total,
      "slow-time": rest.slowTime,
      "max-redirects": rest.maxRedirects,
      format: "auto",
      progress: "auto",
    },
    Object.fromEntries(
      Object.entries(OPTIONS).flatMap(([name, option]) =>
        "default" in option ? [[name, fallback(name as Parameters<typeof fallback>[0])]] : [],
      ),
    ),
  );
});

test("options go where downloadMany looks for them", () => {
  const {
    headers: _,
    session,
    ...rest
  } = settings(
    ...["-d", "out", "--name", "{n}", "--content-disposition", "--exists=update", "--clash=number", "--fsync"],
    ...["--max-size=1k", "--dry-run", "-m3", "--per-host=2", "--split=4", "--min-split-size=1M", "--rate=60/m"],
    ...["--limit-rate=2k", "--retries=0", "--retry-delay=1", "--max-retry-delay=2m", "--connect-timeout=0"],
    ...["--idle-timeout=1", "--timeout=1h", "--slow-limit=1k", "--slow-time=5", "--compressed", "--max-redirects=0"],
  );
  assert.deepEqual(rest, {
    dir: "out",
    name: "{n}",
    contentDisposition: true,
    exists: "update",
    clash: "number",
    fsync: true,
    maxSize: 1024,
    dryRun: true,
    limit: 3,
    perHost: 2,
    split: 4,
    minSplitSize: 1024 ** 2,
    rate: 1,
    limitRate: 2048,
    retries: 0,
    retryDelay: 1000,
    maxRetryDelay: 120_000,
    connectTimeout: null,
    idleTimeout: 1000,
    totalTimeout: 3_600_000,
    slowLimit: 1024,
    slowTime: 5000,
    compressed: true,
    maxRedirects: 0,
  });
  assert.deepEqual(session, { connector: {}, netrc: null, trustEnv: true });
});

test("headers of one name are one, cookies too; names and passwords are a header", () => {
  const { headers } = settings(
    "-H",
    "X-A: 1",
    "-H",
    "x-a: 2",
    "-H",
    "Cookie: a=1",
    "-H",
    "cookie: b=2",
    "-u",
    "me:pässword",
  );
  assert.deepEqual(headers, {
    "x-a": "1, 2",
    cookie: "a=1; b=2",
    Authorization: `Basic ${Buffer.from("me:pässword").toString("base64")}`,
    "User-Agent": "download-many/0.1.0",
  });
  assert.equal(settings("-H", "user-agent: x").headers?.["user-agent"], "x");
  assert.throws(() => settings("-H", "Authorization: x", "-u", "a:b"), /exclude each other/);
});

describe("files", () => {
  let folder = "";
  const path = (name: string) => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "download-many-"));
    for (const name of ["ca", "both", "key"]) writeFileSync(path(name), `of ${name}`);
    writeFileSync(path("netrc"), "machine a.example login ada password secret\n");
  });
  after(() => rmSync(folder, { recursive: true }));

  test("certificates and keys", () => {
    const ssl = (...args: string[]) => (settings(...args).session?.connector as { ssl?: unknown } | undefined)?.ssl;
    assert.deepEqual(ssl("--cacert", path("ca")), { ca: "of ca" });
    assert.deepEqual(ssl("--cert", path("both")), { cert: "of both", key: "of both" });
    assert.deepEqual(ssl("--cert", path("both"), "--key", path("key")), { cert: "of both", key: "of key" });
    assert.deepEqual(ssl("-k"), { rejectUnauthorized: false });
    assert.throws(() => ssl("--cacert", path("no")), { name: "CommandError", message: /no: no such file or folder$/ });
  });

  test("netrc", () => {
    assert.equal(settings("--netrc-file", path("netrc")).session?.netrc?.find("a.example")?.login, "ada");
    assert.throws(() => settings("--netrc-file", path("no")), { code: "ERR_NETRC" });
  });
});

test("the way there", () => {
  assert.deepEqual(settings("-x", "p:3128", "--http2").session, {
    connector: { http2: true },
    proxy: new URL("http://p:3128"),
    netrc: null,
    trustEnv: true,
  });
  assert.equal(settings("--no-proxy").session?.trustEnv, false);
});
