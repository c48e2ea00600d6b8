"""Accidents of CPython's that are no example: each can be mended here, to see whether a difference is owed to it."""

import asyncio

from .virtual_loop import VirtualLoop


class _SelfAwait:
    """Takes the mark off a task that awaits itself.

    The C code leaves it set when it refuses, and then refuses everybody else who awaits that task; the same code in
    Python does not.
    """

    def call_soon(self, callback, *args, context=None):
        task = asyncio.current_task(self)
        if task is not None and task._asyncio_future_blocking:
            task._asyncio_future_blocking = False
        return super().call_soon(callback, *args, context=context)


class _EagerContext:
    """Forgets an eager task whose context could not be entered.

    `create_task` fails, as it should, but the task that never began stays the current one.
    """

    def create_task(self, coro, **options):
        before = asyncio.current_task(self)
        try:
            return super().create_task(coro, **options)
        except RuntimeError:
            forget_current_task(self, before)
            raise


def forget_current_task(loop, task=None):
    """Makes another task the current one, or none, though the one that is did not leave."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    asyncio.tasks._swap_current_task(loop, task)
    asyncio._set_running_loop(running)


_LOOPS = {"self-await": _SelfAwait, "eager-context": _EagerContext}


class _GatheringFuture(asyncio.tasks._GatheringFuture):
    """Ends with the message of the request that cancelled it, where CPython takes that of the argument that ended last."""

    def cancel(self, msg=None):
        cancelled = super().cancel(msg)
        if cancelled:
            self._request = [] if msg is None else [msg]
        return cancelled

    def set_exception(self, exception):
        if self._cancel_requested and isinstance(exception, asyncio.CancelledError):
            exception = asyncio.CancelledError(*self._request)
        super().set_exception(exception)


_GATHERING_FUTURE = asyncio.tasks._GatheringFuture


def use_repairs(repairs):
    """Puts the named repairs in force, and no others. Returns the class of loop to use."""
    asyncio.tasks._GatheringFuture = _GatheringFuture if "gather-message" in repairs else _GATHERING_FUTURE
    return type("Loop", (*(_LOOPS[name] for name in repairs if name in _LOOPS), VirtualLoop), {})
