/**
 * `node --import ./bench/io/built.ts …`: the packages' names mean what `npm run build` made, as for those who install them, and
 * not the sources. Worker threads inherit it.
 */
import { registerHooks } from "node:module";

const FILES: Readonly<Record<string, string>> = {
  yieldfrom: "core/dist/yieldfrom.js",
  "@yieldfrom/io": "io/dist/index.js",
  "@yieldfrom/executors": "executors/dist/index.js",
  "@yieldfrom/http": "http/dist/index.js",
};

registerHooks({
  resolve(specifier, context, next) {
    const file = FILES[specifier];
    if (file === undefined) return next(specifier, context);
    return next(new URL(`../../packages/${file}`, import.meta.url).href, context);
  },
});
