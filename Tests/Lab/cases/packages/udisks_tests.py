"""Runs udisks's own D-Bus tests of arrays in a guest, against the installed daemon; prints a line per test, and the counts.

The tests make their disks with the SCSI target, ask systemd for the name of the distribution and keep the journal's part of each test.
There is neither in the guest: the lab's disks take the place of the first, and the others are left out.
"""

import contextlib
import os
import sys
import types

PLACE = "/opt/packages/udisks2/src/tests/dbus-tests"
os.chdir("/tmp")
sys.path[:0] = ["/lab", PLACE]
sys.modules["systemd"] = types.SimpleNamespace(journal=None)

import reporting  # noqa: E402
import udiskstestcase  # noqa: E402

udiskstestcase.get_version = lambda: ("debian", "13")
udiskstestcase.JournalRecorder = lambda *_: contextlib.nullcontext()
udiskstestcase.test_devs = [os.path.realpath(f"/dev/lab/d{number}") for number in range(1, 9)]
reporting.run("test_mdraid", sys.argv[1:])
