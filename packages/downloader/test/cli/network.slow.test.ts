/** The command's options about the network, each beside curl's: nginx, which wants credentials or cookies, TLS, proxies. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { peer } from "@yieldfrom/testing/peers";
import { type Certificate, certificate } from "../../../http/test/certificates.ts";
import { type PeerProcess, startPeer } from "../../../http/test/peers.ts";
import { emptyFolder, env, run } from "./program.ts";

const TEXT = "the secret file\n";

/** `/auth/x.txt` wants ada and her password, `/cookie/x.txt` a cookie. */
function startNginx(cert?: Certificate): Promise<PeerProcess> {
  return startPeer({
    command: (folder) => [peer("nginx").path, "-p", folder, "-c", `${folder}/nginx.conf`, "-e", `${folder}/errors`],
    files: (folder, port) => ({
      ...(cert === undefined ? null : { "key.pem": cert.key, "cert.pem": cert.cert }),
      users: "ada:{PLAIN}s3cret\n",
      "x.txt": TEXT,
      "nginx.conf": `
        daemon off; master_process off; pid ${folder}/pid;
        events { worker_connections 64; }
        http {
          log_format own '$status $server_protocol $uri $http_x_api_key';
          access_log ${folder}/log own;
          client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
          uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
          server {
            listen 127.0.0.1:${port} ${cert === undefined ? "" : "ssl http2"};
            ${cert === undefined ? "" : `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;`}
            location / { alias ${folder}/; }
            location /auth/ { alias ${folder}/; auth_basic "flags"; auth_basic_user_file ${folder}/users; }
            location /cookie/ { alias ${folder}/; if ($http_cookie !~ "(^|; )token=abc(;|$)") { return 403; } }
            location /away/ { return 302 http://localhost:${port}/x.txt; }
          }
        }`,
    }),
  });
}

/** What the command saved as x.txt with these arguments; what it said if it saved nothing. */
async function saved(t: TestContext, url: string, ...args: string[]): Promise<string> {
  const folder = emptyFolder(t);
  const { code, stderr } = await run(t, folder, "--retries", "0", ...args, url);
  const files = readdirSync(folder).filter((name) => !name.startsWith(".download-many."));
  assert.deepEqual(files, code === 0 ? ["x.txt"] : [], stderr);
  assert.doesNotMatch(stderr, /s3cret/);
  return code === 0 ? readFileSync(join(folder, "x.txt"), "utf8") : stderr;
}

async function byCurl(url: string, ...args: string[]): Promise<string> {
  const own = ["--silent", "--show-error", "--fail", "--noproxy", "", ...args, url];
  return (await promisify(execFile)(peer("curl").path, own)).stdout;
}

const skip = [peer("nginx"), peer("curl"), peer("tinyproxy"), peer("microsocks")].find((each) => each.skip)?.skip;

