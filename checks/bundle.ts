/**
 * A package's sources as one JavaScript file, unminified. Other packages stay imports.
 *
 * There is no source map: the file is what was written, names and docstrings included, without its types; the sources that
 * a map would point to are not published.
 */
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";

/** Core's, by which `traceback.ts` knows that it is alone in its file. */
export const CORE_FILE = "yieldfrom.js";

/** What is used of JavaScript that is newer is written out by these functions, which become part of the bundle. */
const HELPERS = "@oxc-project/runtime/";

/** The helpers of this checkout, whichever checkout's sources are bundled. */
const helpers: Plugin = {
  name: "helpers",
  resolveId(id) {
    return id.startsWith(HELPERS) ? this.resolve(id, fileURLToPath(import.meta.url), { skipSelf: true }) : null;
  },
};

/** `var NAME = class …` at the top, as the bundler writes each class: the name, the class's own, and the rest. */
const CLASS = /^var (\S+) = class( [\w$]+)?((?: extends .+)? \{(?:\}|\n[\s\S]*?^\}));$/gm;

/**
 * The classes, which the bundler makes variables, so that it may move them: constants again, worth some per cent, see
 * `build.ts`. And those with a method that is named by a call, as Node's `inspect` asks for, would stay in a program that
 * does not use them, if they were not the result of a call that is marked as pure.
 */
const classes: Plugin = {
  name: "classes",
  renderChunk(code) {
    const changed = code.replace(CLASS, (_, name: string, own: string | undefined, rest: string) =>
      rest.includes("[Symbol.for(")
        ? `const ${name} = /* @__PURE__ */ (() => class${own ?? ` ${name.replace(/\$\d+$/, "")}`}${rest})();`
        : `const ${name} = class${own ?? ""}${rest};`,
    );
    const missed = /^var .* = class.*/m.exec(changed);
    if (missed !== null) throw new Error(`Expected a class to end by "};" in a line of its own: ${missed[0]}`);
    return { code: changed, map: null };
  },
};

/** Writes the file of each entry into `folder`, as `NAME.js`, and beside them what they share. */
export async function bundle(entries: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const built = await rolldown({
    input: entries,
    platform: "neutral",
    tsconfig: false,
    transform: { target: "es2023" },
    external: (id) => !/^[./]|^[A-Z]:/i.test(id) && !id.startsWith(HELPERS),
    plugins: [helpers, classes],
    onLog(level, log) {
      if (level === "warn") throw new Error(log.message);
    },
  });
  try {
    await built.write({
      dir: folder,
      format: "esm",
      sourcemap: false,
      chunkFileNames: "[name].js",
      minifyInternalExports: false,
    });
  } finally {
    await built.close();
  }
}

/** Bundles the core of the checkout at `root` into `folder`, and gives the path of its file. */
export async function bundleCore(root: string, folder: string): Promise<string> {
  await bundle({ [CORE_FILE.slice(0, -".js".length)]: `${root}/packages/core/src/index.ts` }, folder);
  return `${folder}/${CORE_FILE}`;
}
