"""What files that come with a form are called."""

import pytest

from activities.evidence.examine import check_name
from api.pages.uploads import clean


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Câmera 2.JPG", "Camera-2.JPG"),
        ("../../etc/passwd", "file.etc-passwd"),
        ("..", "file.bin"),
        ("照片", "file.bin"),
        (".hidden", "hidden.bin"),
        ("a..b.jpg", "a-b.jpg"),
        ("no extension", "no-extension.bin"),
        ('"><script>.png', "script.png"),
        ("x" * 500 + "." + "y" * 500, "x" * 114 + "." + "y" * 10),
    ],
)
def test_a_name_is_made_safe(given: str, name: str) -> None:
    assert clean(given) == name
    check_name(name)
