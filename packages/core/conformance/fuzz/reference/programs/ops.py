"""The ops that log one line each."""

import asyncio
import contextvars
import inspect

from .texts import exception_text, make_exception, state_text, suffix, value_text
from .world import UnknownName

OPS = {}


class _Fields(dict):
    """The fields of an op as its text shows them."""

    def __getitem__(self, name):
        return value_text(self.get(name), None)


def op(text):
    """Registers the function under its name. The text is a format, or a function of the op."""

    def register(function):
        write = text if callable(text) else lambda fields: text.format_map(_Fields(fields))
        OPS[function.__name__.rstrip("_")] = (write, function, inspect.iscoroutinefunction(function))
        return function

    return register


async def run_leaf(world, fields):
    write, run, waits = OPS[fields["op"]]
    text = write(fields)
    try:
        result = run(world, fields)
        if waits:
            result = await result
    except BaseException as error:
        _failed(world, fields, text, error)
    else:
        world.log(text + suffix(" = ", result, world.labels))


def run_leaf_now(world, fields):
    write, run, waits = OPS[fields["op"]]
    assert not waits, f"A callback cannot wait: {fields}"
    text = write(fields)
    try:
        result = run(world, fields)
    except BaseException as error:
        _failed(world, fields, text, error)
    else:
        world.log(text + suffix(" = ", result, world.labels))


def _failed(world, fields, text, error):
    if isinstance(error, UnknownName):
        world.log(f"{text} skip")
        return
    world.log(f"{text} ! {exception_text(error)}")
    if not fields.get("safe") or not isinstance(error, Exception):
        raise error


def _operand_text(item):
    return item if isinstance(item, str) else f"{item['coro']}()"


def _operands_text(fields):
    return ",".join(map(_operand_text, fields["of"])) or "-"


def _target(fields):
    return fields["x"] if "x" in fields else {"coro": fields["coro"]}


def _into(fields):
    return f" into {fields['into']}" if "into" in fields else ""


# Tasks and futures


@op("spawn {name}")
def spawn(world, fields):
    return world.spawn(fields, asyncio.create_task)


@op("tg_spawn {name}")
def tg_spawn(world, fields):
    return world.spawn(fields, world.groups[fields["tg"]].create_task)


@op("await {x}")
async def await_(world, fields):
    return await world.awaitable(fields["x"])


@op("call {coro}")
async def call(world, fields):
    return await world.coroutine(fields["coro"])


@op(lambda fields: f"cancel {fields['x']}" + (f" {fields['msg']}" if "msg" in fields else ""))
def cancel(world, fields):
    return world.awaitable(fields["x"]).cancel(*([fields["msg"]] if "msg" in fields else []))


@op("uncancel {x}")
def uncancel(world, fields):
    return world.awaitable(fields["x"]).uncancel()


@op("cancelling {x}")
def cancelling(world, fields):
    return world.awaitable(fields["x"]).cancelling()


@op("status {x}")
def status(world, fields):
    return state_text(world.awaitable(fields["x"]), world.labels)


@op("result {x}")
def result(world, fields):
    return world.awaitable(fields["x"]).result()


@op("exception {x}")
def exception(world, fields):
    return world.awaitable(fields["x"]).exception()


@op("rename {x} {name}")
def rename(world, fields):
    task = world.awaitable(fields["x"])
    world.labels.add_task_name(fields["name"])
    task.set_name(fields["name"])


@op("new_future {x}")
def new_future(world, fields):
    world.set_awaitable(fields["x"], world.loop.create_future())


@op("set_result {x} {v}")
def set_result(world, fields):
    world.awaitable(fields["x"]).set_result(fields.get("v"))


@op(lambda fields: f"set_exception {fields['x']} {exception_text(make_exception(fields))}")
def set_exception(world, fields):
    world.awaitable(fields["x"]).set_exception(make_exception(fields))


@op("add_done_callback {x} {cb}")
def add_done_callback(world, fields):
    future = world.awaitable(fields["x"])
    future.add_done_callback(world.callbacks[fields["cb"]], **world.context(fields))


