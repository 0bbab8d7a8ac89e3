"""Entry point of `meeting-analyzer` and `python -m meeting_analyzer`.

Imports nothing of the package before it is called, so that a broken installation gets a sentence, not a traceback.
"""

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    try:
        from .cli.main import main as run
    except ImportError as error:
        print(
            f"meeting-analyzer: the installation is incomplete ({error}); pip install --force-reinstall meeting-analyzer mends it.",
            file=sys.stderr,
        )
        return 1
    return run()


if __name__ == "__main__":
    sys.exit(main())
