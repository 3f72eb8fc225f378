"""`gpt`: teach a small language model names, and let it invent some."""

import argparse
import json
import math
import random
import time
from pathlib import Path

from autograd_lite.cli.arguments import number, whole
from autograd_lite.cli.errors import INTERRUPTED, CommandError, misused
from autograd_lite.cli.options import ENGINES, add_json, add_quiet, add_seed
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Progress, Terminal

EXAMPLES = (
    "",
    "--steps 5000 --batch 8 --temperature 0.7",
    "--words towns.txt --width 24",
)


def add_arguments(parser: Parser) -> None:
    """The words, the model, and how long it learns."""
    add = parser.add_argument
    add("--steps", type=whole(1, 100_000_000), default=2000, metavar="N", help="of training (default 2000)")
    add("--batch", type=whole(1, 100_000), default=8, metavar="N", help="words a step (default 8)")
    add("--lr", type=number(0), default=0.01, metavar="RATE", help="the learning rate at the beginning (default 0.01)")
    add("--engine", choices=ENGINES, default="auto", metavar="NAME", help="eager, python, llvm, or auto (default)")
    add("--words", metavar="FILE", help="learn these words, one a line, instead of names")
    add("--width", type=whole(1, 1024), default=16, metavar="N", help="length of the vectors (default 16)")
    add("--heads", type=whole(1, 1024), default=4, metavar="N", help="attention heads (default 4)")
    add("--layers", type=whole(1, 100), default=1, metavar="N", help="blocks (default 1)")
    add("--count", type=whole(0, 1_000_000), default=20, metavar="N", help="words to invent (default 20)")
    add(
        "--temperature",
        type=number(0),
        default=0.5,
        metavar="T",
        help="small: likely words; 1: as probable as learned (default 0.5)",
    )
    add_seed(parser, "weights, order and words")
    add_json(parser)
    add_quiet(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Train the model, and print what it writes."""
    from autograd_lite.gpt import GPT, Alphabet, load_names, train

    words = _words(args.words) if args.words else load_names(seed=args.seed)
    alphabet = Alphabet(words)
    try:
        model = GPT(
            len(alphabet),
            width=args.width,
            heads=args.heads,
            layers=args.layers,
            context=max(map(len, words)) + 1,
            seed=args.seed,
        )
    except ValueError as error:
        misused(str(error))
    terminal.note(
        f"{len(words)} words in an alphabet of {len(alphabet.characters)} letters; {len(model.parameters())} parameters"
    )
    if args.engine != "eager":
        terminal.note("compiling the training step ...")
    progress = Progress(terminal, args.steps, "step")
    start, seen = time.perf_counter(), [math.nan]

    def show(step: int, loss: float) -> None:
        seen[0] = loss if math.isnan(seen[0]) else 0.95 * seen[0] + 0.05 * loss
        progress.update(step, loss=seen[0])

    interrupted = False
    losses: list[float] = []
    try:
        losses = train(
            model, [alphabet.encode(word) for word in words], steps=args.steps, batch_size=args.batch, lr=args.lr,
            seed=args.seed, engine=args.engine, callback=show,
        )  # fmt: skip
    except KeyboardInterrupt:
        interrupted = True
    except ImportError as error:
        raise CommandError(str(error)) from None
    finally:
        progress.close()
    seconds = time.perf_counter() - start
    last = losses[-min(100, len(losses)) :]
    loss = math.fsum(last) / len(last) if last else seen[0]
    terminal.note(
        f"loss {loss:.3f} nats a letter after {seconds:.1f} s; knowing nothing would be {math.log(len(alphabet)):.3f}"
    )
    rng = random.Random(args.seed)
    invented = [alphabet.decode(model.generate(rng, args.temperature)) for _ in range(args.count)]
    for word in invented:
        terminal.result(word)
    if args.json:
        summary = {
            "parameters": len(model.parameters()),
            "steps": len(losses),
            "seconds": round(seconds, 3),
            "train_loss": loss,
            "words": invented,
        }
        terminal.result(json.dumps(summary, ensure_ascii=False))
    return INTERRUPTED if interrupted else 0


def _words(path: str) -> list[str]:
    try:
        words = [line.strip().lower() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text (byte {error.start})") from None
    words = [word for word in words if word]
    if not words:
        raise CommandError(f"{path} has no words; one a line is expected")
    longest = max(words, key=len)
    if len(longest) > 40:
        raise CommandError(f"{path}: words have at most 40 letters, one a line; this has {len(longest)}: {longest[:30]}...")
    return words
