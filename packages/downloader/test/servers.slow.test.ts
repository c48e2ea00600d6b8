/** Real servers and proxies: what is downloaded is what curl gets, byte for byte, also after an interruption. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { peer, python } from "@yieldfrom/testing/peers";
import { type Certificate, certificate } from "../../http/test/certificates.ts";
import { leavesNothing } from "../../http/test/leaves-nothing.ts";
import { type PeerProcess, startPeer } from "../../http/test/peers.ts";
import type { DoneEvent, DownloadOptions } from "../src/index.ts";
import { FILES, LARGE, Site } from "./site.ts";

leavesNothing();

const COUNT = Object.keys(FILES).length;
const TOTAL = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);

/** All that a test needs of these programs. */
function peers(...all: readonly { readonly skip: false | string }[]): { skip: false | string } {
  return { skip: [peer("curl"), ...all].map(({ skip }) => skip).find(Boolean) ?? false };
}

/** A line of nginx's log. */
interface Logged {
  readonly status: string;
  readonly protocol: string;
  readonly connection: string;
  readonly range: string;
  readonly ifRange: string;
}

class Nginx implements AsyncDisposable {
  readonly origin: string;
  private readonly _process: PeerProcess;

  constructor(process: PeerProcess, secure: boolean) {
    this._process = process;
    this.origin = `${secure ? "https" : "http"}://127.0.0.1:${process.port}`;
  }

  /** @param most requests that one connection is for */
  static async start(site: Site, cert?: Certificate, most = 1000): Promise<Nginx> {
    const process = await startPeer({
      command: (folder) => [peer("nginx").path, "-p", folder, "-c", `${folder}/nginx.conf`, "-e", `${folder}/errors`],
      files: (folder, port) => ({
        ...(cert === undefined ? null : { "key.pem": cert.key, "cert.pem": cert.cert }),
        "nginx.conf": `
          daemon off; master_process off; pid ${folder}/pid;
          events { worker_connections 256; }
          http {
            log_format own '$status $server_protocol $connection "$http_range" "$http_if_range"';
            access_log ${folder}/log own;
            default_type application/octet-stream; types { text/plain txt; }
            gzip on; gzip_types text/plain; gzip_min_length 1; charset utf-8;
            client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
            uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
            server {
              listen 127.0.0.1:${port} ${cert === undefined ? "" : "ssl http2"};
              ${cert === undefined ? "" : `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;`}
              root ${site.root};
              keepalive_requests ${most};
              location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; }
            }
          }`,
      }),
    });
    return new Nginx(process, cert !== undefined);
  }

  get log(): readonly Logged[] {
    const lines = readFileSync(join(this._process.folder, "log"), "utf8").split("\n").filter(Boolean);
    return lines.map((line) => {
      const [, status = "", protocol = "", connection = "", range = "", ifRange = ""] =
        /^(\d+) (\S+) (\d+) "(.*)" "(.*)"$/.exec(line.replaceAll("\\x22", "'")) ?? [];
      return { status, protocol, connection, range, ifRange };
    });
  }

  /** Forgets what was asked so far. */
  mark(): () => readonly Logged[] {
    const { length } = this.log;
    return () => this.log.slice(length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this._process[Symbol.asyncDispose]();
  }
}

/** Downloads all files, and compares them with what curl gets. */
async function sameAsCurl(site: Site, origin: string, options: DownloadOptions = {}, ...args: string[]): Promise<void> {
  const { summary } = await site.download(site.urls(origin), options);
  const { done, failed, bytes } = summary;
  assert.deepEqual({ done, failed, bytes }, { done: COUNT, failed: 0, bytes: TOTAL });
  assert.deepEqual(site.saved(), await site.byCurl(site.urls(origin), ...args));
}

/** Interrupts the download of the large file, and goes on with it. */
async function goneOn(site: Site, url: string, options: DownloadOptions = {}): Promise<DoneEvent> {
  await site.downloadInterrupted(url, options);
  assert.ok(!site.saved().has(LARGE), "no part of a file has its name");
  const { events } = await site.download([url], options);
  const done = events.find((event): event is DoneEvent => event.type === "done");
  assert.ok(done !== undefined, JSON.stringify(events));
  assert.equal(done.bytes, FILES[LARGE]?.length);
  return done;
}

describe("nginx", peers(peer("nginx")), () => {
  test("gives what curl gets", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    await sameAsCurl(site, nginx.origin);
  });

  test("gives the same compressed", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    await sameAsCurl(site, nginx.origin, { compressed: true }, "--compressed");
    const page = statSync(join(site.dir, "page.txt"));
    assert.equal(Math.round(page.mtimeMs / 1000), 1_700_000_000);
  });

