import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { TestContext } from "node:test";
import { chromium } from "../../checks/runtimes/browser.ts";
import { end, start } from "../../checks/runtimes/child.ts";

/** Why there can be no test in a browser here; `false` if there can. In CI that is an error. */
export function noBrowser(): string | false {
  try {
    chromium();
    return false;
  } catch (error) {
    const { CI_PEERS } = process.env;
    if (CI_PEERS) throw error;
    return (error as Error).message;
  }
}

/** What the browser says. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A page in headless Chromium, as its user has it. Driven by the DevTools protocol over two pipes: nothing is listened on. */
export class Page {
  private readonly _to: Writable;
  private readonly _waiting = new Map<number | string, (message: Message) => void>();
  private _last = 0;
  private _session: string | undefined;

  /** Opens one that is closed after the test. */
  static async open(t: TestContext): Promise<Page> {
    const home = await mkdtemp(join(tmpdir(), "chromium-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    const child = start(chromium().command, [...flags, `--user-data-dir=${home}/data`, "--remote-debugging-pipe"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, TMPDIR: home },
    });
    const closed = once(child, "close");
    t.after(async () => {
      end(child);
      await closed;
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    });
    const page = new Page(child.stdio[3] as Writable, child.stdio[4] as Readable);
    const { targetId } = await page._ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page._ask("Target.attachToTarget", { targetId, flatten: true });
    page._session = sessionId as string;
    await page._ask("Page.enable");
    return page;
  }

  private constructor(to: Writable, from: Readable) {
    this._to = to;
    let rest = "";
    from.setEncoding("utf8").on("data", (text: string) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop() ?? "";
      for (const each of messages) {
        const message = JSON.parse(each) as Message;
        this._waiting.get(message.id ?? message.method ?? "")?.(message);
      }
    });
    // A browser that is ended while it is talked to.
    to.on("error", () => {});
  }

  /** Goes to an address, and waits until the page is there. */
  async goTo(url: string): Promise<void> {
    await this._loading(() => this._ask("Page.navigate", { url }));
  }

  /** Types a text where the cursor is, and Enter; waits for the page to which that leads. */
  async type(text: string): Promise<void> {
    await this._ask("Input.insertText", { text });
    const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" };
    await this._loading(() => this._ask("Input.dispatchKeyEvent", { type: "keyDown", ...key }));
  }

  /** Clicks on the element that this selector finds; waits for the page to which that leads. */
  async click(selector: string): Promise<void> {
    await this._loading(() => this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`));
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this._ask("Runtime.evaluate", { expression, returnByValue: true });
    assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
    return (result as { readonly value: T }).value;
  }

  private async _loading(act: () => Promise<unknown>): Promise<void> {
    const loaded = new Promise((resolve) => this._waiting.set("Page.loadEventFired", resolve));
    await act();
    await loaded;
  }

  private async _ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this._last;
    const answer = new Promise<Message>((resolve) => this._waiting.set(id, resolve));
    this._to.write(`${JSON.stringify({ id, method, params, sessionId: this._session })}\0`);
    const { result, error } = await answer;
    this._waiting.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }
}
