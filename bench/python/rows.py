"""CPython's side of the rows: `python3 rows.py asyncio` or `python3 rows.py uvloop`, driven by bench/python.ts.

A line {"id": ROW, "operations": N} on stdin is answered by a line {"ns": …, "result": …}, nanoseconds per operation; the
first line written tells the versions. Coroutines here have one kind, so `call-` and `chain-` rows come twice alike.
"""

import asyncio
import gc
import json
import platform
import sys
import time


async def identity(value):
    return value


async def yielder(times):
    count = 0
    while count < times:
        await asyncio.sleep(0)
        count += 1
    return count


async def spawn(count):
    total = 0
    for i in range(count):
        total += await asyncio.create_task(identity(i))
    return total


async def yields(count):
    return sum(await asyncio.gather(*[yielder(count // 1000) for _ in range(1000)]))


async def calls(count):
    total = 0
    for i in range(count):
        total += await identity(i)
    return total


async def link(depth, waits):
    if depth > 0:
        return await link(depth - 1, waits)
    count = 0
    while count < waits:
        await asyncio.sleep(0)
        count += 1
    return count


def chain(depth):
    return lambda waits: link(depth, waits)


async def ping_pong(count):
    make = asyncio.get_running_loop().create_future
    ping, pong = make(), make()

    async def answer():
        nonlocal ping, pong
        for _ in range(count // 2):
            value = await ping
            reply = pong
            ping, pong = make(), make()
            reply.set_result(value)

    other = asyncio.create_task(answer())
    total = 0
    for i in range(count // 2):
        reply = pong
        ping.set_result(i)
        total += await reply
    await other
    return total


def guarded(make, tasks):
    """`tasks` tasks that enter what `make` makes again and again, for one turn."""

    async def main(count):
        guard = make()
        done = 0

        async def worker():
            nonlocal done
            for _ in range(count // tasks):
                async with guard:
                    await asyncio.sleep(0)
                    done += 1

        await asyncio.gather(*[worker() for _ in range(tasks)])
        return done

    return main


async def event(count):
    bell = asyncio.Event()
    waiting = woken = 0

    async def listener():
        nonlocal waiting, woken
        for _ in range(count // 1000):
            waiting += 1
            await bell.wait()
            woken += 1

    async def broadcaster():
        nonlocal waiting
        for _ in range(count // 1000):
            while waiting < 1000:
                await asyncio.sleep(0)
            waiting = 0
            bell.set()
            bell.clear()

    broadcast = asyncio.create_task(broadcaster())
    await asyncio.gather(*[listener() for _ in range(1000)])
    await broadcast
    return woken


def queue(sides):
    async def main(count):
        items = asyncio.Queue(10)
        each = count // sides

        async def producer(first):
            for i in range(first, first + each):
                await items.put(i)

        async def consumer():
            total = 0
            for _ in range(each):
                total += await items.get()
            return total

        producers = [asyncio.create_task(producer(side * each)) for side in range(sides)]
        sums = await asyncio.gather(*[consumer() for _ in range(sides)])
        await asyncio.gather(*producers)
        return sum(sums)

    return main


async def one_turn(value):
    await asyncio.sleep(0)
    return value


async def gather(count):
    return sum(await asyncio.gather(*[one_turn(i) for i in range(count)]))


async def task_group(count):
    total = 0

    async def child(value):
        nonlocal total
        await asyncio.sleep(0)
        total += value

    async with asyncio.TaskGroup() as group:
        for i in range(count):
            group.create_task(child(i))
    return total


async def cancel(count):
    make = asyncio.get_running_loop().create_future
    cancelled = 0

    async def park():
        nonlocal cancelled
        try:
            await make()
        except asyncio.CancelledError:
            cancelled += 1
            raise

    tasks = [asyncio.create_task(park()) for _ in range(count)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return cancelled


async def sleeper(value):
    await asyncio.sleep(value % 51 / 1000)
    return value


async def timers(count):
    return sum(await asyncio.gather(*[sleeper(i) for i in range(count)]))


async def timeout(count):
    done = 0
    for _ in range(count):
        async with asyncio.timeout(10):
            done += await one_turn(1)
    return done


def run(count):
    """Not a coroutine: each operation is a run of its own."""
    total = 0
    for i in range(count):
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            total += runner.run(one_turn(i))
    return total


ROWS = {
    "spawn": spawn,
    "yields": yields,
    "call-plain": calls,
    "call-coroutine": calls,
    **{f"chain-{kind}-{depth}": chain(depth) for kind in ("plain", "coroutine") for depth in (1, 10, 50, 1000)},
    "ping-pong": ping_pong,
    "semaphore": guarded(lambda: asyncio.Semaphore(20), 1000),
    "lock": guarded(asyncio.Lock, 100),
    "event": event,
    "queue": queue(1),
    "queue-many": queue(10),
    "gather": gather,
    "task-group": task_group,
    "cancel": cancel,
    "timers": timers,
    "timeout": timeout,
    "run": run,
}


def measure(work, operations):
    gc.collect()
    start = time.perf_counter_ns()
    if work is run:
        result = run(operations)
    else:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            result = runner.run(work(operations))
    return {"ns": (time.perf_counter_ns() - start) / operations, "result": result}


if sys.version_info < (3, 11):
    raise SystemExit(f"Python {platform.python_version()} is too old: the rows need 3.11")
versions = {"python": f"{platform.python_implementation()} {platform.python_version()}"}
if sys.argv[1] == "uvloop":
    import uvloop

    loop_factory = uvloop.new_event_loop
    versions["uvloop"] = uvloop.__version__
else:
    loop_factory = asyncio.new_event_loop
sys.setrecursionlimit(10_000)
print(json.dumps({"versions": versions, "rows": sorted(ROWS)}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps(measure(ROWS[order["id"]], order["operations"])), flush=True)
