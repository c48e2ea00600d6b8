import {
  BoundedSemaphore,
  type Coroutine,
  Event,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  QueueShutDown,
  Semaphore,
  sleep,
  TimeoutError,
  timeout,
  waitFor,
} from "yieldfrom";
import type { Scenario, Stage } from "./explore.ts";

type Lockable = Lock | Semaphore;

/** Counts who is inside, and complains when there are too many. */
class Room {
  private _inside = 0;
  private readonly _stage: Stage;
  private readonly _most: number;

  constructor(stage: Stage, most: number) {
    this._stage = stage;
    this._most = most;
  }

  *stay(ms: number): Coroutine<void> {
    this._stage.expect(++this._inside <= this._most, () => `${this._inside} are inside of ${this._most} places`);
    try {
      yield* sleep(ms);
    } finally {
      this._inside--;
    }
  }

  /** Nobody is inside, and all places can be taken without waiting. */
  *isFree(held: Lockable): Coroutine<void> {
    this._stage.expect(this._inside === 0, () => `${this._inside} never left`);
    const printed = String(held);
    const free = held instanceof Lock ? "<Lock unlocked>" : `<${held.constructor.name} unlocked value=${this._most}>`;
    this._stage.expect(printed === free, () => `left as ${printed}`);
    for (let place = 0; place < this._most && !held.locked(); place++) yield* held.acquire();
    this._stage.expect(held.locked(), () => "has more places than at the start");
  }
}

function lockable(name: string, places: number, make: () => Lockable): Scenario[] {
  const among = (what: string, body: (held: Lockable, room: Room, index: number) => Coroutine<unknown>): Scenario => ({
    name: `${name}: ${what}`,
    errors: [TimeoutError],
    make(stage) {
      const held = make();
      const room = new Room(stage, places);
      for (let index = 0; index < 3; index++) stage.spawn("abc"[index]!, () => body(held, room, index));
      return () => room.isFree(held);
    },
  });
  return [
    among("using", function* (held, room, index) {
      using _held = yield* held;
      yield* room.stay(index % 2);
    }),
    among("acquire and release", function* (held, room, index) {
      yield* held.acquire();
      try {
        yield* room.stay(index);
      } finally {
        held.release();
      }
    }),
    among("within a timeout", function* (held, room, index) {
      yield* timeout(1 + (index % 2), () => held.acquire());
      try {
        yield* room.stay(1);
      } finally {
        held.release();
      }
    }),
    among("by waitFor of a guard, cleanup waits", function* (held, room) {
      using _held = yield* waitFor(held, 2);
      try {
        yield* room.stay(1);
      } finally {
        yield* sleep(0);
      }
    }),
  ];
}

const severalReleases: Scenario = {
  name: "semaphore: two permits given back in one go to three who wait",
  make(stage) {
    const semaphore = new Semaphore(0);
    const room = new Room(stage, 2);
    for (const name of ["a", "b", "c"]) {
      stage.spawn(name, function* () {
        using _permit = yield* semaphore;
        yield* room.stay(0);
      });
    }
    stage.assist(function* () {
      yield* sleep(1);
      semaphore.release();
      semaphore.release();
    });
    return () => room.isFree(semaphore);
  },
};

const newcomer: Scenario = {
  name: "semaphore: one comes while a permit is free and one who was woken has yet to run",
  make(stage) {
    const semaphore = new Semaphore(0);
    const room = new Room(stage, 2);
    const order: string[] = [];
    const enter = function* (name: string) {
      using _permit = yield* semaphore;
      order.push(name);
      yield* room.stay(name === "early" ? 3 : 0);
    };
    stage.spawn("early", () => enter("early"));
    stage.assist(function* () {
      yield* sleep(1);
      semaphore.release();
      semaphore.release();
      stage.spawn("late", () => enter("late"));
      // Waits in this very step, before the one who was woken runs; and then only for that, not for its permit.
      yield* timeout(0.5, () => enter("at once"));
    });
    return function* () {
      const rightOrder = ["early", "at once", "late"].filter((name) => order.includes(name)).join();
      stage.expect(order.join() === rightOrder, () => `entered in the order ${order}`);
      yield* room.isFree(semaphore);
    };
  },
};

