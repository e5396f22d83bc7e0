"""The notebooks in notebooks/ are valid, show their pictures, and run."""

import base64
import json
import pathlib

import notebook_cells
import pytest

ROOT = pathlib.Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 1_000_000
OF_A_CELL = {"id", "cell_type", "metadata", "source"}
OF_CODE = OF_A_CELL | {"execution_count", "outputs"}
EPOCHS, FEWER = "EPOCHS = 48", "EPOCHS = 6"

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    """The code cells of a notebook."""
    cells = json.loads(path.read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def kinds(outputs):
    """What each output of a cell is, and in which formats."""
    return [(o["output_type"], sorted(o.get("data", ()))) for o in outputs]


@each_notebook
def test_it_has_the_keys_of_nbformat_4(path):
    notebook = json.loads(path.read_text())
    assert notebook["nbformat"] == 4
    assert notebook["nbformat_minor"] >= 5  # cells have ids
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        expected = {"markdown": OF_A_CELL, "code": OF_CODE}[cell["cell_type"]]
        assert cell.keys() == expected
        assert all(isinstance(line, str) for line in cell["source"])
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


@each_notebook
def test_it_was_run_from_above_to_below_and_shows_pictures(path):
    cells = code_cells(path)
    assert [c["execution_count"] for c in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    pictures = [
        o["data"]["image/png"] for o in outputs if "image/png" in kinds([o])[0][1]
    ]
    assert len(pictures) >= 5
    assert all(base64.b64decode(png).startswith(b"\x89PNG") for png in pictures)
    assert path.stat().st_size < MOST_BYTES


def test_the_first_gan_runs_as_its_outputs_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = ROOT / "notebooks" / "first-gan.ipynb"
    text = path.read_text()
    assert EPOCHS in text
    outputs = notebook_cells.run(json.loads(text.replace(EPOCHS, FEWER)))
    for cell, own in zip(code_cells(path), outputs, strict=True):
        assert kinds(own) == kinds(cell["outputs"])
    assert outputs[-1][0]["data"]["text/plain"] == ["True"]
    assert (tmp_path / "first-gan.keras").is_file()
