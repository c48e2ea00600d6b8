/** Other people's programs at the other end. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { peer, python } from "@yieldfrom/testing/peers";
import { type Coroutine, from } from "yieldfrom";
import {
  openConnection,
  openUnixConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
  startUnixServer,
} from "../src/index.ts";
import { certificateFor } from "./certificates.ts";
import { text } from "./helpers.ts";
import { real, refusedPort, turns } from "./real.ts";

const localhost = await certificateFor("localhost");

/** Answers each line in capitals. */
function* capitals(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const line = yield* text(reader.readLine());
    if (line === "") break;
    writer.write(line.toUpperCase());
    yield* writer.drain();
  }
  writer.close();
  yield* writer.waitClosed();
}

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** What a program prints, given that input, and how it ends. */
function* output(
  path: string,
  args: string[],
  input = "",
): Coroutine<{ stdout: string; stderr: string; code: number }> {
  const child = spawn(path, args, { stdio: "pipe" });
  try {
    return yield* from(
      new Promise<Printed>((resolve, reject) => {
        let stdout = "";
        let stderr = "";
        child.stdout.on("data", (data) => {
          stdout += data;
        });
        child.stderr.on("data", (data) => {
          stderr += data;
        });
        child.stdin.on("error", () => {});
        child.on("error", reject);
        child.on("close", (code) => resolve({ stdout, stderr, code: code ?? -1 }));
        child.stdin.end(input);
      }),
    );
  } finally {
    child.kill("SIGKILL");
  }
}

/** The body beside a server program, which has said on `stream` that it is ready. */
function* besides(
  path: string,
  args: string[],
  ready: RegExp,
  body: (said: string, child: ChildProcess) => Coroutine<void>,
): Coroutine<void> {
  const child = spawn(path, args, { stdio: "pipe" });
  const gone = new Promise<void>((resolve) => void child.on("close", () => resolve()));
  try {
    const said = yield* from(
      new Promise<string>((resolve, reject) => {
        let all = "";
        const look = (data: Buffer) => {
          all += data;
          if (ready.test(all)) resolve(all);
        };
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        child.on("error", reject);
        child.on("close", () => reject(new Error(`${path} ended: ${all}`)));
      }),
    );
    yield* body(said, child);
  } finally {
    child.kill("SIGKILL");
    yield* from(gone);
  }
}

function* inFolder(body: (folder: string) => Coroutine<void>): Coroutine<void> {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-"));
  try {
    yield* body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Connects once the other program listens, which some don't announce. */
function* untilThere<T>(connect: () => Coroutine<T>): Coroutine<T> {
  for (;;) {
    try {
      return yield* connect();
    } catch (error) {
      if ((error as { code?: string }).code !== "ECONNREFUSED" && (error as { code?: string }).code !== "ENOENT")
        throw error;
      yield* turns();
    }
  }
}

describe("nc", () => {
  test("as a client", peer("nc"), () =>
    real(function* () {
      const server = yield* startServer(capitals, "127.0.0.1", 0);
      yield* server.use(function* () {
        const { stdout } = yield* output(peer("nc").path, ["-N", "127.0.0.1", `${server.port}`], "hello\nworld\n");
        assert.equal(stdout, "HELLO\nWORLD\n");
      });
    }),
  );

  test("as a server", peer("nc"), () =>
    real(function* () {
      const port = yield* refusedPort();
      const child = spawn(peer("nc").path, ["-l", "-N", "127.0.0.1", `${port}`], { stdio: "pipe" });
      const gone = new Promise<void>((resolve) => void child.on("close", () => resolve()));
      try {
        const [reader, writer] = yield* untilThere(() => openConnection("127.0.0.1", port));
        child.stdin.end("from nc\n");
        assert.equal(yield* text(reader.readLine()), "from nc\n");
        assert.equal(yield* text(reader.read()), "");
        writer.close();
        yield* writer.waitClosed();
      } finally {
        child.kill("SIGKILL");
        yield* from(gone);
      }
    }),
  );

  test("by a Unix socket", peer("nc"), () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const path = join(folder, "socket");
        const server = yield* startUnixServer(capitals, path);
        yield* server.use(function* () {
          const { stdout } = yield* output(peer("nc").path, ["-N", "-U", path], "hello\n");
          assert.equal(stdout, "HELLO\n");
        });
      });
    }),
  );
});

