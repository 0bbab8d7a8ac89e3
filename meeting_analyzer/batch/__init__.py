"""Recordings worked through in chunks: by all cores, resumable, each recording for itself. See docs/offline.md."""
