"""How exceptions, values and states are written in a trace."""

import asyncio


class E1(Exception):
    pass


class E2(Exception):
    pass


CLASSES = {
    "E1": E1,
    "E2": E2,
    "CancelledError": asyncio.CancelledError,
    "TimeoutError": TimeoutError,
    "RuntimeError": RuntimeError,
    "ValueError": ValueError,
    "TypeError": TypeError,
    "InvalidStateError": asyncio.InvalidStateError,
    "QueueEmpty": asyncio.QueueEmpty,
    "QueueFull": asyncio.QueueFull,
    "QueueShutDown": asyncio.QueueShutDown,
    "BrokenBarrierError": asyncio.BrokenBarrierError,
    "ExceptionGroup": ExceptionGroup,
    "Exception": Exception,
}


def make_exception(op):
    made = CLASSES[op["exc"]]
    return made(op["msg"]) if "msg" in op else made()


def exception_text(error):
    name = type(error).__name__
    message = error.args[0] if error.args else ""
    if isinstance(error, (E1, E2)):
        return f"{name}:{message}"
    if isinstance(error, asyncio.CancelledError) and message:
        return f"{name}:{message}"
    if isinstance(error, BaseExceptionGroup):
        return f"{name}[{', '.join(sorted(map(exception_text, error.exceptions)))}]"
    return name


def value_text(value, labels):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{','.join(value_text(item, labels) for item in value)}]"
    if isinstance(value, BaseException):
        return exception_text(value)
    if asyncio.isfuture(value):
        return labels.of(value)
    return str(value)


def suffix(separator, value, labels):
    return "" if value is None else separator + value_text(value, labels)


def state_text(future, labels):
    # In this order: asking a cancelled task for its exception would use up the message.
    if not future.done():
        return "pending"
    if future.cancelled():
        return "cancelled"
    error = future.exception()
    if error is not None:
        return f"raised {exception_text(error)}"
    return "result" + suffix(" ", future.result(), labels)


class Labels:
    """What tasks and futures are called in the trace."""

    def __init__(self):
        self._task_names = set()
        self._labels = {}
        self._unnamed = 0

    def add_task_name(self, name):
        self._task_names.add(name)

    def add(self, future, name):
        if not isinstance(future, asyncio.Task):
            self._labels.setdefault(future, name)

    def of(self, future):
        if isinstance(future, asyncio.Task) and future.get_name() in self._task_names:
            return future.get_name()
        if future not in self._labels:
            self._unnamed += 1
            self._labels[future] = f"~{self._unnamed}"
        return self._labels[future]
