import pytest
from kept_study import Kept


@pytest.fixture
def kept(tmp_path):
    """See Kept."""
    return Kept(tmp_path / "s")
