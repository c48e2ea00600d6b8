"""An event loop without a host: its clock moves only when there is nothing else to do."""

import asyncio
import heapq
import itertools
from asyncio import events


class Deadlock(BaseException):
    """Nothing is ready, and no timer will ever make anything ready. Not an Exception, so no task swallows it."""


class Timer(events.TimerHandle):
    """Equal timers run in the order in which they were made, which CPython leaves open."""

    __slots__ = ("number",)

    def __lt__(self, other):
        return (self._when, self.number) < (other._when, other.number)


class VirtualLoop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._now = 0
        self._numbers = itertools.count()
        # The loop holds its tasks weakly; what the collector takes away would say so in the middle of a trace.
        self._kept = []

    def time(self):
        return self._now

    def create_task(self, coro, **options):
        task = super().create_task(coro, **options)
        self._kept.append(task)
        return task

    def create_future(self):
        future = super().create_future()
        self._kept.append(future)
        return future

    def call_at(self, when, callback, *args, context=None):
        self._check_closed()
        timer = Timer(when, callback, args, self, context)
        timer.number = next(self._numbers)
        timer._scheduled = True
        heapq.heappush(self._scheduled, timer)
        return timer

    def _run_once(self):
        timers = self._scheduled
        while timers and timers[0]._cancelled:
            self._take_timer()
        if not self._ready:
            if not timers:
                raise Deadlock
            self._now = max(self._now, timers[0]._when)
        while timers and timers[0]._when <= self._now:
            self._ready.append(self._take_timer())
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _take_timer(self):
        timer = heapq.heappop(self._scheduled)
        timer._scheduled = False
        return timer
