"""Labels and attributes of any format are those that its classes and names allow."""

import dataclasses

import numpy as np
import pytest

from common.errors import UserError
from datasets.sources import raw_items

PIXELS = np.zeros((3, 8, 8), np.uint8)
CLASSES = ("a", "b")


def items(labels=(0, 1, 1), attributes=((0,), (1,), (1,))):
    array = raw_items.of_array(PIXELS, np.array(labels), CLASSES)
    return dataclasses.replace(
        array, attributes=np.array(attributes), attribute_names=("old",)
    )


def test_whole_numbers_of_any_type_become_labels_and_attributes():
    checked = raw_items.checked(items(labels=(0.0, 1.0, 1.0)), "x")
    assert checked.labels.tolist() == [0, 1, 1]
    assert (checked.labels.dtype, checked.attributes.dtype) == (np.int64, np.uint8)


@pytest.mark.parametrize("label", [-1, 2, 0.5, np.nan, np.inf])
def test_a_label_that_no_class_has_is_named(label):
    with pytest.raises(UserError, match=rf"x: label {label} of number 1 .* 0 to 1"):
        raw_items.checked(items(labels=(0, label, 1)), "x")


def test_an_attribute_is_0_or_1():
    with pytest.raises(UserError, match=r"x: attribute 2 of number 2 .* 0 to 1"):
        raw_items.checked(items(attributes=((0,), (1,), (2,))), "x")


@pytest.mark.parametrize("rows", [((0,), (1,)), ((0, 1), (1, 1), (1, 0))])
def test_every_item_has_a_row_of_all_attributes(rows):
    with pytest.raises(UserError, match=r"x: attributes are .* where \[3, 1\]"):
        raw_items.checked(items(attributes=rows), "x")


def test_every_item_has_a_label():
    with pytest.raises(UserError, match=r"x: labels are \[2\] where \[3\] are needed"):
        raw_items.checked(items(labels=(0, 1)), "x")
