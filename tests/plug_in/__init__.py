"""An example of a package that brings a fabric's driver: docs/plug-ins.md tells about it."""
