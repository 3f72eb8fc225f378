"""The classic small data sets that scikit-learn carries in its wheel: nothing is downloaded."""

from typing import Any

from autograd_lite.data.dataset import Dataset

#: Our name, scikit-learn's loader, what is predicted, a sentence.
BUNDLED: dict[str, tuple[str, str, str]] = {
    "iris": ("load_iris", "species", "150 flowers of three species, by petal and sepal"),
    "wine": ("load_wine", "cultivar", "178 wines of three growers, by chemical analysis"),
    "breast_cancer": ("load_breast_cancer", "diagnosis", "569 tumours, malignant or benign, by 30 measures of cells"),
    "digits": ("load_digits", "digit", "1797 handwritten digits as 8x8 grey images"),
    "diabetes": ("load_diabetes", "progression", "442 patients: progression of diabetes after a year (regression)"),
}


def bundled(name: str) -> Dataset:
    """One of scikit-learn's small data sets, as lists of floats.

    Parameters
    ----------
    name : {"iris", "wine", "breast_cancer", "digits", "diabetes"}

    Raises
    ------
    ImportError
        If scikit-learn is not installed; the message names the extra to install.

    Examples
    --------
    >>> bundled("iris").class_counts
    {'setosa': 50, 'versicolor': 50, 'virginica': 50}
    """
    loader, target, description = BUNDLED[name]
    found: Any = getattr(_sklearn_datasets(name), loader)()
    classes = tuple(str(label) for label in getattr(found, "target_names", ()))
    labels = found.target.tolist()
    return Dataset(
        name,
        found.data.astype(float).tolist(),
        [int(label) for label in labels] if classes else [float(label) for label in labels],
        tuple(str(feature) for feature in found.feature_names),
        classes,
        task="classification" if classes else "regression",
        target_name=target,
        description=description,
    )


def _sklearn_datasets(name: str) -> Any:
    try:
        import sklearn.datasets
    except ImportError:
        raise ImportError(
            f"the data set {name!r} comes with scikit-learn, which is not installed: "
            'pip install "autograd-lite[data]" (moons, circles, spirals and the gates need nothing)'
        ) from None
    return sklearn.datasets