  test("goes on after an interruption, with what is missing", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    const url = site.url(nginx.origin, LARGE);
    const { resumed, received, bytes, etag } = await goneOn(site, url);
    assert.ok(resumed > 100_000 && resumed < bytes, `${resumed}`);
    assert.equal(received, bytes - resumed);
    const { status, range, ifRange } = nginx.log.at(-1)!;
    assert.deepEqual([status, range, ifRange], ["206", `bytes=${resumed}-`, etag?.replaceAll('"', "'")]);
    assert.deepEqual(site.saved(), await site.byCurl([url]));
  });

  test("begins anew when the file has changed meanwhile, and mixes nothing", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    const url = site.url(nginx.origin, LARGE);
    await site.downloadInterrupted(url);
    site.put(LARGE, Buffer.from(FILES[LARGE]!).reverse(), 1_700_000_500);
    const { events } = await site.download([url]);
    assert.ok(events.some((event) => event.type === "done" && event.resumed === 0));
    assert.deepEqual(nginx.log.at(-1)?.status, "200");
    assert.deepEqual(site.saved(), await site.byCurl([url]));
  });

  test("says that nothing has changed, and what has", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    const urls = site.urls(nginx.origin);
    await site.download(urls);
    const since = nginx.mark();
    const again = await site.download(urls, { exists: "update" });
    assert.deepEqual([again.summary.skipped, again.summary.received], [COUNT, 0]);
    assert.deepEqual(new Set(since().map(({ status }) => status)), new Set(["304"]));
    site.put("small.bin", Buffer.from("new"), 1_700_000_500);
    const { summary } = await site.download(urls, { exists: "update" });
    assert.deepEqual([summary.done, summary.skipped, summary.failed], [1, COUNT - 1, 0]);
    assert.deepEqual(site.saved(), await site.byCurl(urls));
    const skipped = await site.download(urls);
    assert.equal(skipped.summary.skipped, COUNT);
  });

  test("redirects, and the name is the first address's", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    const { events } = await site.download([`${nginx.origin}/moved/small.bin`]);
    assert.ok(events.some((event) => event.type === "done" && event.finalUrl === `${nginx.origin}/small.bin`));
    assert.deepEqual(site.saved(), new Map([["small.bin", FILES["small.bin"]]]));
  });

  test("has not all of them: what is there is saved, the rest fails by its status", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    const { summary, events } = await site.download([`${nginx.origin}/missing.bin`, ...site.urls(nginx.origin)]);
    assert.deepEqual([summary.done, summary.failed], [COUNT, 1]);
    const failed = events.find((event) => event.type === "failed");
    assert.deepEqual([failed?.reason.code, failed?.reason.status, failed?.attempts], ["ERR_STATUS", 404, 1]);
    assert.ok(!site.saved().has("missing.bin"));
  });

  test("gives a file in pieces", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site);
    const url = site.url(nginx.origin, LARGE);
    const { summary } = await site.download([url], { split: 3, minSplitSize: 500_000 });
    assert.deepEqual([summary.done, summary.bytes], [1, FILES[LARGE]?.length]);
    assert.deepEqual(site.saved(), await site.byCurl([url]));
  });
});

