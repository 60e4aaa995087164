"""What every scenario on real parts may ask for."""

from tests.live.rollout_lab import lab, lone_lab, shared_lab

__all__ = ["lab", "lone_lab", "shared_lab"]