describe("socat", () => {
  test("between a Unix socket and TLS", peer("socat"), () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const ca = join(folder, "ca.pem");
        writeFileSync(ca, localhost.cert);
        const path = join(folder, "socket");
        const server = yield* startServer(capitals, "127.0.0.1", 0, { ssl: localhost });
        yield* server.use(function* () {
          const to = `OPENSSL:127.0.0.1:${server.port},cafile=${ca},commonname=localhost`;
          const child = spawn(peer("socat").path, [`UNIX-LISTEN:${path}`, to], { stdio: "ignore" });
          const gone = new Promise<void>((resolve) => void child.on("close", () => resolve()));
          try {
            const [reader, writer] = yield* untilThere(() => openUnixConnection(path));
            writer.write("through socat\n");
            assert.equal(yield* text(reader.readLine()), "THROUGH SOCAT\n");
            writer.close();
            yield* writer.waitClosed();
          } finally {
            child.kill("SIGKILL");
            yield* from(gone);
          }
        });
      });
    }),
  );
});

describe("openssl", () => {
  test("s_client", peer("openssl"), () =>
    real(function* () {
      const server = yield* startServer(capitals, "127.0.0.1", 0, { ssl: localhost });
      yield* server.use(function* () {
        const child = spawn(
          peer("openssl").path,
          ["s_client", "-quiet", "-connect", `127.0.0.1:${server.port}`, "-servername", "localhost"],
          { stdio: ["pipe", "pipe", "ignore"] },
        );
        const gone = new Promise<void>((resolve) => void child.on("close", () => resolve()));
        try {
          child.stdin.write("hello openssl\n");
          const answer = yield* from(
            new Promise<string>((resolve) => void child.stdout.once("data", (data) => resolve(`${data}`))),
          );
          assert.equal(answer, "HELLO OPENSSL\n");
        } finally {
          child.kill("SIGKILL");
          yield* from(gone);
        }
      });
    }),
  );

  test("s_server", peer("openssl"), () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
        writeFileSync(cert, localhost.cert);
        writeFileSync(key, localhost.key);
        const args = ["s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-rev"];
        yield* besides(peer("openssl").path, args, /ACCEPT .*:(\d+)/, function* (said) {
          const port = Number(/ACCEPT .*:(\d+)/.exec(said)?.[1]);
          const options = { ssl: { ca: localhost.cert }, serverHostname: "localhost" };
          const [reader, writer] = yield* openConnection("127.0.0.1", port, options);
          writer.write("olleh\n");
          assert.equal(yield* text(reader.readLine()), "hello\n");
          writer.close();
          yield* writer.waitClosed();
        });
      });
    }),
  );
});

describe("curl", () => {
  /** As little of HTTP as curl is content with. */
  function* hello(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    const head = yield* text(reader.readUntil("\r\n\r\n"));
    const body = head.split(" ", 2).join(" ");
    writer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    writer.close();
    yield* writer.waitClosed();
  }

  const ways: [name: string, ssl: boolean, start: () => Coroutine<Server>][] = [
    ["over TCP", false, () => startServer(hello, "127.0.0.1", 0)],
    ["over TLS", true, () => startServer(hello, "127.0.0.1", 0, { ssl: localhost })],
  ];
  for (const [name, ssl, start] of ways) {
    test(name, peer("curl"), () =>
      real(function* () {
        yield* inFolder(function* (folder) {
          const ca = join(folder, "ca.pem");
          writeFileSync(ca, localhost.cert);
          const server = yield* start();
          yield* server.use(function* () {
            const at = ["--resolve", `localhost:${server.port}:127.0.0.1`, "--cacert", ca, "--noproxy", "*"];
            const url = `${ssl ? "https" : "http"}://localhost:${server.port}/page`;
            const { stdout, stderr } = yield* output(peer("curl").path, ["-sS", ...at, url]);
            assert.deepEqual([stdout, stderr], ["GET /page", ""]);
          });
        });
      }),
    );
  }
});

