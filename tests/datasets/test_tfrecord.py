import hashlib

import pytest
import tensorflow as tf

from datasets import tfrecord


def written(path, layout, *examples):
    path.write_bytes(b"".join(layout.record(*example) for example in examples))
    return [
        tf.train.Example.FromString(data.numpy())
        for data in tf.data.TFRecordDataset(str(path))
    ]


@pytest.mark.parametrize("image_bytes", [1, 127, 128, 20_000])
def test_tensorflow_reads_what_was_written(tmp_path, image_bytes):
    layout = tfrecord.RecordLayout(image_bytes, classes=300, attributes=3)
    image = bytes(i % 251 for i in range(image_bytes))
    for example, label in zip(
        written(
            tmp_path / "x",
            layout,
            *((image, label, b"\1\0\1") for label in (0, 5, 299)),
        ),
        (0, 5, 299),
        strict=True,
    ):
        features = example.features.feature
        assert features["image"].bytes_list.value[0] == image
        assert list(features["label"].int64_list.value) == [label]
        assert list(features["attributes"].int64_list.value) == [1, 0, 1]


def test_what_a_dataset_lacks_is_not_in_its_examples(tmp_path):
    [example] = written(tmp_path / "x", tfrecord.RecordLayout(4), (b"abcd",))
    assert list(example.features.feature) == ["image"]


def test_every_record_has_the_same_length_and_places():
    layout = tfrecord.RecordLayout(10, classes=70_000, attributes=2)
    image, label, attributes = b"0123456789", 69_999, b"\1\0"
    record = layout.record(image, label, attributes)
    assert len(record) == layout.stride == len(layout.record(image, 0, attributes))
    start, length = layout.spans["image"]
    assert record[start : start + length] == image
    start, length = layout.spans["attributes"]
    assert record[start : start + length] == attributes
    start, length = layout.spans["label"]
    assert record[start : start + length] == tfrecord.varint(label, length)


def test_the_record_of_a_single_image_is_as_it_always_was():
    # The fingerprints of datasets that runs on disk record depend on every byte.
    record = tfrecord.RecordLayout(5, classes=300, attributes=2).record(
        b"abcde", 299, b"\1\0"
    )
    assert hashlib.sha256(record).hexdigest() == (
        "d0fe9f355470abf65421faeb55417aaea7a447ad30ae57b2c5f0d5e8759da60e"
    )


def test_a_record_can_have_several_images(tmp_path):
    layout = tfrecord.RecordLayout(3, images=("source", "target"))
    [example] = written(tmp_path / "x", layout, (b"abcdef",))
    features = example.features.feature
    assert sorted(features) == ["source", "target"]
    assert features["source"].bytes_list.value[0] == b"abc"
    assert features["target"].bytes_list.value[0] == b"def"
    start, length = layout.spans["target"]
    assert layout.record(b"abcdef")[start : start + length] == b"def"


def test_a_wrong_amount_of_pixels_is_refused():
    with pytest.raises(ValueError, match="image has 3 bytes, not 4"):
        tfrecord.RecordLayout(4).record(b"abc")
    pair = tfrecord.RecordLayout(4, images=("source", "target"))
    with pytest.raises(ValueError, match="target has 5 bytes, not 4"):
        pair.record(b"123456789")


def test_varints_are_padded_to_their_width():
    assert tfrecord.varint(300) == b"\xac\x02"
    assert tfrecord.varint(5, 3) == b"\x85\x80\x00"


def test_a_negative_number_has_no_varint():
    with pytest.raises(ValueError, match="-1 is negative"):
        tfrecord.varint(-1)


def test_crc32c_is_castagnolis(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"123456789")
    assert tfrecord.crc32c(path) == 0xE3069283  # the check value of CRC-32C
    assert tfrecord.checksum() == b"\xd8\xea\x82\xa2"
