/** One page of `docs/api`: each export with its signature, its docstring and its members. */
import { type Comment, type CommentDisplayPart, type DeclarationReflection, ReflectionKind } from "typedoc";
import type ts from "typescript";
import type { Page } from "./groups.ts";
import { shown, signature } from "./signature.ts";

export interface Export {
  readonly name: string;
  readonly reflection: DeclarationReflection;
  readonly page: Page;
  /** Which of the page's sources it is from. */
  readonly source: number;
  /** Other names it is exported under. */
  readonly aliases: readonly string[];
}

export type SymbolOf = (reflection: DeclarationReflection) => ts.Symbol | undefined;

/** Nobody calls these by hand. */
const LEFT_OUT = new Set(["toString", "[toStringTag]", "[brand]", "[custom]", "[nodejs.util.inspect.custom]"]);

/** Interfaces that the language itself has; its classes are known to the host. */
const LANGUAGE = new Set(["AsyncIterable", "AsyncIterableIterator", "Iterable", "Iterator", "PromiseLike"]);

export function isDocumented({ reflection }: Export): boolean {
  return commentsOf(reflection).some((comment) => comment.hasVisibleComponent());
}

/** The heading's text gives its anchor: `#gather`, `#class-task`, `#taskcancel`. */
export function heading({ name, reflection }: Export): string {
  if (reflection.kindOf(ReflectionKind.Function)) return `${name}()`;
  if (reflection.kindOf(ReflectionKind.Class)) return `class ${name}`;
  if (reflection.kindOf(ReflectionKind.Interface)) return `interface ${name}`;
  return reflection.kindOf(ReflectionKind.TypeAlias) ? `type ${name}` : name;
}

export function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

export class Renderer {
  private readonly _symbolOf: SymbolOf;
  private readonly _links = new Map<string, string>();
  private _page = "";

  constructor(exports: readonly Export[], symbolOf: SymbolOf) {
    this._symbolOf = symbolOf;
    // Where two packages have an export of one name, core's is the one meant, but on the other's own pages.
    for (const each of exports.toReversed()) {
      const link = `${each.page.name}.md#${anchor(heading(each))}`;
      this._links.set(each.name, link);
      this._links.set(`${each.page.name}/${each.name}`, link);
      for (const alias of each.aliases) this._links.set(alias, link);
    }
  }

  page(page: Page, exports: readonly Export[]): string {
    this._page = page.name;
    const own = inOrder(page, exports);
    const list = own.map((each) => `[${each.name}](#${anchor(heading(each))})`).join(" · ");
    const parts = own.map((each) => this._export(each));
    return `${[`# ${page.title}`, `${page.about} All of it is exported by \`${page.from}\`.`, list, ...parts].join("\n\n")}\n`;
  }

  index(pages: readonly Page[], exports: readonly Export[]): string {
    const line = (page: Page) => {
      const names = inOrder(page, exports);
      const links = names.map((each) => `[${each.name}](${page.name}.md#${anchor(heading(each))})`);
      return `**[${page.title}](${page.name}.md)**: ${page.about}\n${links.join(" · ")}`;
    };
    const about =
      "Every export, written from the docstrings by `npm run docs:api`. Times are milliseconds; the semantics are asyncio's.";
    return `${["# API", about, ...pages.map(line)].join("\n\n")}\n`;
  }

  private _export(each: Export): string {
    const { reflection, aliases } = each;
    const also = aliases.map((alias) => `Also exported as \`${alias}\`.`).join(" ");
    const parts = [`## ${heading(each)}`, this._signature(reflection), this._docs(reflection), also];
    // A class that is exported as a type only is an interface to typedoc.
    if (parts[1]?.startsWith("```ts\nclass ")) {
      for (const member of reflection.children ?? []) {
        if (this._isShown(member)) parts.push(this._member(each.name, member));
      }
    }
    return parts.filter((part) => part !== "").join("\n\n");
  }

  private _isShown(member: DeclarationReflection): boolean {
    if (LEFT_OUT.has(member.name) || this._isElsewhere(member)) return false;
    if (member.name === "name" && member.overwrites !== undefined) return false;
    // A constructor without a word of its own takes nothing that its user has to know.
    if (member.kindOf(ReflectionKind.Constructor)) return commentsOf(member).length > 0;
    return this._symbolOf(member) !== undefined;
  }

  /** Inherited from a class that has an entry of its own, or from the language. */
  private _isElsewhere({ inheritedFrom, kind }: DeclarationReflection): boolean {
    if (inheritedFrom === undefined) return false;
    return kind === ReflectionKind.Constructor || this._links.has(inheritedFrom.name.split(".")[0] ?? "");
  }