describe("Python's asyncio", () => {
  const SERVER = `
import asyncio, ssl, sys
async def serve(reader, writer):
    while line := await reader.readline():
        if line == b"STARTTLS\\n":
            writer.write(b"go ahead\\n")
            await writer.start_tls(context)
            continue
        writer.write(line.upper())
        await writer.drain()
    writer.close()
async def main():
    global context
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    plain = await asyncio.start_server(serve, "127.0.0.1", 0)
    secure = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print("ports", plain.sockets[0].getsockname()[1], secure.sockets[0].getsockname()[1], "ready", flush=True)
    await plain.serve_forever()
asyncio.run(main())
`;
  const CLIENT = `
import asyncio, ssl, sys
async def main():
    context = ssl.create_default_context(cafile=sys.argv[2])
    host = {"server_hostname": "localhost"}
    for options in ({}, {"ssl": context, **host}):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[4 if options else 3]), **options)
        for word in (b"one\\n", b"two\\n"):
            writer.write(word)
            print((await reader.readline()).decode(), end="")
        big = b"x" * 3_000_000 + b"\\n"
        writer.write(big)
        total = 0
        while total < len(big): total += len(await reader.read(65536))
        print(total)
        writer.close()
        await writer.wait_closed()
asyncio.run(main())
`;

  test("as a server, with TLS and startTls", python(), () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const files = ["server.py", "cert.pem", "key.pem"].map((name) => join(folder, name)) as [
          string,
          string,
          string,
        ];
        for (const [i, data] of [SERVER, localhost.cert, localhost.key].entries()) writeFileSync(files[i]!, data);
        const options = { ssl: { ca: localhost.cert }, serverHostname: "localhost" };
        yield* besides(python().path, files, /ready/, function* (said) {
          const [plain, secure] = (/ports (\d+) (\d+)/.exec(said) as RegExpExecArray).slice(1).map(Number) as [
            number,
            number,
          ];
          for (const [port, how] of [
            [plain, {}],
            [secure, options],
          ] as const) {
            const [reader, writer] = yield* openConnection("127.0.0.1", port, how);
            writer.write("hello\n");
            assert.equal(yield* text(reader.readLine()), "HELLO\n");
            if (port === plain) {
              writer.write("STARTTLS\n");
              assert.equal(yield* text(reader.readLine()), "go ahead\n");
              yield* writer.startTls(options.ssl, { serverHostname: "localhost" });
              writer.write("secret\n");
              assert.equal(yield* text(reader.readLine()), "SECRET\n");
            }
            writer.close();
            yield* writer.waitClosed();
          }
        });
      });
    }),
  );

  test("as a client, with much to say", python(), () =>
    real(function* () {
      yield* inFolder(function* (folder) {
        const [script, ca] = [join(folder, "client.py"), join(folder, "ca.pem")];
        writeFileSync(script, CLIENT);
        writeFileSync(ca, localhost.cert);
        const limit = { limit: 4_000_000 };
        const plain = yield* startServer(capitals, "127.0.0.1", 0, limit);
        yield* plain.use(function* () {
          const secure = yield* startServer(capitals, "127.0.0.1", 0, { ...limit, ssl: localhost });
          yield* secure.use(function* () {
            const args = [script, "-", ca, `${plain.port}`, `${secure.port}`].filter((each) => each !== "-");
            const { stdout, stderr } = yield* output(python().path, [args[0]!, "x", ...args.slice(1)]);
            assert.equal(stderr, "");
            assert.equal(stdout, "ONE\nTWO\n3000001\nONE\nTWO\n3000001\n");
          });
        });
      });
    }),
  );
});
