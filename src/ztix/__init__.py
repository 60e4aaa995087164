"""ztix: an Internet exchange that runs from a git repository."""

__version__ = "0.1.0"
