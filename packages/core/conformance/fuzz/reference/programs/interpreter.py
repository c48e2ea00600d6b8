"""Runs whole programs: make what they work on, run main, end, report."""

import asyncio
import gc
import json
import sys
import warnings

from .control import make_callback, run_coroutine
from .ordered_sets import use_ordered_sets
from .repairs import forget_current_task, use_repairs
from .texts import state_text
from .virtual_loop import Deadlock
from .world import World, make_object

# What is left over when a program has ended is not part of its trace.
warnings.simplefilter("ignore")
sys.unraisablehook = lambda _: None
gc.disable()
# Pyodide has set a loop of its own as the running one.
asyncio._set_running_loop(None)


def run_program(program, repairs=()):
    blocks = {**program["coroutines"], "main": program["main"]}
    world = World(use_repairs(repairs)(), lambda world, name: run_coroutine(world, name, blocks[name]))
    use_ordered_sets(program.get("set_order") == "insertion")
    try:
        _run(world, program)
    finally:
        world.closed = True
        # CPython can be left with a current task that is none, and take it along into the next program.
        forget_current_task(world.loop)
        world.loop.close()
    return world.lines


def _run(world, program):
    for item in program["objects"]:
        make_object(world, item)
    for name, block in program.get("callbacks", {}).items():
        world.callbacks[name] = make_callback(world, name, block)
    if "task_factory" in program:
        world.choose_task_factory(program["task_factory"])
    world.loop.set_exception_handler(world.handle_exception)

    world.labels.add_task_name("main")
    main = world.loop.create_task(world.coroutine("main"), name="main")
    world.set_awaitable("main", main)
    _run_until_done(world, main)
    world.note(f"main {state_text(main, world.labels)}")

    rest = [task for task in [main, *(task for _, task in world.spawned)] if not task.done()]
    if program["finish"] == "cancel" and rest and not world.closed:
        for task in rest:
            task.cancel()
        _run_until_done(world, asyncio.gather(*rest, return_exceptions=True))
        world.note("finished")

    for name, task in world.spawned:
        world.note(f"task {name} {state_text(task, world.labels)}")
    for item in program["objects"]:
        _report(world, item)


def _run_until_done(world, future):
    try:
        world.loop.run_until_complete(future)
    except Deadlock:
        world.note("deadlock")
    except BaseException:
        if not future.done() and not world.closed:
            raise


def _report(world, item):
    name, kind = item["name"], item["kind"]
    thing = world.objects.get(name)
    if kind == "future":
        text = state_text(world.awaitable(name), world.labels)
    elif kind == "counter":
        text = str(thing.value)
    elif kind == "event":
        text = f"set={str(thing.is_set()).lower()}"
    elif kind == "barrier":
        text = f"waiting={thing.n_waiting} broken={str(thing.broken).lower()}"
    elif kind.endswith("queue"):
        text = f"size={thing.qsize()}"
    elif kind == "contextvar":
        return
    else:
        text = f"locked={str(thing.locked()).lower()}"
    world.note(f"{kind} {name} {text}")


def run_json(text):
    """Programs, and repairs by name, as JSON in; out come their traces or, as a string, what went wrong outside of a program."""
    outcomes = []
    job = json.loads(text)
    for program in job["programs"]:
        try:
            outcomes.append(run_program(program, job["repairs"]))
        except BaseException as error:
            outcomes.append(f"{type(error).__name__}: {error}")
    gc.collect()
    return json.dumps(outcomes)
