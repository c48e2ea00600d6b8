"""Lets asyncio walk its sets of tasks in the order of insertion, where CPython has the order of addresses."""

import ast
import asyncio
import inspect
import textwrap
from collections.abc import MutableSet


class OrderedSet(MutableSet):
    def __init__(self, items=()):
        self._items = dict.fromkeys(items)

    def __contains__(self, item):
        return item in self._items

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)

    def add(self, item):
        self._items[item] = None

    def discard(self, item):
        self._items.pop(item, None)

    def clear(self):
        self._items.clear()


class _Rewrite(ast.NodeTransformer):
    def visit_SetComp(self, node):
        self.generic_visit(node)
        members = ast.GeneratorExp(elt=node.elt, generators=node.generators)
        return ast.Call(func=ast.Name("OrderedSet", ast.Load()), args=[members], keywords=[])

    def visit_Name(self, node):
        return ast.Name("OrderedSet", node.ctx) if node.id == "set" else node


def _with_ordered_sets(function):
    """The same function, compiled from its source with each `set` it makes replaced."""
    tree = _Rewrite().visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
    names = {"OrderedSet": OrderedSet}
    # A namespace of its own in front of the module's: the rest of asyncio keeps its sets.
    exec(compile(ast.fix_missing_locations(tree), "<ordered>", "exec"), {**function.__globals__, **names}, names)
    return names[function.__name__]


# Where asyncio makes a set of tasks and walks it in a way that can be seen.
_PLACES = [asyncio.TaskGroup, asyncio.tasks._AsCompletedIterator]
_PLAIN = [place.__init__ for place in _PLACES]
_ORDERED = [_with_ordered_sets(function) for function in _PLAIN]


def use_ordered_sets(ordered):
    for place, function in zip(_PLACES, _ORDERED if ordered else _PLAIN):
        place.__init__ = function
