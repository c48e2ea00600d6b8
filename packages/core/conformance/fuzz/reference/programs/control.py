"""Coroutines, callbacks, and the ops that steer."""

import asyncio

from .ops import run_leaf, run_leaf_now
from .texts import CLASSES, exception_text, make_exception, suffix, value_text

# Why a block ended before its last op: BREAK, or (value,) for a return; None if it did not.
BREAK = object()


async def run_coroutine(world, name, block):
    world.log(f"> {name}")
    try:
        signal = await _run_block(world, block, None)
    except BaseException as error:
        world.log(f"< {name} ! {exception_text(error)}")
        raise
    value = signal[0] if isinstance(signal, tuple) else None
    world.log(f"< {name}{suffix(' = ', value, world.labels)}")
    return value


def make_callback(world, name, block):
    def callback(*futures):
        world.log(" ".join(["run", name, *map(world.labels.of, futures)]))
        for fields in block:
            if fields["op"] == "raise":
                _raise(fields, None)
            else:
                run_leaf_now(world, fields)

    return callback


async def _run_block(world, block, caught):
    for fields in block:
        # The collector closes what never ended, which still has `finally` blocks to go through.
        if world.closed:
            return None
        control = _CONTROLS.get(fields["op"])
        signal = await (run_leaf(world, fields) if control is None else control(world, fields, caught))
        if signal is not None:
            return signal
    return None


def _raise(fields, caught):
    if fields["exc"] != "reraise":
        raise make_exception(fields)
    if caught is None:
        raise RuntimeError("No active exception to reraise")
    raise caught


async def _do_return(world, fields, caught):
    return (fields.get("v"),)


async def _do_break(world, fields, caught):
    return BREAK


async def _do_raise(world, fields, caught):
    _raise(fields, caught)


async def _do_repeat(world, fields, caught):
    for _ in range(fields["n"]):
        signal = await _run_block(world, fields["body"], caught)
        if signal is BREAK:
            return None
        if signal is not None:
            return signal
    return None


async def _do_if(world, fields, caught):
    return await _run_block(world, fields["then"] if world.test(fields) else fields.get("else", []), caught)


async def _do_try(world, fields, caught):
    try:
        return await _handled(world, fields, caught)
    finally:
        if "finally" in fields:
            world.log("finally")
            await _run_block(world, fields["finally"], caught)


async def _handled(world, fields, caught):
    try:
        signal = await _run_block(world, fields["body"], caught)
    except BaseException as error:
        for handler in fields.get("except", []):
            if any(isinstance(error, CLASSES[name]) for name in handler["types"]):
                world.log(f"caught {exception_text(error)}")
                return await _run_block(world, handler["body"], error)
        raise
    if signal is not None:
        return signal
    return await _run_block(world, fields.get("else", []), caught)


async def _do_with(world, fields, caught):
    async def body():
        async with world.objects[fields["x"]] as index:
            world.log(f"enter {fields['x']}{suffix(' = ', index, world.labels)}")
            return await _run_block(world, fields["body"], caught)

    return await _left(world, body(), f"exit {fields['x']}")


async def _do_timeout(world, fields, caught):
    timeout = asyncio.timeout_at(fields["at"]) if "at" in fields else asyncio.timeout(fields["d"])

    async def body():
        world.timeouts[fields["var"]] = timeout
        async with timeout:
            return await _run_block(world, fields["body"], caught)

    def more():
        return f" expired={value_text(timeout.expired(), None)}"

    return await _left(world, body(), f"exit {fields['var']}", more)


async def _do_taskgroup(world, fields, caught):
    async def body():
        group = world.groups[fields["var"]] = asyncio.TaskGroup()
        async with group:
            return await _run_block(world, fields["body"], caught)

    return await _left(world, body(), f"exit {fields['var']}")


async def _left(world, block, text, more=lambda: ""):
    """Runs a block and logs how it was left."""
    try:
        signal = await block
    except BaseException as error:
        world.log(f"{text} ! {exception_text(error)}{more()}")
        raise
    world.log(f"{text}{more()}")
    return signal


_CONTROLS = {
    "return": _do_return,
    "break": _do_break,
    "raise": _do_raise,
    "repeat": _do_repeat,
    "if": _do_if,
    "try": _do_try,
    "with": _do_with,
    "timeout": _do_timeout,
    "taskgroup": _do_taskgroup,
}