  private _member(owner: string, member: DeclarationReflection): string {
    const isCallable = member.kindOf(ReflectionKind.Method);
    const isSymbol = member.name.startsWith("[");
    const name = isSymbol ? `[Symbol.${member.name.slice(1)}` : `.${member.name}`;
    const title = member.kindOf(ReflectionKind.Constructor)
      ? `new ${owner}()`
      : `${owner}${name}${isCallable ? "()" : ""}`;
    return [`### ${title}`, this._signature(member), this._docs(member)].filter((part) => part !== "").join("\n\n");
  }

  private _signature(reflection: DeclarationReflection): string {
    const symbol = this._symbolOf(reflection);
    if (symbol === undefined) throw new Error(`there is no declaration of ${reflection.getFullName()}`);
    const text = shown(symbol).map(signature).join("\n");
    return `\`\`\`ts\n${text.startsWith("class ") ? this._withoutStrangers(text) : text}\n\`\`\``;
  }

  /** Leaves out the classes and interfaces that a class stands on and nobody can import. */
  private _withoutStrangers(text: string): string {
    const isKnown = (type: string) => {
      const name = /\w+/.exec(type)?.[0] ?? "";
      return this._links.has(name) || name in globalThis || LANGUAGE.has(name);
    };
    // The type parameters are part of the head, with an `extends` of their own.
    const parts = /^(class \w+(?:<.*?>(?= extends | implements |$))?)(?: extends (.*?))?(?: implements (.*))?$/s.exec(
      text,
    );
    const [, head = text, base, interfaces = ""] = parts ?? [];
    const kept = interfaces.split(/, (?![^<]*>)/).filter(isKnown);
    const shownHead = [head, base !== undefined && isKnown(base) ? ` extends ${base}` : ""];
    return shownHead.concat(kept.length > 0 ? ` implements ${kept.join(", ")}` : "").join("");
  }

  /** Overloads usually share the words of the first. */
  private _docs(reflection: DeclarationReflection): string {
    const comments = commentsOf(reflection);
    const said = comments.map((comment) => withoutPrivate(this._text(comment.summary)));
    const params = [...paramsOf(reflection)].map(([name, parts]) => `- \`${name}\`: ${this._text(parts).trim()}`);
    const tags = comments.flatMap(({ blockTags }) => blockTags);
    const tagged = tags.flatMap(({ tag, content }) => {
      const words = { "@returns": "Returns", "@throws": "**Throws**" }[tag as string];
      return words === undefined ? [] : [`${words} ${this._text(content).trim()}`];
    });
    return [...new Set([...said, params.join("\n"), ...tagged])].filter((part) => part !== "").join("\n\n");
  }

  private _text(parts: readonly CommentDisplayPart[]): string {
    return parts
      .map((part, index) => {
        if (part.kind !== "code") return part.text;
        // There the name is Python's.
        return parts[index - 1]?.text.endsWith("asyncio ") ? part.text : this._code(part.text);
      })
      .join("");
  }

  /** A word in code that is an export's name is a door to it. */
  private _code(text: string): string {
    const [, name] = /^`([\w$]+)(?:\(\))?`$/.exec(text) ?? [];
    const link = this._links.get(`${this._page}/${name}`) ?? this._links.get(name ?? "");
    if (link === undefined) return text;
    return `[${text}](${link.startsWith(`${this._page}.md`) ? link.slice(link.indexOf("#")) : link})`;
  }
}

/** The page's sources in their order, what is only a type at the end. */
function inOrder(page: Page, exports: readonly Export[]): Export[] {
  const isType = ({ reflection }: Export) => reflection.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias]);
  return exports
    .filter((each) => each.page === page)
    .sort((a, b) => Number(isType(a)) - Number(isType(b)) || a.source - b.source);
}

/** A paragraph that names a private field is for those who read the source. */
function withoutPrivate(text: string): string {
  const paragraphs = text.trim().split(/\n{2,}/);
  return paragraphs.filter((paragraph) => !/(?<!\w)_[a-z]\w*`/.test(paragraph)).join("\n\n");
}

function commentsOf(reflection: DeclarationReflection): Comment[] {
  const own = reflection.getAllSignatures().flatMap(({ comment }) => comment ?? []);
  if (own.length > 0) return own;
  return reflection.comment === undefined ? [] : [reflection.comment];
}

function paramsOf(reflection: DeclarationReflection): Map<string, readonly CommentDisplayPart[]> {
  const found = new Map<string, readonly CommentDisplayPart[]>();
  for (const { parameters } of reflection.getAllSignatures()) {
    for (const { name, comment, type } of parameters ?? []) {
      if (comment !== undefined) found.set(name, comment.summary);
      // typedoc moves `@param options.x` to the member x of the type.
      if (type?.type !== "reflection") continue;
      for (const child of type.declaration.children ?? []) {
        if (child.comment !== undefined) found.set(`${name}.${child.name}`, child.comment.summary);
      }
    }
  }
  return found;
}