const event: Scenario = {
  name: "event: set, cleared and set again",
  make(stage) {
    const flag = new Event();
    let woken = 0;
    for (const [name, times] of [
      ["a", 1],
      ["b", 2],
      ["c", 2],
    ] as const) {
      stage.spawn(name, function* () {
        for (let time = 0; time < times; time++) {
          yield* flag.wait();
          woken++;
          yield* sleep(0);
        }
      });
    }
    stage.assist(function* () {
      for (let time = 0; time < 2; time++) {
        yield* sleep(2);
        flag.set();
        flag.clear();
      }
    });
    return () => {
      stage.expect(stage.cuts.size > 0 || woken === 5, () => `woken ${woken} times, not 5`);
      stage.expect(String(flag) === "<Event unset>", () => `left as ${flag}`);
    };
  },
};

const eventInTime: Scenario = {
  name: "event: waited for within a timeout, set as it runs out",
  errors: [TimeoutError],
  make(stage) {
    const flag = new Event();
    let woken = 0;
    stage.spawn("patient", function* () {
      yield* flag.wait();
      woken++;
    });
    for (const name of ["a", "b"]) stage.spawn(name, () => timeout(2, () => flag.wait()));
    stage.assist(function* () {
      yield* sleep(2);
      flag.set();
    });
    return () => {
      stage.expect(stage.wasCut("patient") || woken === 1, () => `woken ${woken} times`);
      stage.expect(String(flag) === "<Event set>", () => `left as ${flag}`);
    };
  },
};

/** Each item that was put was got once, or is still there; of a plain Queue in the order of putting. */
class Belt {
  readonly queue: Queue<number>;
  readonly put: number[] = [];
  readonly got: number[] = [];
  /** Items that a shutdown threw away. */
  readonly dropped: number[] = [];
  private readonly _stage: Stage;
  private _next = 0;

  constructor(stage: Stage, queue: Queue<number>) {
    this._stage = stage;
    this.queue = queue;
  }

  *produce(count: number): Coroutine<void> {
    for (let i = 0; i < count; i++) {
      const item = this._next++;
      yield* this.queue.put(item);
      this.put.push(item);
    }
  }

  *consume(count: number): Coroutine<void> {
    for (let i = 0; i < count; i++) {
      this.got.push(yield* this.queue.get());
      this.queue.taskDone();
    }
  }

  /** Shuts the queue down at once, with what is in it. */
  drop(): void {
    this.dropped.push(...this.put.filter((item) => !this.got.includes(item)));
    this.queue.shutdown(true);
  }

  check(): void {
    const left: number[] = [];
    while (!this.queue.empty()) left.push(this.queue.getNowait());
    const there = [...this.got, ...left, ...this.dropped];
    const put = [...this.put];
    if (this.queue.constructor !== Queue) for (const items of [there, put]) items.sort((a, b) => a - b);
    this._stage.expect(there.join() === put.join(), () => `put ${this.put}, got ${this.got}, left ${left}`);
    this._stage.expect(/getters=0 putters=0>$/.test(String(this.queue)), () => `left as ${this.queue}`);
  }
}

function queue(
  what: string,
  maxSize: number,
  start: (stage: Stage, belt: Belt) => void,
  Kind: typeof Queue<number> = Queue,
): Scenario {
  return {
    name: `${Kind.name}: ${what}`,
    errors: [TimeoutError, QueueShutDown],
    make(stage) {
      const belt = new Belt(stage, new Kind(maxSize));
      stage.mayWait = (name) => {
        if (name.startsWith("get")) return belt.queue.empty();
        if (name.startsWith("put")) return belt.queue.full();
        return belt.got.length < belt.put.length;
      };
      start(stage, belt);
      return () => belt.check();
    },
  };
}