describe("nginx, which ends each connection after a few requests", peers(peer("nginx")), () => {
  for (const http2 of [false, true]) {
    test(`gives 400 files by HTTP/${http2 ? 2 : 1.1}, and no attempt fails`, async () => {
      const own = await certificate();
      using site = new Site();
      const names = Array.from({ length: 400 }, (_, i) => `many/${i}.bin`);
      for (const [i, name] of names.entries()) site.put(name, Buffer.from(`file ${i}`), 1_700_000_000);
      await using nginx = await Nginx.start(site, own, 7);
      const session = { connector: { ssl: { ca: own.cert }, http2 } };
      const urls = names.map((name) => site.url(nginx.origin, name));
      const { summary, events } = await site.download(urls, { session });
      assert.deepEqual([summary.done, summary.failed], [400, 0]);
      assert.deepEqual(
        events.filter(({ type }) => type === "retry"),
        [],
      );
      for (const [name, bytes] of site.saved()) assert.equal(bytes.toString(), `file ${name.replace(".bin", "")}`);
    });
  }
});

describe("nginx by HTTP/2", peers(peer("nginx")), () => {
  let own: Certificate;
  before(async () => {
    own = await certificate();
  });
  const session = () => ({ connector: { ssl: { ca: own.cert }, http2: true } });

  test("gives what curl gets, over few connections", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site, own);
    const since = nginx.mark();
    const { summary } = await site.download(site.urls(nginx.origin), { session: session() });
    assert.deepEqual([summary.done, summary.bytes], [COUNT, TOTAL]);
    assert.deepEqual(new Set(since().map(({ protocol }) => protocol)), new Set(["HTTP/2.0"]));
    assert.equal(new Set(since().map(({ connection }) => connection)).size, 1);
    assert.deepEqual(site.saved(), await site.byCurl(site.urls(nginx.origin), "--insecure"));
  });

  test("goes on after an interruption", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site, own);
    const { resumed } = await goneOn(site, site.url(nginx.origin, LARGE), { session: session() });
    assert.ok(resumed > 100_000, `${resumed}`);
    assert.deepEqual(site.saved(), new Map([[LARGE, FILES[LARGE]]]));
  });

  test("is not trusted without its certificate, and asked once", async () => {
    using site = new Site();
    await using nginx = await Nginx.start(site, own);
    const { summary, events } = await site.download([site.url(nginx.origin, "one.bin")]);
    assert.equal(summary.failed, 1);
    const failed = events.find((event) => event.type === "failed");
    assert.deepEqual([failed?.reason.code, failed?.attempts], ["ERR_CLIENT_CONNECTOR_CERTIFICATE", 1]);
  });
});

describe("Python's http.server", peers(python()), () => {
  const start = (site: Site) =>
    startPeer({
      command: (_, port) => [
        ...[python().path, "-m", "http.server", String(port)],
        ...["--bind", "127.0.0.1", "--directory", site.root, "--protocol", "HTTP/1.1"],
      ],
      files: () => ({}),
    });

  test("gives what curl gets", async () => {
    using site = new Site();
    await using server = await start(site);
    await sameAsCurl(site, `http://127.0.0.1:${server.port}`);
  });

  test("knows no ranges: after an interruption all of the file comes again", async () => {
    using site = new Site();
    await using server = await start(site);
    const url = site.url(`http://127.0.0.1:${server.port}`, LARGE);
    const { resumed, received, bytes } = await goneOn(site, url);
    assert.deepEqual([resumed, received], [0, bytes]);
    assert.deepEqual(site.saved(), await site.byCurl([url]));
  });

  test("says by dates what has changed", async () => {
    using site = new Site();
    await using server = await start(site);
    const urls = site.urls(`http://127.0.0.1:${server.port}`);
    await site.download(urls);
    site.put("small.bin", Buffer.from("new"), 1_700_000_500);
    const { summary } = await site.download(urls, { exists: "update" });
    assert.deepEqual([summary.done, summary.skipped], [1, COUNT - 1]);
    assert.deepEqual(site.saved(), await site.byCurl(urls));
  });
});

