"""What was seen in a call, as one page to read: collected over hours in flat memory, written as self-contained HTML."""

from __future__ import annotations

from .output import ReportOutput, write_report

__all__ = ["ReportOutput", "write_report"]
