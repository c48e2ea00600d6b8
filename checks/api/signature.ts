/** How a declaration is shown: the author's own text, without its body and without what only the compiler needs. */
import ts from "typescript";

/** The declarations of a symbol that a user sees: of an overloaded function, not its implementation. */
export function shown(symbol: ts.Symbol): ts.Declaration[] {
  const all = symbol.declarations ?? [];
  const isImplementation = (node: ts.Declaration) => (node as ts.FunctionLikeDeclaration).body !== undefined;
  return all.length > 1 && all.some((node) => !isImplementation(node)) ? all.filter((n) => !isImplementation(n)) : all;
}

export function signature(node: ts.Declaration): string {
  if (ts.isVariableDeclaration(node)) return variable(node);
  const source = node.getSourceFile();
  let end = node.end;
  if (ts.isClassDeclaration(node)) end = node.members.pos - 1;
  else if (ts.isFunctionLike(node) && "body" in node && node.body) end = (node.body as ts.Node).pos;
  const text = withoutInternals(node, source.text, end).trim();
  const bare = text
    .replace(/^((export|public|declare|async|override|abstract)\s+)+/, "")
    .replace(/^(static\s+|readonly\s+)?\*\s*/, "$1")
    .replace(/;$/, "");
  return dedent(bare.replaceAll('[Symbol.for("nodejs.util.inspect.custom")]', "[inspect]"));
}

/** What is marked `@internal` inside of an interface is left out with its comment. */
function withoutInternals(node: ts.Node, text: string, end: number): string {
  let result = "";
  let at = node.getStart();
  const members = ts.isInterfaceDeclaration(node) ? node.members : [];
  for (const member of members) {
    const from = member.getFullStart();
    if (!/@internal/.test(text.slice(from, member.getStart()))) continue;
    result += text.slice(at, from);
    at = member.end;
  }
  return result + text.slice(at, end);
}

function variable(node: ts.VariableDeclaration): string {
  if (node.type !== undefined) return `const ${node.name.getText()}: ${node.type.getText()}`;
  return `const ${node.name.getText()} = ${node.initializer?.getText() ?? "…"}`;
}

/** All lines but the first stand as deep as they did in their file. */
function dedent(text: string): string {
  const [first = "", ...others] = text.split("\n");
  const depths = others.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const depth = Math.min(...depths);
  return [first, ...others.map((line) => line.slice(depth))].join("\n");
}
