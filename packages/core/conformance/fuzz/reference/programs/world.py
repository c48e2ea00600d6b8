"""What a program works on: its loop, its tables of names, and the trace it leaves."""

import asyncio
import contextvars
import operator

from .texts import Labels, exception_text

LONGEST_TRACE = 20_000

COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class UnknownName(Exception):
    """Raised by a look-up: the op that asked is skipped."""


class Table(dict):
    def __missing__(self, name):
        raise UnknownName(name)


class World:
    def __init__(self, loop, coroutine):
        self._coroutine = coroutine
        self.loop = loop
        self.labels = Labels()
        self.lines = []
        self.closed = False
        self._awaitables = Table()
        self.objects = {}
        self.callbacks = {}
        self.contexts = Table()
        self.tokens = Table()
        self.handles = Table()
        self.timeouts = Table()
        self.groups = Table()
        self.spawned = []
        self._uses = {}

    def log(self, text):
        task = asyncio.current_task(self.loop)
        self._write("cb" if task is None else self.labels.of(task), text)

    def note(self, text):
        self._write("--", text)

    def _write(self, who, text):
        if self.closed:
            return
        self.lines.append(f"{self.loop.time()} {who} {text}")
        if len(self.lines) == LONGEST_TRACE:
            self.lines.append(f"stopped after {LONGEST_TRACE} lines")
            self.closed = True
            self.loop.stop()

    def coroutine(self, name):
        return self._coroutine(self, name)

    def awaitable(self, name):
        if name != "self":
            return self._awaitables[name]
        task = asyncio.current_task(self.loop)
        if task is None:
            raise UnknownName(name)
        return task

    def set_awaitable(self, name, future):
        self._awaitables[name] = future
        self.labels.add(future, name)

    def operand(self, item):
        return self.awaitable(item) if isinstance(item, str) else self.coroutine(item["coro"])

    def operands(self, items):
        # All names first: no coroutine is made if one of them is unknown.
        for item in items:
            if isinstance(item, str):
                self.awaitable(item)
        return [self.operand(item) for item in items]

    def context(self, op):
        return {"context": self.contexts[op["ctx"]]} if "ctx" in op else {}

    def spawn(self, op, create):
        options = self.context(op)
        if "eager" in op:
            options["eager_start"] = op["eager"]
        name = op["name"]
        uses = self._uses[name] = self._uses.get(name, 0) + 1
        full = name if uses == 1 else f"{name}.{uses}"
        self.labels.add_task_name(full)
        try:
            task = create(self.coroutine(op["coro"]), name=full, **options)
        except BaseException:
            self._uses[name] = uses - 1
            raise
        self.set_awaitable(name, task)
        self.spawned.append((full, task))
        return None if uses == 1 else full

    def choose_task_factory(self, kind):
        factories = {"none": None, "eager": asyncio.eager_task_factory, "logging": self._logging_factory}
        self.loop.set_task_factory(factories[kind])

    def _logging_factory(self, loop, coro, **options):
        name = options.get("name")
        self.log(f"factory {'-' if name is None else name}")
        return asyncio.Task(coro, loop=loop, **options)

    def handle_exception(self, _loop, context):
        message = context["message"]
        if "never retrieved" in message or "destroyed but it is pending" in message:
            return
        kind = "other"
        if "Exception in callback" in message:
            kind = "callback"
        elif "exception in shielded future" in message:
            kind = "shield"
        elif "its parent task" in message:
            kind = "taskgroup"
        error = context.get("exception")
        self.log(f"handler {kind} {'-' if error is None else exception_text(error)}")

    def test(self, op):
        return COMPARE[op["cmp"]](self.objects[op["n"]].value, op["v"])


class Counter:
    def __init__(self, value):
        self.value = value


def make_object(world, item):
    name, kind = item["name"], item["kind"]
    if kind == "future":
        world.set_awaitable(name, world.loop.create_future())
        return
    made = {
        "lock": lambda: asyncio.Lock(),
        "event": lambda: asyncio.Event(),
        "condition": lambda: asyncio.Condition(*([world.objects[item["lock"]]] if "lock" in item else [])),
        "semaphore": lambda: asyncio.Semaphore(item.get("value", 1)),
        "bounded_semaphore": lambda: asyncio.BoundedSemaphore(item.get("value", 1)),
        "queue": lambda: asyncio.Queue(item.get("maxsize", 0)),
        "lifo_queue": lambda: asyncio.LifoQueue(item.get("maxsize", 0)),
        "priority_queue": lambda: asyncio.PriorityQueue(item.get("maxsize", 0)),
        "barrier": lambda: asyncio.Barrier(item["parties"]),
        "counter": lambda: Counter(item.get("value", 0)),
        "contextvar": lambda: contextvars.ContextVar(name, default=item.get("default", 0)),
    }
    world.objects[name] = made[kind]()
