"""What a call of a compiled function costs that reads the parameters of a model from outside: they are read anew at each call, and
whatever else it reads is compared with what it was.

Run: python benchmarks/closures.py
"""

import argparse
import timeit

from autograd_lite import jit, nn

INPUTS = [0.1 * k for k in range(10)]
REPEATS, CALLS = 1000, 10


def microseconds(call):
    """Of one call; of many tries the least counts."""
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS * 1e6


def compiled(backend):
    """A function compiled for a model of 304 parameters, which it reads from outside."""
    model = nn.MLP(10, [20, 4], activation="tanh", seed=0)
    f = jit(lambda x: model(x), backend=backend)
    f(INPUTS)
    return f


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for backend in ("python", "llvm"):
        f = compiled(backend)
        variant = f.variants[0]
        print(
            f"{backend}: {microseconds(lambda f=f: f(INPUTS)):.1f} us a call, "
            f"{microseconds(lambda variant=variant: variant.run(INPUTS)):.1f} us of it the program and its inputs"
        )
