import pytest

from notes import create_app


@pytest.fixture
def client(tmp_path):
    return create_app({"TESTING": True, "DATABASE": tmp_path / "notes.sqlite"}).test_client()
