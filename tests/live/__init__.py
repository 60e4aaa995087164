"""Trials on real parts: daemons, namespaces, sshd. The only tests that need root."""

import pytest

# comparisons live outside the test modules; a failing one shows its values only when rewritten
pytest.register_assert_rewrite("tests.live.fault_matrix", "tests.live.scenario")