@op("remove_done_callback {x} {cb}")
def remove_done_callback(world, fields):
    return world.awaitable(fields["x"]).remove_done_callback(world.callbacks[fields["cb"]])


@op("current_task")
def current_task(world, fields):
    return asyncio.current_task()


@op("all_tasks")
def all_tasks(world, fields):
    return len(asyncio.all_tasks())


@op("set_task_factory {kind}")
def set_task_factory(world, fields):
    world.choose_task_factory(fields["kind"])


# Waiting


@op("sleep {d}")
async def sleep(world, fields):
    return await asyncio.sleep(fields["d"], *([fields["v"]] if "v" in fields else []))


class _Yield:
    """Hands a value straight to the loop."""

    def __init__(self, value):
        self._value = value

    def __await__(self):
        yield self._value


@op("yield")
async def yield_(world, fields):
    await _Yield(None)


@op("yield_bad")
async def yield_bad(world, fields):
    await _Yield(42)


@op(lambda fields: f"gather {_operands_text(fields)}{_into(fields)}")
async def gather(world, fields):
    future = asyncio.gather(*world.operands(fields["of"]), return_exceptions=fields.get("re", False))
    return await _awaited(world, fields, future)


async def _awaited(world, fields, future):
    if "into" not in fields:
        return await future
    world.set_awaitable(fields["into"], future)


@op(lambda fields: f"wait {_operands_text(fields)}")
async def wait(world, fields):
    done, pending = await asyncio.wait(
        world.operands(fields["of"]),
        timeout=fields.get("timeout"),
        return_when=fields.get("when", asyncio.ALL_COMPLETED),
    )
    return f"done[{_labels(world, done)}] pending[{_labels(world, pending)}]"


def _labels(world, futures):
    return ",".join(sorted(map(world.labels.of, futures)))


@op(lambda fields: f"as_completed {_operands_text(fields)}")
async def as_completed(world, fields):
    each = asyncio.as_completed(world.operands(fields["of"]), timeout=fields.get("timeout"))
    count = 0
    if fields.get("mode") == "async":
        async for future in each:
            world.log(f"next {world.labels.of(future)}")
            count += 1
            if count == fields.get("limit"):
                return
        return
    for following in each:
        try:
            world.log("next" + suffix(" = ", await following, world.labels))
        except Exception as error:
            world.log(f"next ! {exception_text(error)}")
        count += 1
        if count == fields.get("limit"):
            return


@op(lambda fields: f"wait_for {_operand_text(_target(fields))} {value_text(fields['timeout'], None)}")
async def wait_for(world, fields):
    return await asyncio.wait_for(world.operand(_target(fields)), fields["timeout"])


@op(lambda fields: f"shield {_operand_text(_target(fields))}{_into(fields)}")
async def shield(world, fields):
    return await _awaited(world, fields, asyncio.shield(world.operand(_target(fields))))


@op("reschedule {var} {d}")
def reschedule(world, fields):
    timeout, d = world.timeouts[fields["var"]], fields["d"]
    timeout.reschedule(None if d is None else world.loop.time() + d)


@op("expired {var}")
def expired(world, fields):
    return world.timeouts[fields["var"]].expired()


@op("when {var}")
def when(world, fields):
    return world.timeouts[fields["var"]].when()


# Callbacks and the loop


@op("{msg}")
def log(world, fields):
    pass


@op("call_soon {cb}")
def call_soon(world, fields):
    _keep(world, fields, world.loop.call_soon(_callback(world, fields), **world.context(fields)))


@op("call_later {d} {cb}")
def call_later(world, fields):
    _keep(world, fields, world.loop.call_later(fields["d"], _callback(world, fields), **world.context(fields)))


@op("call_at {at} {cb}")
def call_at(world, fields):
    _keep(world, fields, world.loop.call_at(fields["at"], _callback(world, fields), **world.context(fields)))


def _callback(world, fields):
    return world.callbacks[fields["cb"]]


def _keep(world, fields, handle):
    if "h" in fields:
        world.handles[fields["h"]] = handle


@op("handle_cancel {h}")
def handle_cancel(world, fields):
    world.handles[fields["h"]].cancel()


