"""Renders gallery views as the call clients draw them, with full ground truth: for tests and benchmarks.

The participants are the synthetic people of tools/sample_call; nobody real is shown.
`python -m tests.simulator --out DIR --count N` writes pictures and their truth.
"""

from .render import Shot, render
from .spec import CLIENTS, LOOKS, Spec, random_spec
from .tiles import TruthTile

__all__ = ["CLIENTS", "LOOKS", "Shot", "Spec", "TruthTile", "random_spec", "render"]
