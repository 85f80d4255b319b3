"""One holder at a time; a lock goes with the file that holds it, however its holder went."""

import os
import subprocess
import sys

from planning.file_locks import is_held, locked


def test_one_holds_a_lock_until_it_lets_go(tmp_path):
    file = tmp_path / "lock"
    lock = locked(file)
    assert lock is not None
    assert locked(file) is None
    assert is_held(file)
    os.close(lock)
    assert not is_held(file)


def test_a_lock_that_a_child_was_handed_is_free_when_the_child_is_killed(tmp_path):
    file = tmp_path / "lock"
    lock = locked(file)
    assert lock is not None
    child = subprocess.Popen([sys.executable, "-c", "input()"], pass_fds=[lock], stdin=-1)
    os.close(lock)
    assert is_held(file)
    child.kill()
    child.communicate()
    assert not is_held(file)
