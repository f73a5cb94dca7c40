"""Publishing when anything fails, is killed, or happens twice at once."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smartvest import snapshots
from tests.core.tiny import leftovers, publish, value_of

OPERATIONS = ("open", "write", "fsync", "mkdir", "rename", "replace", "unlink", "rmdir")


class Counting:
    """Wraps every file operation of ``os``; before the n-th one ``strike`` is called with its name and arguments."""

    def __init__(self, nth: int, strike: Callable[..., None]):
        self.nth, self.strike, self.seen = nth, strike, 0
        self.names: list[str] = []

    def install(self, patch: Callable[[object, str, object], None]) -> None:
        for name in OPERATIONS:
            patch(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: Callable):
        def operation(*args, **kwargs):
            self.seen += 1
            self.names.append(name)
            if self.seen == self.nth:
                self.strike(name, real, args)
            return real(*args, **kwargs)

        return operation


def operations_of_a_publish(data: Path, monkeypatch: pytest.MonkeyPatch, has_old: bool) -> int:
    if has_old:
        publish(data, 1)
    counting = Counting(-1, lambda *_: None)
    with monkeypatch.context() as patched:
        counting.install(patched.setattr)
        publish(data, 2, minute=1)
    assert {"open", "write", "fsync", "mkdir", "rename", "replace", "unlink"} <= set(counting.names)
    return counting.seen


@pytest.mark.parametrize(("has_old", "error"), [(True, errno.EIO), (True, errno.ENOSPC), (False, errno.ENOSPC)])
def test_a_failing_operation_leaves_old_or_new_and_no_trace(tmp_path, monkeypatch, has_old, error):
    total = operations_of_a_publish(tmp_path / "count", monkeypatch, has_old)

    def strike(name, real, args):
        if name == "write" and error == errno.ENOSPC:
            real(args[0], bytes(args[1])[:7])  # the disk takes a few bytes more, then it is full
        raise OSError(error, os.strerror(error))

    for nth in range(1, total + 1):
        data = tmp_path / f"n{nth}"
        old = publish(data, 1) if has_old else None
        counting = Counting(nth, strike)
        with monkeypatch.context() as patched:
            counting.install(patched.setattr)
            try:
                new = publish(data, 2, minute=1)
            except (OSError, snapshots.SnapshotError):
                new = None
        assert counting.seen >= nth, "the operation never came: the test would be empty"
        assert snapshots.current_id(data) == (new or old), f"operation {nth}: {counting.names[nth - 1]}"
        assert snapshots.ids(data) == [i for i in (old, new) if i]
        traces = leftovers(data)
        # Only the removal of the note can fail without being repeated; the next publish takes it away.
        assert traces == ([".publishing"] if counting.names[nth - 1] == "unlink" and traces else [])
        if served := new or old:
            assert value_of(snapshots.open_snapshot(data, served)) == (2 if new else 1)
        assert value_of(snapshots.open_snapshot(data, publish(data, 3, minute=2))) == 3
        assert leftovers(data) == []


def test_short_writes_are_completed(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, bytes(content)[:100]))
    assert value_of(snapshots.open_snapshot(tmp_path, publish(tmp_path, 5))) == 5


def in_child(work: Callable[[], None]) -> int:
    """Run in a forked process; its exit status."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.parametrize("has_old", [True, False], ids=["second", "first"])
def test_kill_9_at_every_operation_leaves_readers_whole(tmp_path, monkeypatch, has_old):
    total = operations_of_a_publish(tmp_path / "count", monkeypatch, has_old)
    seen_new = 0
    for nth in range(1, total + 1):
        data = tmp_path / f"n{nth}"
        old = publish(data, 1) if has_old else None

        def strike(name, real, args):
            if name == "write":
                real(args[0], bytes(args[1])[:7])
            os.kill(os.getpid(), signal.SIGKILL)

        def killed(nth=nth, data=data, strike=strike):
            Counting(nth, strike).install(setattr)
            publish(data, 2, minute=1)

        assert os.WTERMSIG(in_child(killed)) == signal.SIGKILL
        current = snapshots.current_id(data)
        if current is None:
            assert not has_old and snapshots.ids(data) == []
        else:
            seen_new += current != old
            assert value_of(snapshots.open_snapshot(data, current)) == (1 if current == old else 2)
            assert snapshots.ids(data) == [i for i in dict.fromkeys((old, current)) if i]
        after = publish(data, 3, minute=2)
        assert leftovers(data) == []
        assert snapshots.ids(data) == [i for i in dict.fromkeys((old, current, after)) if i]
    assert 0 < seen_new < total


