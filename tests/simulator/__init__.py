"""Renders calls as the clients draw them, with full ground truth: for tests and benchmarks.

The participants are the synthetic people of tools/sample_call; nobody real is shown.
`python -m tests.simulator --out DIR --count N` writes pictures and their truth.
"""

from .call import FAULTS, CallFrame, Plan, call, shuffled
from .cases import CASES, arranged_spec, case
from .render import Shot, render
from .spec import CLIENTS, LOOKS, Spec, random_spec
from .tiles import TruthTile

__all__ = [
    "CASES",
    "CLIENTS",
    "FAULTS",
    "LOOKS",
    "CallFrame",
    "Plan",
    "Shot",
    "Spec",
    "TruthTile",
    "arranged_spec",
    "call",
    "case",
    "random_spec",
    "render",
    "shuffled",
]