describe("options about the network, as curl's", { skip: skip ?? false }, () => {
  let own: Certificate;
  before(async () => {
    own = await certificate();
  });

  test("--netrc-file, --user", async (t) => {
    await using nginx = await startNginx();
    const url = `http://127.0.0.1:${nginx.port}/auth/x.txt`;
    const netrc = join(emptyFolder(t), "netrc");
    writeFileSync(netrc, 'machine other.example login x password y\nmachine 127.0.0.1 login ada password "s3cret"\n');
    assert.match(await saved(t, url), /401/);
    assert.equal(await byCurl(url, "--netrc-file", netrc), TEXT);
    assert.equal(await saved(t, url, "--netrc-file", netrc), TEXT);
    assert.equal(await saved(t, url, "--user", "ada:s3cret"), TEXT);
    writeFileSync(netrc, "machine 127.0.0.1 login ada password s3cret s3cret\n");
    assert.match(await saved(t, url, "--netrc-file", netrc), /netrc:1: a word that is none of machine, default/);
  });

  test("--netrc, from the home directory", async (t) => {
    await using nginx = await startNginx();
    const url = `http://127.0.0.1:${nginx.port}/auth/x.txt`;
    const home = emptyFolder(t);
    const { HOME } = env as { HOME?: string };
    Object.assign(env, { HOME: home });
    t.after(() => Object.assign(env, { HOME }));
    writeFileSync(join(home, ".netrc"), "default login ada password s3cret\n", { mode: 0o600 });
    assert.match(await saved(t, url), /401/);
    assert.equal(await saved(t, url, "--netrc"), TEXT);
    writeFileSync(join(home, ".netrc"), "", { mode: 0o600 });
    assert.match(await saved(t, url, "--netrc"), /401/);
  });

  test("--cookies", async (t) => {
    await using nginx = await startNginx();
    const url = `http://127.0.0.1:${nginx.port}/cookie/x.txt`;
    const cookies = join(emptyFolder(t), "cookies.txt");
    writeFileSync(cookies, "# Netscape HTTP Cookie File\n#HttpOnly_127.0.0.1\tFALSE\t/cookie\tFALSE\t0\ttoken\tabc\n");
    assert.match(await saved(t, url), /403/);
    assert.equal(await byCurl(url, "--cookie", cookies), TEXT);
    assert.equal(await saved(t, url, "--cookies", cookies), TEXT);
  });

  test("--cacert, --insecure, --http2", async (t) => {
    await using nginx = await startNginx(own);
    const url = `https://127.0.0.1:${nginx.port}/x.txt`;
    const ca = join(emptyFolder(t), "ca.pem");
    writeFileSync(ca, own.cert);
    assert.match(await saved(t, url), /certificate/);
    assert.equal(await byCurl(url, "--cacert", ca, "--http1.1"), TEXT);
    assert.equal(await saved(t, url, "--cacert", ca), TEXT);
    assert.equal(await saved(t, url, "--insecure"), TEXT);
    assert.equal(await byCurl(url, "--cacert", ca, "--http2"), TEXT);
    assert.equal(await saved(t, url, "--cacert", ca, "--http2"), TEXT);
    const protocols = readFileSync(join(nginx.folder, "log"), "utf8").match(/HTTP\/[\d.]+/g);
    assert.deepEqual(protocols, ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/2.0", "HTTP/2.0"]);
  });

  test("--header is for the host that was named", async (t) => {
    await using nginx = await startNginx();
    const url = `http://127.0.0.1:${nginx.port}/away/x.txt`;
    assert.equal(await saved(t, url, "--header", "X-Api-Key: s3cret"), TEXT);
    const lines = readFileSync(join(nginx.folder, "log"), "utf8").trim().split("\n");
    assert.deepEqual(lines, ["302 HTTP/1.1 /away/x.txt s3cret", "200 HTTP/1.1 /x.txt -"]);
  });

  test("--proxy: http, socks5 and socks5h, with credentials", async (t) => {
    await using nginx = await startNginx(own);
    await using plain = await startNginx();
    await using http = await startPeer({
      command: (folder) => [peer("tinyproxy").path, "-d", "-c", `${folder}/tinyproxy.conf`],
      files: (_, port) => ({
        "tinyproxy.conf": `Port ${port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Critical\nBasicAuth ada s3cret\n`,
      }),
    });
    await using socks = await startPeer({
      command: (_, port) => [
        ...[peer("microsocks").path, "-i", "127.0.0.1", "-p", String(port)],
        ...["-u", "ada", "-P", "s3cret"],
      ],
      files: () => ({}),
    });
    const ca = join(emptyFolder(t), "ca.pem");
    writeFileSync(ca, own.cert);
    for (const url of [`https://localhost:${nginx.port}/x.txt`, `http://localhost:${plain.port}/x.txt`]) {
      for (const [scheme, port] of [
        ["http", http.port],
        ["socks5", socks.port],
        ["socks5h", socks.port],
      ] as const) {
        const args = ["--cacert", ca, "--proxy", `${scheme}://ada:s3cret@127.0.0.1:${port}`];
        assert.equal(await byCurl(url, ...args), TEXT);
        assert.equal(await saved(t, url, ...args), TEXT);
        const wrong = await saved(t, url, "--cacert", ca, "--proxy", `${scheme}://127.0.0.1:${port}`);
        assert.match(wrong, /407|authentication/);
      }
    }
  });
});
