"""Each row of the fault matrix, on a real sshd and a real BIRD 3."""

from __future__ import annotations

import pytest

from tests.live.fault_matrix import each_row, matrix_lab, needs_root, play
from tests.live.fault_rows import Row
from tests.live.matrix_lab import MatrixLab

__all__ = ["matrix_lab"]
pytestmark = [pytest.mark.live, needs_root]
BIRD = "bird3"


@each_row
def test_rollout_under_a_fault_leaves_the_route_server_whole(matrix_lab: MatrixLab, row: Row) -> None:
    """It runs one of two texts, its file is that text, the receipt names no other, a next run converges."""
    play(matrix_lab, row)
