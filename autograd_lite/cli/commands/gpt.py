"""`gpt`: teach a small language model names, and let it invent some."""

import math
import random
import time
from collections.abc import Sequence
from typing import Any

from autograd_lite.cli import options
from autograd_lite.cli.command import command, option
from autograd_lite.cli.errors import INTERRUPTED, MISUSED, CommandError, refusing
from autograd_lite.cli.files import reading
from autograd_lite.cli.terminal import Terminal
from autograd_lite.files import read_whole


@command("", "--steps 5000 --batch 8 --temperature 0.7", "--words towns.txt --width 24")
@option("--steps", type=options.WholeNumber(1, 100_000_000), default=2000, metavar="N", help="Of training.")
@option("--batch", type=options.WholeNumber(1, 100_000), default=8, metavar="N", help="Words a step.")
@option("--lr", type=options.positive, default=0.01, metavar="RATE", help="The learning rate at the beginning.")
@option("--engine", default="auto", **options.one_of(options.ENGINES, "What computes; auto takes what pays"))
@options.file("--words", help="Learn these words, one a line, instead of names.")
@option("--width", type=options.WholeNumber(1, 1024), default=16, metavar="N", help="Length of the vectors.")
@option("--heads", type=options.WholeNumber(1, 1024), default=4, metavar="N", help="Attention heads.")
@option("--layers", type=options.WholeNumber(1, 100), default=1, metavar="N", help="Blocks.")
@option("--count", type=options.WholeNumber(0, 1_000_000), default=20, metavar="N", help="Words to invent.")
@option("--temperature", type=options.positive, default=0.5, metavar="T", help="1: as probable as learned; less: safer.")
@options.seed(help="Of weights, order and words.")
@options.json_line()
@options.quiet()
def gpt(args: Any, terminal: Terminal) -> int:
    """Teach a small language model names, and let it invent some."""
    from autograd_lite.gpt import GPT, Alphabet, load_names

    words = _words(args.words) if args.words else load_names(seed=args.seed)
    alphabet = Alphabet(words)
    context = max(map(len, words)) + 1
    with refusing(ValueError, code=MISUSED):
        model = GPT(len(alphabet), width=args.width, heads=args.heads, layers=args.layers, context=context, seed=args.seed)
    size = len(model.parameters())
    terminal.note(f"{len(words)} words in an alphabet of {len(alphabet.characters)} letters; {size} parameters")
    start = time.perf_counter()
    losses, loss, interrupted = _trained(model, [alphabet.encode(word) for word in words], args, terminal)
    seconds = time.perf_counter() - start
    nothing = math.log(len(alphabet))
    terminal.note(f"loss {loss:.3f} nats a letter after {seconds:.1f} s; knowing nothing would be {nothing:.3f}")
    rng = random.Random(args.seed)
    invented = [alphabet.decode(model.generate(rng, args.temperature)) for _ in range(args.count)]
    for word in invented:
        terminal.result(word)
    if args.json:
        summary = {"parameters": size, "steps": len(losses), "seconds": round(seconds, 3), "train_loss": loss}
        terminal.json({**summary, "words": invented})
    return INTERRUPTED if interrupted else 0


def _trained(model: Any, words: list[list[int]], args: Any, terminal: Terminal) -> tuple[Sequence[float], float, bool]:
    """The losses of a training, the loss at its end, and whether Ctrl-C has ended it."""
    from autograd_lite.gpt import train
    from autograd_lite.nn import TrainingError

    if args.engine != "eager":
        terminal.note("compiling the training step ...")
    smooth = math.nan

    def show(step: int, loss: float) -> None:
        nonlocal smooth
        smooth = loss if math.isnan(smooth) else 0.95 * smooth + 0.05 * loss
        progress.show(step, loss=smooth)

    settings = {"steps": args.steps, "batch_size": args.batch, "lr": args.lr, "seed": args.seed, "engine": args.engine}
    broken = refusing(TrainingError, before=f"training with --lr {args.lr:g} broke down: ")
    try:
        with broken, terminal.progress(args.steps, "step") as progress:
            losses = train(model, words, callback=show, **settings)
    except KeyboardInterrupt:
        return [], smooth, True
    last = losses[-100:]
    return losses, math.fsum(last) / len(last), False


def _words(path: str) -> list[str]:
    with reading(path), refusing(UnicodeDecodeError, before=f"{path} is not UTF-8 text: "):
        words = [line.strip().lower() for line in read_whole(path).decode("utf-8-sig").splitlines()]
    words = [word for word in words if word]
    if not words:
        raise CommandError(f"{path} has no words; one a line is expected")
    longest = max(words, key=len)
    if len(longest) > 40:
        raise CommandError(f"{path}: words have at most 40 letters, one a line; this has {len(longest)}: {longest[:30]}...")
    return words
