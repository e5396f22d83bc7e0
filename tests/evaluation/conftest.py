import pytest

from evaluation.pictures import grids


@pytest.fixture
def captions(monkeypatch):
    """All captions that are written, left and right, from the lowest up."""
    written = []
    caption = grids.caption
    monkeypatch.setattr(
        grids, "caption", lambda *args: written.append(args[1:]) or caption(*args)
    )
    return written
