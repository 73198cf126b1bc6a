"""Files of the bank taken in through profiles (handbook 2/1.1.9; domain R2.15; docs/IMPORT.md)."""

from customers.actions.imports.kinds import KINDS
from customers.actions.imports.running import Result, run_import

__all__ = ["KINDS", "Result", "run_import"]
