"""What can go wrong with an input, in one sentence and with a hint.

A clinical negative ("no safe corridor", "absent") is never an error: it is a result.
"""


class PlannerError(Exception):
    """One clear sentence, a hint what to do, and the exit code of the command line."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(PlannerError):
    """A file is missing, unreadable, empty or not a vertebral surface."""


class LevelError(PlannerError):
    """A level is absent, named twice, or contradicts the bone or the order of the column."""


class FrameError(PlannerError):
    """Axes, handedness or units of the input contradict the bone; the hint asks the question."""


class OutputError(PlannerError):
    """The output folder cannot be written, or holds something that would be overwritten."""


class TableError(PlannerError):
    """A reference table has a row without a source or with a value out of range."""


class MissingLibrary(PlannerError):
    """Something the machine lacks, named with the package that brings it."""