const AIOHTTP = `
import sys
from aiohttp import web
app = web.Application()
app.router.add_static("/", sys.argv[2])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, shutdown_timeout=0.1)
`;

describe("aiohttp", peers(python("aiohttp")), () => {
  const start = (site: Site) =>
    startPeer({
      command: (folder, port) => [python("aiohttp").path, `${folder}/server.py`, String(port), site.root],
      files: () => ({ "server.py": AIOHTTP }),
    });

  test("gives what curl gets", async () => {
    using site = new Site();
    await using server = await start(site);
    await sameAsCurl(site, `http://127.0.0.1:${server.port}`);
  });

  test("goes on after an interruption", async () => {
    using site = new Site();
    await using server = await start(site);
    const url = site.url(`http://127.0.0.1:${server.port}`, LARGE);
    const { resumed, bytes, received } = await goneOn(site, url);
    assert.ok(resumed > 100_000, `${resumed}`);
    assert.equal(received, bytes - resumed);
    assert.deepEqual(site.saved(), await site.byCurl([url]));
  });
});

describe("through a proxy", peers(peer("nginx"), peer("tinyproxy"), peer("microsocks")), () => {
  let own: Certificate;
  before(async () => {
    own = await certificate();
  });
  const tinyproxy = () =>
    startPeer({
      command: (folder) => [peer("tinyproxy").path, "-d", "-c", `${folder}/tinyproxy.conf`],
      files: (_, port) => ({
        "tinyproxy.conf": `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nLogLevel Critical\n`,
      }),
    });
  const microsocks = () =>
    startPeer({
      command: (_, port) => [
        peer("microsocks").path,
        "-i",
        "127.0.0.1",
        "-p",
        String(port),
        "-u",
        "ada",
        "-P",
        "secret",
      ],
      files: () => ({}),
    });

  for (const [name, start, via] of [
    ["tinyproxy", tinyproxy, "http://"],
    ["microsocks", microsocks, "socks5h://ada:secret@"],
  ] as const) {
    for (const secure of [false, true]) {
      test(`${name}, ${secure ? "https" : "http"}, and after an interruption`, async () => {
        using site = new Site();
        await using nginx = await Nginx.start(site, secure ? own : undefined);
        await using proxy = await start();
        const session = {
          proxy: `${via}127.0.0.1:${proxy.port}`,
          connector: { ssl: { ca: own.cert }, http2: secure },
        };
        const { resumed } = await goneOn(site, site.url(nginx.origin, LARGE), { session });
        assert.ok(resumed > 100_000, `${resumed}`);
        const { summary } = await site.download(site.urls(nginx.origin), { session });
        assert.deepEqual([summary.done, summary.skipped, summary.failed], [COUNT - 1, 1, 0]);
        assert.deepEqual(site.saved(), await site.byCurl(site.urls(nginx.origin), "--insecure"));
      });
    }
  }

  test("that is not there: what failed says so, without the password", async () => {
    using site = new Site();
    const session = { proxy: "socks5h://ada:s3cret@127.0.0.1:1" };
    const { summary, events } = await site.download(["http://some.example/x"], { session, retries: 1 });
    assert.equal(summary.failed, 1);
    const failed = events.find((event) => event.type === "failed");
    assert.equal(failed?.reason.code, "ERR_CLIENT_PROXY_CONNECTION");
    assert.ok((failed?.attempts ?? 0) > 1);
    assert.doesNotMatch(JSON.stringify(events), /s3cret/);
    assert.deepEqual(
      readdirSync(site.dir).filter((file) => !file.startsWith(".download-many.")),
      [],
    );
  });
});
