"""What is seen over time: participants, smoothing, class mood."""

from .timeline import Timeline, class_mood, looks_away

__all__ = ["Timeline", "class_mood", "looks_away"]
