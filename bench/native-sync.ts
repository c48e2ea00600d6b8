/** What people write, or install, to have a semaphore and a queue with Promises: nothing can be cancelled. */

export class NativeSemaphore {
  private _free: number;
  private readonly _waiting: (() => void)[] = [];
  private _head = 0;

  constructor(value: number) {
    this._free = value;
  }

  acquire(): Promise<void> | undefined {
    if (this._free > 0) {
      this._free--;
      return undefined;
    }
    return new Promise((resolve) => {
      this._waiting.push(resolve);
    });
  }

  release(): void {
    if (this._head < this._waiting.length) this._waiting[this._head++]!();
    else this._free++;
  }
}

export class NativeQueue {
  private readonly _items: number[] = [];
  private readonly _limit: number;
  private _getter: (() => void) | null = null;
  private _putter: (() => void) | null = null;

  constructor(limit: number) {
    this._limit = limit;
  }

  async put(item: number): Promise<void> {
    while (this._items.length >= this._limit) {
      await new Promise<void>((resolve) => {
        this._putter = resolve;
      });
    }
    this._items.push(item);
    this._getter?.();
    this._getter = null;
  }

  async get(): Promise<number> {
    while (this._items.length === 0) {
      await new Promise<void>((resolve) => {
        this._getter = resolve;
      });
    }
    const item = this._items.shift() as number;
    this._putter?.();
    this._putter = null;
    return item;
  }
}
