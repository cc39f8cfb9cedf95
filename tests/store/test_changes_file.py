"""The file of changes on a real disk: whatever moment the writer dies at, the old or the new one is there, and the next change is taken."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from edge.runtime.changes_file import KEPT, ChangesFile, ChangesUnreadable, Kept
from edge.runtime.overlay import Overlay
from edge.runtime.settings import is_split
from tests.changed_files import keep

PRICES = [{"product": [{"gtin": "4000000000013", "price_minor": price}]} for price in range(100, 140)]
DYING = textwrap.dedent(
    """
    import json, os, resource, signal, sys
    from pathlib import Path
    from edge.runtime.changes_file import ChangesFile, Kept
    from edge.runtime.overlay import Overlay
    from edge.runtime.settings import is_split

    folder, how = Path(sys.argv[1]), sys.argv[2]
    def kept(number):
        rows = [{"gtin": str(n), "name": "x" * n, "price_minor": number} for n in range(1, 25)]
        overlay = Overlay().with_changes({}, {"product": rows, "visit.pulse_s": float(number)})
        reason = "p" * 900 * (number % 2)  # every other one is larger than the one before it
        return Kept(number=number, by="maria", reason=reason, at_unix_s=None, places=("product",), overlay=overlay)

    def dies_at(moment, number):
        child = os.fork()
        if child == 0:
            if how == "byte":
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                resource.setrlimit(resource.RLIMIT_FSIZE, (moment, moment))
            else:
                left = [moment]
                def count(event, arguments):
                    if event in ("open", "os.rename", "os.remove", "os.listdir"):
                        left[0] -= 1
                        if left[0] < 0:
                            os.kill(os.getpid(), signal.SIGKILL)
                sys.addaudithook(count)
            ChangesFile(folder, is_split).write(kept(number))
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    file = ChangesFile(folder, is_split)
    file.write(kept(1))
    file.write(kept(2))
    largest = file.path.stat().st_size + 1000
    number, told, died = 2, [], 0
    for moment in range(0, largest + 200, 97) if how == "byte" else range(24):
        code = dies_at(moment, number + 1)
        found = file.current()
        assert found in (kept(number), kept(number + 1)), (moment, found)
        died += code != 0
        told.append(found.number - number)
        if found.number == number:
            file.write(kept(number + 1))  # the next start, and the same person again
        number += 1
        assert file.current() == kept(number), moment
        assert [one.number for one in file.earlier()][:2] == [number - 1, number - 2], moment
    print(json.dumps({"died": died, "old": told.count(0), "new": told.count(1), "left": sorted(os.listdir(folder))}))
    """
)


@pytest.mark.parametrize("how", ["byte", "call"])
def test_a_writer_that_dies_at_any_moment_leaves_the_old_or_the_new_one(tmp_path: Path, how: str) -> None:
    done = subprocess.run([sys.executable, "-c", DYING, str(tmp_path), how], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["old"] >= 3
    assert told["new"] >= 1
    assert told["died"] > told["old"] - 1
    assert [name for name in told["left"] if name.endswith(".part")] == []
    assert len(told["left"]) <= KEPT + 2


def test_earlier_changes_are_kept_and_the_oldest_go(tmp_path: Path) -> None:
    file = keep(tmp_path, {}, *PRICES)
    newest = file.current()
    assert newest is not None
    assert newest.number == file.highest() == len(PRICES)
    assert [one.number for one in file.earlier()] == list(range(len(PRICES) - 1, len(PRICES) - 1 - KEPT, -1))
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


def test_a_damaged_file_is_refused_in_words_kept_for_the_support_and_replaced_by_the_next_change(tmp_path: Path) -> None:
    file = keep(tmp_path, {}, *PRICES[:3])
    file.path.write_text(file.path.read_text().replace("102", "1"))
    with pytest.raises(ChangesUnreadable, match=r"changes\.toml: its checksum is wrong"):
        file.current()
    assert [one.number for one in file.earlier()] == [2, 1]
    assert file.highest() == 3
    file.write(Kept(number=4, by="maria", reason="again", at_unix_s=None, places=(), overlay=Overlay()))
    assert (tmp_path / "changes-unreadable.toml").is_file()
    newest = file.current()
    assert newest is not None
    assert newest.number == 4


def test_a_folder_in_its_place_is_no_file_of_changes(tmp_path: Path) -> None:
    (tmp_path / "changes.toml").mkdir()
    with pytest.raises(ChangesUnreadable, match="cannot be read: Is a directory"):
        ChangesFile(tmp_path, is_split).current()


def test_a_format_of_a_newer_release_asks_for_the_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.runtime.changes_file.FORMAT", 2)
    file = keep(tmp_path, {}, PRICES[0])
    monkeypatch.undo()
    with pytest.raises(ChangesUnreadable, match="this release knows 1: update first"):
        file.current()


def test_a_full_disk_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = keep(tmp_path, {}, PRICES[0])
    before = file.current()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)  # a real full disk needs a file system of its own
    with pytest.raises(OSError, match="No space left"):
        file.write(Kept(number=2, by="maria", reason="again", at_unix_s=None, places=(), overlay=Overlay()))
    assert file.current() == before
    assert [path.name for path in tmp_path.iterdir()] == ["changes.toml"]
