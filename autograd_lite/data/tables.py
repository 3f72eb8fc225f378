"""The small tables that are written out: the four gates, and a table of people with a yes or no beside each."""

from autograd_lite.data.dataset import Dataset
from autograd_lite.data.errors import DataError, did_you_mean

#: For each gate its output at (0,0), (0,1), (1,0), (1,1).
GATES: dict[str, tuple[int, int, int, int]] = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xor": (0, 1, 1, 0),
    "xnor": (1, 0, 0, 1),
}

#: Height in cm, weight in kg, eye size in mm, nose height in mm, and whether the person is liked.
_PEOPLE: tuple[tuple[float, float, float, float, int], ...] = (
    (178, 70, 31, 22, 1),
    (165, 72, 26, 15, 0),
    (182, 76, 29, 20, 1),
    (171, 88, 27, 16, 0),
    (169, 58, 33, 21, 1),
    (160, 66, 28, 14, 0),
    (185, 79, 32, 23, 1),
    (174, 91, 30, 17, 0),
    (176, 68, 30, 19, 1),
    (158, 61, 25, 16, 0),
    (180, 73, 28, 21, 1),
    (167, 80, 29, 15, 0),
    (172, 63, 34, 20, 1),
    (163, 70, 27, 17, 0),
    (188, 84, 31, 22, 1),
    (170, 85, 26, 18, 0),
    (177, 71, 33, 18, 1),
    (161, 74, 30, 16, 0),
    (181, 75, 30, 23, 1),
    (168, 77, 25, 17, 0),
    (173, 66, 31, 22, 1),
    (159, 68, 29, 15, 0),
    (184, 78, 29, 19, 1),
    (166, 83, 28, 18, 0),
    (175, 69, 32, 20, 1),
    (164, 78, 31, 14, 0),
    (179, 74, 34, 21, 1),
    (162, 64, 26, 15, 0),
    (170, 60, 32, 23, 1),
    (176, 95, 27, 16, 0),
    (183, 77, 33, 20, 1),
    (169, 82, 30, 14, 0),
)


def gate(name: str) -> Dataset:
    """The truth table of a logical gate of two inputs: all four rows, so nothing can be held out.

    Parameters
    ----------
    name : {"and", "or", "nand", "nor", "xor", "xnor"}
        Upper or lower case.

    Returns
    -------
    Dataset

    Examples
    --------
    >>> for row, output in gate("XOR"):
    ...     print(row, output)
    [0.0, 0.0] 0
    [0.0, 1.0] 1
    [1.0, 0.0] 1
    [1.0, 1.0] 0
    """
    outputs = GATES.get(str(name).lower())
    if outputs is None:
        raise DataError(f"no gate {name!r}; the gates are {', '.join(GATES)}.{did_you_mean(str(name), GATES)}")
    return Dataset(
        name.lower(),
        [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
        list(outputs),
        ("a", "b"),
        ("0", "1"),
        target_name=name.upper(),
        description=f"the truth table of {name.upper()}",
        complete=True,
    )


def toy_table() -> Dataset:
    """Four measures of a person, and whether the person is liked: the table a first network is explained with.

    The people are made up.  The taste behind the answers is mostly the build (weight against height), then eyes and nose.

    >>> toy_table().feature_names
    ('height', 'weight', 'eye size', 'nose height')
    """
    return Dataset(
        "toy",
        [[float(number) for number in row[:4]] for row in _PEOPLE],
        [row[4] for row in _PEOPLE],
        ("height", "weight", "eye size", "nose height"),
        ("not liked", "liked"),
        target_name="liked",
        description="height (cm), weight (kg), eye size (mm), nose height (mm) of 32 made-up people: liked or not",
    )
