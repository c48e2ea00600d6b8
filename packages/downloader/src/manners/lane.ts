import type { Reason } from "../events.ts";
import { HostPace } from "./pace.ts";

/** What stands in line: its link to the next lies in it. */
export interface Linked<N> {
  _next: N | null;
}

/** First in, first out, with the links in the items: nothing is allocated. */
export class Line<N extends Linked<N>> {
  head: N | null = null;
  private _tail: N | null = null;

  push(node: N): void {
    if (this._tail === null) this.head = node;
    else this._tail._next = node;
    this._tail = node;
  }

  shift(): N | null {
    const node = this.head;
    if (node === null) return null;
    this.head = node._next;
    if (this.head === null) this._tail = null;
    node._next = null;
    return node;
  }
}

/** The items of one host that may be tried now, and what is known of the host. */
export class Lane<N extends Linked<N>> implements Linked<Lane<N>> {
  readonly host: string;
  readonly pace: HostPace;
  /** Items that were tried before. They go first, so that the order of the list roughly holds and what was begun is ended. */
  readonly again = new Line<N>();
  readonly fresh = new Line<N>();
  /** Items in the hands of workers. */
  active = 0;
  /** Items whose time has not come. */
  delayed = 0;
  /** Whether nothing is sent before `opensAt`, in loop time. */
  paused = false;
  opensAt = 0;
  /** Why its items are to be given up before `closedUntil`; null: they are not. */
  closed: Reason | null = null;
  closedUntil = 0;
  /** When the timetable looks at it next: no later than its pause ends, if something waits. */
  timedAt = Number.POSITIVE_INFINITY;
  /** Whether it is in line for workers, and its link there. */
  queued = false;
  _next: Lane<N> | null = null;

  private readonly _elsewhere: (item: N) => boolean;

  /** @param elsewhere whether an item may be tried at another host too */
  constructor(host: string, most: number, elsewhere: (item: N) => boolean) {
    this.host = host;
    this._elsewhere = elsewhere;
    this.pace = new HostPace(most);
  }

  get waiting(): boolean {
    return this._first !== null;
  }

  private get _first(): N | null {
    return this.again.head ?? this.fresh.head;
  }

  /** Whether an item can be taken: to be tried, given up, or tried elsewhere. */
  get ready(): boolean {
    const first = this._first;
    if (first === null) return false;
    if (this.closed !== null) return true;
    return this.paused ? this._elsewhere(first) : this.active < this.pace.limit;
  }

  get empty(): boolean {
    return this.active === 0 && this.delayed === 0 && !this.waiting;
  }

  take(): N {
    this.active++;
    return (this.again.shift() ?? this.fresh.shift()) as N;
  }
}
