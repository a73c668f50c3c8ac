"""Which process of a test run takes which file: what listens in real time runs beside one file that computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadFileScheduling

from support.together import scope

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

#: Folders whose tests talk to telephones: they wait for sound that is played in real time, and need little of the
#: machine, but that at once.
_TELEPHONES = ("tests/e2e/", "tests/integration/telephony/")
#: Below them, but a browser draws what they look at.
_BROWSERS = "tests/e2e/console/"


def waits(path: str) -> bool:
    """Say whether the tests of a file wait for telephones; ``path`` is relative to the checkout."""
    return path.startswith(_TELEPHONES) and not path.startswith(_BROWSERS)


class SpreadScheduling(LoadFileScheduling):
    """Files go to processes whole, in their order, but of those that compute one at a time while others still wait.

    With two processes one computes and one waits; with three, two wait.
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        elsewhere = [unit for other, units in self.assigned_work.items() if other is not node for unit in units.items()]
        computed = any(not waits(path) and not all(tests.values()) for path, tests in elsewhere)
        wanted = next((path for path in self.workqueue if waits(path) == computed), None)
        if wanted is not None:
            self.workqueue.move_to_end(wanted, last=False)
        super()._assign_work_unit(node)
