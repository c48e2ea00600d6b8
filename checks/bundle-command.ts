/**
 * A command as one file, with all that it imports: the packages of this workspace, and of undici the client for one
 * connection. It is there to start at once: undici's index alone takes longer to load than all of Node. Files of undici are named that
 * are no part of its interface; that is safe here, since what is published is what was built.
 *
 * What is loaded by `require` when it is needed (tough-cookie with the first cookie, string-width with a name that is not
 * ASCII) stays outside, and so has to be among the dependencies of the command's package.
 */
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const undici = dirname(createRequire(import.meta.url).resolve("undici/package.json"));

/** What `@yieldfrom/http` imports, by what the command gets for it. */
const REPLACED: Readonly<Record<string, string>> = {
  undici: `
    import Client from ${JSON.stringify(join(undici, "lib/dispatcher/client.js"))};
    import errors from ${JSON.stringify(join(undici, "lib/core/errors.js"))};
    export { Client, errors };
  `,
  // For WebSockets, of which a command that downloads has none.
  ws: "export class WebSocket {}; export class WebSocketServer {}",
};

/** In undici's files: a line, and what it becomes. */
const CHANGED: Readonly<Record<string, readonly [from: string, to: string]>> = {
  // HTTP/2 is loaded with the first connection that speaks it.
  "lib/dispatcher/client.js": [
    "const connectH2 = require('./client-h2.js')",
    "const connectH2 = (...args) => require('./client-h2.js')(...args)",
  ],
};

/** Of undici's files: what makes bodies of the web's forms. A command that downloads sends none. */
const LEFT_OUT = join(undici, "lib/web/");

const parts: Plugin = {
  name: "parts",
  resolveId: (id) => (Object.hasOwn(REPLACED, id) ? `\0${id}` : null),
  load(id) {
    if (id.startsWith(LEFT_OUT)) return `throw new Error("not in this file: ${id.slice(undici.length + 1)}");`;
    return id.startsWith("\0") ? (REPLACED[id.slice(1)] ?? null) : null;
  },
  transform(code, id) {
    const change = id.startsWith(undici) ? CHANGED[id.slice(undici.length + 1)] : undefined;
    if (change === undefined) return null;
    if (!code.includes(change[0])) throw new Error(`Expected undici's ${id} to have the line ${change[0]}`);
    return { code: code.replace(change[0], change[1]), map: null };
  },
};

/**
 * Node's modules without imports of them: an import looks at all that a module has, which for `node:http` alone loads
 * Node's own copy of undici.
 */
const builtins: Plugin = {
  name: "builtins",
  renderChunk(code) {
    const changed = code.replace(
      /^import (?:\* as )?(\{.*\}|[\w$]+) from ("node:[\w/]+");$/gm,
      (_, names: string, from) => {
        return `const ${names.replaceAll(" as ", ": ")} = globalThis.process.getBuiltinModule(${from});`;
      },
    );
    const missed = /^import .*"node:.*/m.exec(changed);
    if (missed !== null) throw new Error(`Expected to find names in ${missed[0]}`);
    return { code: changed, map: null };
  },
};

/** Writes the command whose source is `entry` to `folder`, with the licence of what became part of it. */
export async function bundleCommand(name: string, entry: string, folder: string): Promise<void> {
  const built = await rolldown({
    input: { [name]: entry },
    platform: "node",
    tsconfig: false,
    transform: {
      target: "es2023",
      // Which keeps undici's second parser out, which is not asked for.
      define: { esbuildDetection: "1" },
    },
    external: /^node:/,
    plugins: [parts, builtins],
    onLog(level, log) {
      if (level === "warn") throw new Error(log.message);
    },
  });
  try {
    await built.write({ dir: folder, format: "esm", sourcemap: false, chunkFileNames: `${name}-[name].js` });
  } finally {
    await built.close();
  }
  copyFileSync(join(undici, "LICENSE"), join(folder, "LICENSE.undici"));
}
