"""Packages: a process with everything that belongs to it, read from a folder or zip and checked as a whole."""

from engine.packages.bounded import Limits, check_safely
from engine.packages.reading import Package, read_package

__all__ = ["Limits", "Package", "check_safely", "read_package"]
