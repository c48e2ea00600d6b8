/** In browsers: what the suite uses of `node:path`. */
export const basename = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
export const join = (...parts: string[]): string => parts.join("/");
