"""Losses and their gradients beside PyTorch's, at kinks and ends too, where PyTorch is installed."""

import math

import pytest

from autograd_lite import Value, nn

torch = pytest.importorskip("torch")
functional = torch.nn.functional

NUMBERS = [0.0, 1.0, -1.0, 0.3, 2.0, 35.0, -40.0, 1000.0, -1000.0]


def slopes(loss, numbers):
    leaves = [Value(number) for number in numbers]
    result = loss(leaves)
    result.backward()
    return result.data, [leaf.grad for leaf in leaves]


def theirs(loss, numbers):
    leaves = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    result = loss(leaves)
    result.backward()
    return result.item(), leaves.grad.tolist()


def same(mine, reference, rel=1e-13):
    assert mine[0] == pytest.approx(reference[0], rel=rel, abs=1e-300)
    assert mine[1] == pytest.approx(reference[1], rel=rel, abs=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("mine", "reference"),
    [
        (nn.mse, functional.mse_loss),
        (nn.mae, functional.l1_loss),
        (nn.huber, functional.huber_loss),
        (nn.bce_with_logits, functional.binary_cross_entropy_with_logits),
    ],
)
def test_numbers(mine, reference, reduction):
    # Differences of 0, of exactly 1 (where Huber's pieces meet), and large ones.
    targets = [0.0, 0.0, 0.0, 0.3, 1.0, 1.0, 0.0, 0.0, 1.0]
    aims = torch.tensor(targets, dtype=torch.float64)
    same(
        slopes(lambda p: mine(p, targets, reduction), NUMBERS),
        theirs(lambda p: reference(p, aims, reduction=reduction), NUMBERS),
    )


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
def test_probabilities(y):
    probabilities = [0.0, 1e-6, 0.25, 0.5, 1.0 - 1e-6, 1.0]
    if 0.0 < y < 1.0:  # at 0 and 1 PyTorch's slope for such a target is of another size
        probabilities = probabilities[1:-1]
    aims = torch.full((len(probabilities),), y, dtype=torch.float64)
    mine = slopes(lambda p: nn.bce(p, [y] * len(probabilities), "sum"), probabilities)
    reference = theirs(lambda p: functional.binary_cross_entropy(p, aims, reduction="sum"), probabilities)
    assert mine[0] == pytest.approx(reference[0], rel=1e-13)
    # PyTorch's slope is 0 where the answer is certain and right; here it is that of the logarithm.
    certain = {k for k, p in enumerate(probabilities) if p == y}
    assert [s for k, s in enumerate(mine[1]) if k not in certain] == pytest.approx(
        [s for k, s in enumerate(reference[1]) if k not in certain], rel=1e-8
    )


@pytest.mark.parametrize("target", [0, 4, 8, "probabilities"])
def test_classes(target):
    if target == "probabilities":
        shares = [0.0, 0.5, 0.25, 0.0, 0.125, 0.125, 0.0, 0.0, 0.0]
        aim = torch.tensor(shares, dtype=torch.float64)
    else:
        shares, aim = target, torch.tensor(target)
    same(
        slopes(lambda p: nn.cross_entropy(p, shares), NUMBERS),
        theirs(lambda p: functional.cross_entropy(p, aim), NUMBERS),
        1e-12,
    )


def test_log_probabilities():
    logs = [[math.log(0.2), math.log(0.3), math.log(0.5)], [math.log(0.6), math.log(0.3), math.log(0.1)]]
    tensor = torch.tensor(logs, dtype=torch.float64)
    assert nn.nll(logs, [2, 0]) == pytest.approx(functional.nll_loss(tensor, torch.tensor([2, 0])).item(), rel=1e-14)
    aims = [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]
    wanted = functional.kl_div(tensor, torch.tensor(aims, dtype=torch.float64), reduction="batchmean").item()
    assert nn.kl_div(logs, aims) == pytest.approx(wanted, rel=1e-14)
