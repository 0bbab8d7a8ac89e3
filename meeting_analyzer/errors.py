"""What can go wrong, each as one sentence for the person in front of the screen.

The message says what is wrong and what to do about it. The command line prints it without a traceback and exits with
`exit_code`.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class AnalyzerError(Exception):
    """A failure a user can understand and mend. `str(error)` is the whole message."""

    exit_code = EXIT_FAILED


class UsageError(AnalyzerError):
    """The command line or the configuration asks for something that does not exist or does not fit together."""

    exit_code = EXIT_USAGE


class SourceError(AnalyzerError):
    """Pixels cannot be had: no such window, a damaged file, a monitor that is not there, a camera in use."""


class ModelError(AnalyzerError):
    """A model file is missing, damaged (its SHA-256 differs from SHA256SUMS) or cannot be loaded."""


class OutputError(AnalyzerError):
    """A result cannot be written: no permission, a full disk, no virtual camera."""
