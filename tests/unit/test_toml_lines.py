"""The line of every table and key of a TOML text."""

from __future__ import annotations

import pytest

from edge.runtime.toml_lines import LineIndex

TEXT = '''# a comment
[store]
tenant = "acme"   # [not.a.header]

[[door]]
id = "front"

[[door]]  # the second
id = "back"
  [door.options]
  deep.down = 1

[cloud]
note = """
[store]
id = 5
"""
"quoted key" = 1
list = [
  1,
]
inline = { a = 1 }
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("store",), 2),
        (("store", "tenant"), 3),
        (("door", 0), 5),
        (("door", 0, "id"), 6),
        (("door", 1), 8),
        (("door", 1, "id"), 9),
        (("door", 1, "options"), 10),
        (("door", 1, "options", "deep", "down"), 11),
        (("cloud", "note"), 14),
        (("cloud", "quoted key"), 18),
        (("cloud", "list", 0), 19),
        (("cloud", "inline", "a"), 22),
        (("store", "unwritten"), 2),
        (("nothing",), None),
        ((), None),
    ],
)
def test_a_path_has_the_line_where_it_is_written(path: tuple[str | int, ...], line: int | None) -> None:
    assert LineIndex(TEXT).line_of(path) == line
