"""What download.py says of a source that it refuses."""

import pytest

from common.errors import UserError
from datasets.download import fetch


def refusal(source, data_dir):
    """Why it is refused; nothing of it is left in the data directory."""
    with pytest.raises(UserError) as error:
        fetch.run(["folder", "mine"], str(source), data_dir)
    assert not list(data_dir.iterdir())
    return str(error.value)
