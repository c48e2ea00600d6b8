/** Imports a module, first thing in a fresh process, and prints how many milliseconds that took. */
const [module = ""] = process.argv.slice(2);
const start = performance.now();
await import(module);
console.log(JSON.stringify(performance.now() - start));