const twoAndTwo = (stage: Stage, belt: Belt) => {
  stage.spawn("get a", () => belt.consume(1));
  stage.spawn("put a", () => belt.produce(2));
  stage.spawn("put b", () => belt.produce(1));
  stage.spawn("get b", () => belt.consume(2));
};

const queues: readonly Scenario[] = [
  queue("two get, one puts", 0, (stage, belt) => {
    stage.spawn("get a", () => belt.consume(1));
    stage.spawn("get b", () => belt.consume(2));
    stage.spawn("put", () => belt.produce(3));
  }),
  queue("two put into one place, one gets", 1, (stage, belt) => {
    stage.spawn("put a", () => belt.produce(2));
    stage.spawn("put b", () => belt.produce(1));
    stage.spawn("get", () => belt.consume(3));
  }),
  queue("two put, two get, one place", 1, twoAndTwo),
  queue("two put, two get, one place", 1, twoAndTwo, LifoQueue),
  queue("two put, two get, two places", 2, twoAndTwo, PriorityQueue),
  queue("shut down while some wait", 1, (stage, belt) => {
    stage.spawn("get", () => belt.consume(3));
    stage.spawn("put a", () => belt.produce(2));
    stage.spawn("put b", () => belt.produce(3));
    stage.assist(function* () {
      for (let i = 0; i < 3; i++) yield* sleep(0);
      belt.queue.shutdown();
      stage.mayWait = () => false;
    });
  }),
  ...[Queue<number>, LifoQueue<number>, PriorityQueue<number>].map((Kind) =>
    queue(
      "shut down at once while some wait, and one joins",
      2,
      (stage, belt) => {
        stage.spawn("put", () => belt.produce(5));
        stage.spawn("get", () => belt.consume(4));
        stage.spawn("join", function* () {
          yield* sleep(0);
          yield* belt.queue.join();
        });
        stage.assist(function* () {
          for (let i = 0; i < 2; i++) yield* sleep(0);
          belt.drop();
          stage.mayWait = () => false;
        });
      },
      Kind,
    ),
  ),
  queue("joined by two while two work", 0, (stage, belt) => {
    for (const name of ["get a", "get b"]) stage.spawn(name, () => belt.consume(2));
    stage.spawn("put", () => belt.produce(3));
    for (const name of ["join a", "join b"]) {
      stage.spawn(name, function* () {
        yield* sleep(1);
        yield* belt.queue.join();
        stage.expect(belt.queue.empty(), () => `${belt.queue} was joined`);
      });
    }
  }),
  queue("get and put within a timeout", 1, (stage, belt) => {
    stage.spawn("get a", () => timeout(2, () => belt.consume(2)));
    stage.spawn("put a", () => timeout(2, () => belt.produce(2)));
    stage.spawn("get b", function* () {
      yield* sleep(2);
      yield* belt.consume(1);
    });
  }),
  queue("three get what putNowait puts in one go, one joins", 0, (stage, belt) => {
    for (const name of ["get a", "get b", "get c"]) stage.spawn(name, () => belt.consume(1));
    stage.spawn("join", function* () {
      yield* sleep(1);
      yield* belt.queue.join();
    });
    stage.assist(function* () {
      yield* sleep(0);
      for (const item of [0, 1]) {
        belt.queue.putNowait(item);
        belt.put.push(item);
      }
    });
  }),
];

export const syncScenarios: readonly Scenario[] = [
  ...lockable("lock", 1, () => new Lock()),
  ...lockable("semaphore of one", 1, () => new Semaphore(1)),
  ...lockable("bounded semaphore of two", 2, () => new BoundedSemaphore(2)),
  severalReleases,
  newcomer,
  event,
  eventInTime,
  ...queues,
];
