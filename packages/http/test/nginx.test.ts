/** The session and nginx: files, ranges, compression, connections kept and closed, credentials. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { peer } from "@yieldfrom/testing/peers";
import { gather, run } from "yieldfrom";
import { BasicAuth, ClientResponseError, ClientSession } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import { type PeerProcess, startPeer } from "./peer-process.ts";
import { refusedPort } from "./server.ts";

const TEXT = "a line of text that nginx compresses\n".repeat(5000);
const IMAGE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));

function configuration(folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
events { worker_connections 128; }
http {
  access_log off; default_type application/octet-stream;
  types { text/plain txt; image/gif gif; application/json json; }
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
  gzip on; gzip_types text/plain; gzip_min_length 1; gzip_http_version 1.1;
  keepalive_requests 10;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/www;
    location = /go { return 301 /cn.gif; }
    location = /loop { return 302 /loop; }
    location = /empty { return 204; }
    location /upload { client_max_body_size 1k; return 200 "taken"; }
    location /private/ { auth_basic "flags"; auth_basic_user_file ${folder}/users; alias ${folder}/www/; }
    location = /who { default_type text/plain; return 200 "$http_user_agent|$http_accept_encoding|$http_host"; }
  }
}`;
}

const nginx = peer("nginx");

describe("nginx", { skip: nginx.skip }, () => {
  let folder = "";
  let origin = "";
  let server: PeerProcess;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "nginx-"));
    await mkdir(join(folder, "www"));
    await writeFile(join(folder, "www", "text.txt"), TEXT);
    await writeFile(join(folder, "www", "cn.gif"), IMAGE);
    await writeFile(join(folder, "www", "cn.json"), '{"country":"China"}');
    await writeFile(join(folder, "users"), "ada:{PLAIN}secret\n");
    const port = await refusedPort();
    origin = `http://127.0.0.1:${port}`;
    await writeFile(join(folder, "nginx.conf"), configuration(folder, port));
    const args = ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
    server = await startPeer(nginx.path, args, /event method/);
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("gives files, whole and by ranges", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl: `${origin}/` });
      const response = yield* session.get("cn.gif");
      assert.deepEqual([response.contentType, response.contentLength], ["image/gif", IMAGE.length]);
      assert.ok(IMAGE.equals(yield* response.read()));
      const part = yield* session.get("cn.gif", { headers: { Range: "bytes=1000-1999" } });
      assert.deepEqual([part.status, part.reason], [206, "Partial Content"]);
      assert.ok(IMAGE.subarray(1000, 2000).equals(yield* part.read()));
      const etag = response.headers.get("etag") ?? "";
      const same = yield* session.get("cn.gif", { headers: { "If-None-Match": etag } });
      assert.deepEqual([same.status, (yield* same.read()).byteLength], [304, 0]);
      const beyond = yield* session.get("cn.gif", { headers: { Range: "bytes=9999999-" } });
      assert.equal(beyond.status, 416);
      yield* beyond.read();
      assert.deepEqual(yield* (yield* session.get("cn.json")).json(), { country: "China" });
      const head = yield* session.head("cn.gif");
      assert.deepEqual([head.contentLength, (yield* head.read()).byteLength], [IMAGE.length, 0]);
    }));

  test("compresses, and is understood", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl: `${origin}/` });
      const response = yield* session.get("text.txt");
      assert.equal(response.headers.get("content-encoding"), "gzip");
      assert.equal(yield* response.text(), TEXT);
      const lines = yield* session.get("text.txt");
      let count = 0;
      while ((yield* lines.content.readLine()) !== null) count++;
      assert.equal(count, 5000);
      const plain = yield* session.get("text.txt", { headers: { "Accept-Encoding": "identity" } });
      assert.deepEqual([plain.headers.get("content-encoding"), plain.contentLength], [null, TEXT.length]);
      assert.equal(yield* plain.text(), TEXT);
    }));

  test("redirects, and asks for credentials", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl: `${origin}/` });
      const response = yield* session.get("go#top");
      assert.deepEqual([response.url, response.realUrl], [`${origin}/cn.gif`, `${origin}/cn.gif#top`]);
      assert.deepEqual(
        response.history.map(({ status }) => status),
        [301],
      );
      assert.ok(IMAGE.equals(yield* response.read()));
      assert.match(String(yield* failureOf(session.get("loop"))), /redirected more than 10 times/);

      const refused = yield* session.get("private/cn.json");
      assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [401, 'Basic realm="flags"']);
      yield* refused.read();
      const auth = new BasicAuth("ada", "secret");
      assert.deepEqual(yield* (yield* session.get("private/cn.json", { auth })).json(), { country: "China" });
      const url = `${origin.replace("//", "//ada:secret@")}/private/cn.json`;
      assert.equal((yield* session.get(url, { raiseForStatus: true })).status, 200);
      const wrong = session.get("private/cn.json", { auth: new BasicAuth("ada", "?"), raiseForStatus: true });
      assert.ok((yield* failureOf(wrong)) instanceof ClientResponseError);
    }));

  test("is sent what it expects, and closes connections when it likes", () =>
    run(function* () {
      using session = new ClientSession({ baseUrl: `${origin}/`, connector: { limit: 4 } });
      const who = `yieldfrom|gzip, deflate, br, zstd|${origin.slice("http://".length)}`;
      const answers = yield* gather(
        Array.from({ length: 60 }, function* () {
          return yield* (yield* session.get("who")).text();
        }),
      );
      assert.deepEqual(new Set(answers), new Set([who]));
      assert.equal((yield* (yield* session.get("empty")).read()).byteLength, 0);
      const refused = yield* session.post("upload", { data: Buffer.alloc(10_000) });
      assert.equal(refused.status, 413);
      yield* refused.read();
      assert.equal(yield* (yield* session.post("upload", { data: "small" })).text(), "taken");
    }));
});
