"""`python -m tests.hunt --seconds 1800 --seed 7`: hunt for half an hour, and print what is found as code."""

import argparse
import sys

from .runner import KINDS, hunt_for

parser = argparse.ArgumentParser(prog="python -m tests.hunt", description=__doc__)
parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
parser.add_argument("--seed", type=int, default=0, help="where to begin; the same seed tries the same texts (default: 0)")
parser.add_argument(
    "--kind", action="append", choices=sorted(KINDS), help="only this kind; may be given again (default: all)"
)
given = parser.parse_args()
finds = hunt_for(given.seconds, given.seed, given.kind or list(KINDS))
print(f"{len(finds)} found" if finds else "nothing found")
sys.exit(bool(finds))
