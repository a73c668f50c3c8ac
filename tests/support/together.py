"""Tests that wait for telephones wait at the same time: those of a file that are marked ``together``, some at once.

Each still has a name and a result of its own. The first one of a file begins all of them, each in a thread with an
event loop of its own, so that one that works keeps no other's telephones waiting; then each waits for its own. They
come before the tests of the file that must be alone, such as those that kill something.

Some files have one test each and count as one (``scope``). A test that is marked ``ahead`` needs nothing of others and
waits for long: it begins with the first test of its folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import shutil
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

#: So many at once: with more of them they would wait for the processor.
_AT_ONCE = 4
#: Tests of ``tests/e2e`` with a file to themselves, which go to a process as if they were of one.
_AS_ONE = frozenset(
    f"tests/e2e/test_{name}.py"
    for name in ("campaign", "digits", "effebot", "extension", "multisender", "robocall", "robotalker", "softphone")
)


def scope(path: str) -> str:
    """Return what a file is part of; ``path`` is relative to the checkout."""
    return "tests/e2e/(one test each)" if path in _AS_ONE else path


class _Together:
    """The tests of one file that wait at the same time."""

    def __init__(self) -> None:
        self._tests: dict[pytest.Function, Callable[..., Coroutine[Any, Any, None]]] = {}
        self._begun: dict[pytest.Function, Future[None]] = {}
        self._cancels: list[Callable[[], object]] = []

    def add(self, item: pytest.Function) -> None:
        """Take a test, which does nothing but wait for its result from now on."""
        self._tests[item] = item.obj

        async def waits(**_: Any) -> None:
            await asyncio.wrap_future(self._begun[item])

        item.obj = waits

    def begin(self, request: pytest.FixtureRequest) -> None:
        """Begin all of them, unless they have begun. What is not their own they share: it is of the file, or longer."""
        if self._begun:
            return
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="together")
        for item, function in self._tests.items():
            own: dict[str, Any] = dict(item.callspec.params) if hasattr(item, "callspec") else {}
            if "evidence" in (names := inspect.signature(function).parameters):
                own["evidence"] = evidence_folder(item, request.getfixturevalue("tmp_path_factory"))
            arguments = {name: own[name] if name in own else request.getfixturevalue(name) for name in names}
            self._begun[item] = pool.submit(asyncio.run, self._run(function(**arguments)))
        pool.shutdown(wait=False)

    async def _run(self, test: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(test)
        loop = asyncio.get_running_loop()
        self._cancels.append(lambda: loop.call_soon_threadsafe(task.cancel))
        await task

    def end(self) -> None:
        """End what still runs because nobody waits for it here: another process has the test, or the run is broken."""
        for future in self._begun.values():
            future.cancel()
        for cancel in self._cancels:
            # its loop has ended with it
            with contextlib.suppress(RuntimeError):
                cancel()


_TOGETHER = pytest.StashKey[_Together]()
_AHEAD = pytest.StashKey[_Together]()
_FOLDER = pytest.StashKey[Path]()


def evidence_folder(item: pytest.Item, temporary: pytest.TempPathFactory) -> Path:
    """Return the folder of a test for what it saw and heard: kept with ``--evidence``, temporary without."""
    if _FOLDER not in item.stash:
        chosen = item.config.getoption("--evidence")
        if chosen is None:
            folder = temporary.mktemp("evidence")
        else:
            folder = Path(chosen) / item.name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        item.stash[_FOLDER] = folder
    return item.stash[_FOLDER]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    config.addinivalue_line("markers", "together: waits for telephones at the same time as others of its file")
    config.addinivalue_line("markers", "ahead: waits for long, from the first test of its folder on")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring together what is marked so, file by file; of what was not chosen nothing is begun."""
    groups: dict[str, _Together] = {}
    folders: dict[Path, _Together] = {}
    for item in items:
        if isinstance(item, pytest.Function):
            if item.get_closest_marker("together") is not None:
                item.stash[_TOGETHER] = groups.setdefault(_scope_of(item), _Together())
                item.stash[_TOGETHER].add(item)
            elif item.get_closest_marker("ahead") is not None:
                folders.setdefault(item.path.parent, _Together()).add(item)
    for item in items:
        if item.path.parent in folders:
            item.stash[_AHEAD] = folders[item.path.parent]
    first = {_scope_of(item): number for number, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: (first[_scope_of(item)], _TOGETHER not in item.stash))


def _scope_of(item: pytest.Item) -> str:
    return scope(item.nodeid.partition("::")[0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind."""
    for group in {item.stash[key] for item in session.items for key in (_AHEAD, _TOGETHER) if key in item.stash}:
        group.end()


@pytest.fixture(autouse=True)
def _begins_together(request: pytest.FixtureRequest) -> None:
    for key in (_AHEAD, _TOGETHER):
        group = request.node.stash.get(key, None)
        if group is not None:
            group.begin(request)
