"""The built-in sample call: participants, composition, ground truth. See docs/sample-call.md."""