def test_rollback_after_a_kill_behind_the_pointer_keeps_the_newer_snapshot(tmp_path):
    """The note of a publisher killed after its last replace once made the next rollback's successor delete it."""
    old = publish(tmp_path, 1)
    new = publish(tmp_path, 2, minute=1)
    (snapshots.folder(tmp_path) / ".publishing").write_text(new)
    snapshots.rollback(tmp_path, old)
    assert snapshots.ids(tmp_path) == [old, new]
    newest = publish(tmp_path, 3, minute=2)
    assert snapshots.ids(tmp_path) == [old, new, newest]


def test_what_was_never_published_can_not_be_rolled_back_to(tmp_path):
    old = publish(tmp_path, 1)
    orphan = publish(tmp_path, 2, minute=1)
    root = snapshots.folder(tmp_path)
    (root / "CURRENT").write_text(f"{old}\n")
    (root / ".publishing").write_text(orphan)
    assert snapshots.ids(tmp_path) == [old]
    with pytest.raises(snapshots.UnknownSnapshot):
        snapshots.rollback(tmp_path, orphan)
    assert snapshots.current_id(tmp_path) == old


def test_concurrent_publishers_never_collide_and_readers_never_see_a_mixture(tmp_path):
    publish(tmp_path, 99)
    children = []
    for worker in range(3):
        child = os.fork()
        if child == 0:
            try:
                for turn in range(5):
                    publish(tmp_path, 100 + 10 * worker + turn, minute=turn)
                os._exit(0)
            except BaseException:
                os._exit(1)
        children.append(child)
    reads: list[int] = []
    faults: list[object] = []

    def read():
        while not done.is_set():
            try:
                opened, refused = snapshots.open_newest_good(tmp_path)
                reads.append(value_of(opened))
                faults.extend(refused)
            except Exception as error:
                faults.append(error)

    done = threading.Event()
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    statuses = [os.waitpid(child, 0)[1] for child in children]
    done.set()
    for reader in readers:
        reader.join()
    assert statuses == [0, 0, 0] and faults == [] and len(reads) > 5
    names = snapshots.ids(tmp_path)
    assert len(names) == 16 and leftovers(tmp_path) == []
    assert sorted(value_of(snapshots.open_snapshot(tmp_path, n)) for n in names)[:2] == [99, 100]
    previous = [snapshots.manifest(tmp_path, n).previous for n in names]
    assert len(set(previous)) == 16, "two publishers built on the same predecessor: they were not kept apart"


def test_a_publisher_that_waits_too_long_says_so(tmp_path):
    root = snapshots.folder(tmp_path)
    root.mkdir()
    with snapshots.publishing_alone(root):
        started = time.monotonic()
        with pytest.raises(snapshots.SnapshotError, match="another publish is running"):
            with snapshots.publishing_alone(root, patience_s=0.1):
                pass
    assert time.monotonic() - started < 5


def test_a_read_only_directory_is_refused_in_one_sentence(tmp_path, monkeypatch):
    old = publish(tmp_path, 1)

    def refuse(path, flags, *args, **kwargs):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, *args, **kwargs)

    real = os.open
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(snapshots.SnapshotError, match="^nothing can be published in .*: Read-only file system$"):
        publish(tmp_path, 2)
    assert value_of(snapshots.open_newest_good(tmp_path)[0]) == 1 and snapshots.ids(tmp_path) == [old]
