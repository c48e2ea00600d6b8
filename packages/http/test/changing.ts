/** Milliseconds after which something that a test waits for will never come. */
const PATIENCE = 5000;

/** What changes by itself, as a server does, and what tests wait for. */
export abstract class Changing {
  private readonly _waiters = new Set<() => void>();

  /** For the error of who waits in vain. */
  protected abstract get state(): string;

  /** Resolves when `condition` holds; it is asked again after each `changed()`. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return;
        this._waiters.delete(check);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this._waiters.delete(check);
        reject(new Error(`in vain: ${condition}; ${this.state}`));
      }, PATIENCE);
      this._waiters.add(check);
    });
  }

  changed(): void {
    for (const check of [...this._waiters]) check();
  }
}
