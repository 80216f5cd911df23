"""A simulator of system-design case studies: predict what breaks, run it, compare the fixes."""

from simulator.version import __version__
