"""Packages: a process with everything that belongs to it, read from a folder or zip and checked as a whole."""

from engine.examination import Limits
from engine.packages.bounded import check_safely
from engine.packages.ordering import called_elsewhere, in_order
from engine.packages.reading import Package, read_package

__all__ = ["Limits", "Package", "called_elsewhere", "check_safely", "in_order", "read_package"]