@op("handle_cancelled {h}")
def handle_cancelled(world, fields):
    return world.handles[fields["h"]].cancelled()


# Locks, events, conditions, barriers


@op("acquire {x}")
async def acquire(world, fields):
    return await world.objects[fields["x"]].acquire()


@op("release {x}")
def release(world, fields):
    world.objects[fields["x"]].release()


@op("locked {x}")
def locked(world, fields):
    return world.objects[fields["x"]].locked()


@op("event_wait {x}")
async def event_wait(world, fields):
    return await world.objects[fields["x"]].wait()


@op("event_set {x}")
def event_set(world, fields):
    world.objects[fields["x"]].set()


@op("event_clear {x}")
def event_clear(world, fields):
    world.objects[fields["x"]].clear()


@op("event_is_set {x}")
def event_is_set(world, fields):
    return world.objects[fields["x"]].is_set()


@op("cond_wait {x}")
async def cond_wait(world, fields):
    return await world.objects[fields["x"]].wait()


@op("cond_wait_for {x} {n}{cmp}{v}")
async def cond_wait_for(world, fields):
    def predicate():
        holds = world.test(fields)
        world.log(f"pred {fields['n']}{fields['cmp']}{fields['v']} = {value_text(holds, None)}")
        return holds

    return await world.objects[fields["x"]].wait_for(predicate)


@op(lambda fields: f"notify {fields['x']}" + (f" {fields['count']}" if "count" in fields else ""))
def notify(world, fields):
    world.objects[fields["x"]].notify(*([fields["count"]] if "count" in fields else []))


@op("notify_all {x}")
def notify_all(world, fields):
    world.objects[fields["x"]].notify_all()


@op("barrier_wait {x}")
async def barrier_wait(world, fields):
    return await world.objects[fields["x"]].wait()


@op("barrier_reset {x}")
async def barrier_reset(world, fields):
    await world.objects[fields["x"]].reset()


@op("barrier_abort {x}")
async def barrier_abort(world, fields):
    await world.objects[fields["x"]].abort()


@op("barrier_status {x}")
def barrier_status(world, fields):
    barrier = world.objects[fields["x"]]
    return f"{barrier.n_waiting}/{barrier.parties} {value_text(barrier.broken, None)}"


# Queues


@op("put {x} {v}")
async def put(world, fields):
    await world.objects[fields["x"]].put(fields["v"])


@op("get {x}")
async def get(world, fields):
    return await world.objects[fields["x"]].get()


@op("put_nowait {x} {v}")
def put_nowait(world, fields):
    world.objects[fields["x"]].put_nowait(fields["v"])


@op("get_nowait {x}")
def get_nowait(world, fields):
    return world.objects[fields["x"]].get_nowait()


@op("join {x}")
async def join(world, fields):
    await world.objects[fields["x"]].join()


@op("task_done {x}")
def task_done(world, fields):
    world.objects[fields["x"]].task_done()


@op(lambda fields: f"shutdown {fields['x']}" + (" immediate" if fields.get("immediate") else ""))
def shutdown(world, fields):
    world.objects[fields["x"]].shutdown(fields.get("immediate", False))


@op("queue_status {x}")
def queue_status(world, fields):
    queue = world.objects[fields["x"]]
    return f"{queue.qsize()} {value_text(queue.empty(), None)} {value_text(queue.full(), None)}"


# Variables


@op("incr {x}")
def incr(world, fields):
    counter = world.objects[fields["x"]]
    counter.value += fields.get("by", 1)
    return counter.value


@op("read {x}")
def read(world, fields):
    return world.objects[fields["x"]].value


@op("cv_set {x} {v}")
def cv_set(world, fields):
    token = world.objects[fields["x"]].set(fields["v"])
    if "token" in fields:
        world.tokens[fields["token"]] = token


@op("cv_get {x}")
def cv_get(world, fields):
    return world.objects[fields["x"]].get()


@op("cv_reset {token}")
def cv_reset(world, fields):
    token = world.tokens[fields["token"]]
    token.var.reset(token)


@op("copy_context {ctx}")
def copy_context(world, fields):
    world.contexts[fields["ctx"]] = contextvars.copy_context()
