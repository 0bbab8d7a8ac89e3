"""What is seen over time: participants, smoothing, class mood, attention, events."""

from .summary import CallSummary, MinuteMood, Totals, replay
from .timeline import Timeline, class_mood, looks_away

__all__ = ["CallSummary", "MinuteMood", "Timeline", "Totals", "class_mood", "looks_away", "replay"]
