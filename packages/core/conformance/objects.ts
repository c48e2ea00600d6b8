/** The objects of a program: how each kind is made, and the line it ends with. */
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  ContextVar,
  Event,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
} from "../src/index.ts";
import type { ObjectFields, ObjectKind, ObjectOf, Scalar } from "./program.ts";
import { stateText } from "./trace.ts";
import type { Acquirable, World } from "./world.ts";

interface Kind<Item> {
  make(world: World, item: Item): void;
  /** What the last line says after kind and name; null for no line. */
  report(world: World, item: Item): string | null;
}

const kinds: { [K in ObjectKind]: Kind<ObjectOf<K>> } = {
  future: {
    make: (world, item) => world.setAwaitable(item.name, world.loop.createFuture()),
    report: (world, item) => stateText(world.awaitable(item.name), world.labels),
  },
  lock: acquirable((world, item) => {
    const lock = new Lock();
    world.locks.set(item.name, lock);
    return lock;
  }),
  condition: acquirable((world, item) => {
    const condition = item.lock === undefined ? new Condition() : new Condition(world.locks.get(item.lock));
    world.conditions.set(item.name, condition);
    return condition;
  }),
  semaphore: acquirable((_world, item) => new Semaphore(item.value ?? 1)),
  bounded_semaphore: acquirable((_world, item) => new BoundedSemaphore(item.value ?? 1)),
  event: {
    make: (world, item) => world.events.set(item.name, new Event()),
    report: (world, item) => `set=${world.events.get(item.name).isSet()}`,
  },
  barrier: {
    make: (world, item) => world.barriers.set(item.name, new Barrier(item.parties)),
    report(world, item) {
      const barrier = world.barriers.get(item.name);
      return `waiting=${barrier.nWaiting} broken=${barrier.broken}`;
    },
  },
  queue: queue((maxsize) => new Queue<Scalar>(maxsize)),
  lifo_queue: queue((maxsize) => new LifoQueue<Scalar>(maxsize)),
  priority_queue: queue((maxsize) => new PriorityQueue<Scalar>(maxsize)),
  counter: {
    make: (world, item) => world.counters.set(item.name, item.value ?? 0),
    report: (world, item) => String(world.counters.get(item.name)),
  },
  contextvar: {
    make: (world, item) =>
      world.variables.set(
        item.name,
        new ContextVar<Scalar>(item.name, { default: item.default === undefined ? 0 : item.default }),
      ),
    report: () => null,
  },
};

export function makeObject(world: World, item: ObjectOf): void {
  kindOf(item).make(world, item);
}

export function reportObject(world: World, item: ObjectOf): void {
  const report = kindOf(item).report(world, item);
  if (report !== null) world.note(`${item.kind} ${item.name} ${report}`);
}

function kindOf(item: ObjectOf): Kind<ObjectOf> {
  const kind: Kind<ObjectOf> | undefined = kinds[item.kind];
  if (kind === undefined) throw new Error(`No object is of the kind ${JSON.stringify(item.kind)}: ${item.name}`);
  return kind;
}

function acquirable<Item extends { name: string }>(create: (world: World, item: Item) => Acquirable): Kind<Item> {
  return {
    make: (world, item) => world.acquirables.set(item.name, create(world, item)),
    report: (world, item) => `locked=${world.acquirables.get(item.name).locked()}`,
  };
}

function queue<Item extends { name: string } & ObjectFields["queue"]>(
  create: (maxsize: number) => Queue<Scalar>,
): Kind<Item> {
  return {
    make: (world, item) => world.queues.set(item.name, create(item.maxsize ?? 0)),
    report: (world, item) => `size=${world.queues.get(item.name).qsize()}`,
  };
}
