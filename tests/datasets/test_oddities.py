"""A set with all oddities at once becomes the right images, labels and counts."""

import zipfile

import odd_set
import pytest
from drawn_files import tarred

from datasets import catalogue
from datasets.conversion import converter, preview
from datasets.download import fetch


def source(form, tmp_path):
    if form == "folder":
        return odd_set.write(tmp_path / "my set")
    contents = {f"my set/{name}": raw for name, raw in odd_set.contents().items()}
    if form == "tar.gz":
        return tarred(tmp_path / "my set.tar.gz", contents)
    with zipfile.ZipFile(tmp_path / "my set.zip", "w") as archive:
        for name, raw in contents.items():
            archive.writestr(name.replace("/", "\\"), raw)
    return tmp_path / "my set.zip"


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_all_oddities_at_once(tmp_path, capsys, form):
    data_dir = tmp_path / "data dir"
    fetch.run(["folder", "odd"], str(source(form, tmp_path)), data_dir)
    assert f"--data_dir '{data_dir}'" in capsys.readouterr().out
    options = converter.ConversionOptions(image_size=16, workers=1, bad_images=0.05)
    info = converter.convert(catalogue.entry("odd", data_dir), data_dir, options)

    train, valid = 3 * odd_set.TRAIN + 4, 3 * odd_set.VALID
    assert info.contents.parts == {"train": train, "val": valid}
    counts = [odd_set.TRAIN + odd_set.VALID + more for more in (3, 1, 0)]
    assert info.contents.classes == dict(zip(odd_set.LEVELS, counts, strict=True))
    assert info.contents.converted == {"16-bit grey, by its own range": 1, "CMYK": 1}
    assert info.skipped == 1
    left = {suffix for counts in info.contents.left.values() for suffix in counts}
    assert {".txt", ".mp4", ".db", ".jpg", ".png"} <= left
    assert "deep/1.png" in info.contents.notes[0]

    for part in info.parts:
        for example in preview.stored(info.part(part)):
            level = example.images[0].mean()
            ramp = example.images[0].std() > 30
            expected = odd_set.LEVELS[example.caption]
            assert ramp or abs(level - expected) < 6, (example.caption, level)
