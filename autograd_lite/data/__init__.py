"""Data to learn from: generated, bundled, read from a file or from memory; scaled and split.

>>> from autograd_lite import data
>>> train, held_out = data.train_test_split(data.load("moons"), test=0.25, seed=1)
>>> scaler = data.Scaler.fit(train.x)
>>> len(train), len(held_out), len(scaler.transform(held_out.x))
(150, 50, 50)

Everything is lists of floats.  Only the data sets that come with scikit-learn need something installed.
"""

from autograd_lite.data.arrays import encode_rows, from_arrays
from autograd_lite.data.bundled import bundled
from autograd_lite.data.columns import Column, decode_rows
from autograd_lite.data.csv_file import read_csv, read_features, read_targets
from autograd_lite.data.dataset import Dataset
from autograd_lite.data.encoding import encode_labels, one_hot
from autograd_lite.data.errors import DataError
from autograd_lite.data.registry import SOURCES, Source, load, names
from autograd_lite.data.scaling import Scaler
from autograd_lite.data.splits import k_folds, train_test_split
from autograd_lite.data.synthetic import blobs, circles, moons, polynomial, sine, spirals, xor_blobs
from autograd_lite.data.table import Table, read_table
from autograd_lite.data.tables import gate, toy_table

__all__ = [
    "SOURCES", "Column", "DataError", "Dataset", "Scaler", "Source", "Table", "blobs", "bundled", "circles", "decode_rows",
    "encode_labels", "encode_rows", "from_arrays", "gate", "k_folds", "load", "moons", "names", "one_hot", "polynomial",
    "read_csv", "read_features", "read_table", "read_targets", "sine", "spirals", "toy_table", "train_test_split",
    "xor_blobs",
]  # fmt: skip
