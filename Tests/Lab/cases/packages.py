"""Tests and tools of other projects, from Debian's packages: each runs over the original and over ours, and must find the same.

The packages and their dependencies are fetched by the host, laid out as one tree, and unpacked over the guest's root: the guest has no
network, and running 120 packages' own scripts under emulation would take longer than all the tests. What those scripts would do that
matters here (the linker's cache, the bus's user) is done by FURNISH.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from compare import records
from labkit import debian, image, paths
from labkit.cases import Case, Shape
from labkit.errors import LabError
from labkit.stage import Failed

# udisks's tests allow half a percent of a member for metadata, so members cannot be small.
SHAPE = Shape(disks="8x320M", memory=1280)
HERE = Path(__file__).resolve().parent / "packages"

PACKAGES = ["jc", "grub-common", "resource-agents", "libxml2-utils", "gir1.2-blockdev-3.0", "libblockdev-mdraid3", "python3-blockdev", "python3-bytesize", "python3-gi",
            "python3-dbus", "gir1.2-gudev-1.0", "udisks2", "dbus"]
# Source packages: the name, and the directory of their tests.
SOURCES = {"libblockdev": "tests", "udisks2": "src/tests/dbus-tests"}
USELESS = ["doc", "man", "locale", "info", "lintian", "bug"]


class Closure(debian.Suite):
    """The guest's suite, with its sources, and with the guest's own list of what is installed: apt then names only what is missing."""

    def __init__(self, scratch: Path):
        super().__init__(image.SUITE, scratch)
        sources = self.directory / "sources.list"
        sources.write_text(sources.read_text() + sources.read_text().replace("deb ", "deb-src ", 1))
        root = paths.image() / "root.img"
        listed = subprocess.run(["debugfs", "-R", "cat /var/lib/dpkg/status", str(root)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        (self.directory / "status").write_bytes(listed.stdout)
        self._run("apt-get", "update")

    def packages(self) -> list[Path]:
        """The packages and all they need that the guest does not have."""
        self._run("apt-get", "install", "-y", "--download-only", "--no-install-recommends", *PACKAGES)
        return sorted((self.directory / "cache/archives").glob("*.deb"))

    def source(self, name: str) -> Path:
        """The archive of a source package as its project published it."""
        self._run("apt-get", "source", "--download-only", name)
        return next(self.directory.glob(f"{name}_*.orig.tar.*"))


def fetched() -> Path:
    """A tar file of everything for the guest's root, in the lab's cache; made once for an image and a list of packages."""
    key = hashlib.sha256(repr((PACKAGES, SOURCES, paths.image().name)).encode()).hexdigest()[:12]
    target = paths.cache() / f"packages-{key}"
    with open(paths.cache() / "packages.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            work = target.with_name(target.name + ".building")
            shutil.rmtree(work, ignore_errors=True)
            _fill(work, work / "root")
            work.rename(target)
    return target


def _fill(work: Path, root: Path) -> None:
    root.mkdir(parents=True)
    closure = Closure(work)
    debs = closure.packages()
    excluded = [f"--exclude=./usr/share/{part}" for part in USELESS]
    for deb in debs:
        content = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE)
        _call(["tar", "-x", "-C", str(root), *excluded], content.stdout)
        if content.wait() != 0:
            raise LabError(f"{deb.name} cannot be unpacked")
    for name, tests in SOURCES.items():
        place = root / "opt/packages" / name
        place.mkdir(parents=True)
        _call(["tar", "-x", "-f", str(closure.source(name)), "-C", str(place), "--strip-components=1", "--wildcards", f"*/{tests}"])
    (work / "versions").write_text("".join(f"{deb.name.removesuffix('.deb')}\n" for deb in debs))
    _call(["tar", "-c", "-f", str(work / "tree.tar"), "-C", str(root), "."])
    shutil.rmtree(root)
    shutil.rmtree(closure.directory)


def _call(command: list[str], source=subprocess.DEVNULL) -> None:
    done = subprocess.run(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")


# The directories of the guest's root keep their owners and modes, and /lib stays the link it is.
FURNISH = """
set -e
[ -e /opt/packages/KEY ] && exit 0
tar -x -f /lab/packages.tar -C / --keep-directory-symlink --no-overwrite-dir
ldconfig
grep -q ^messagebus: /etc/group || echo messagebus:x:990: >>/etc/group
grep -q ^messagebus: /etc/passwd || echo messagebus:x:990:990::/nonexistent:/usr/sbin/nologin >>/etc/passwd
rm -f /etc/machine-id; dbus-uuidgen --ensure=/etc/machine-id
udevadm control --reload
touch /opt/packages/KEY
"""


def furnish(stage) -> None:
    """Unpacks everything in the guest, unless it is there from a case before."""
    try:
        kept = fetched()
    except LabError as error:
        stage.skip(f"the packages cannot be had: {error}")
    shared = stage.share / "packages.tar"
    shared.unlink(missing_ok=True)
    os.link(kept / "tree.tar", shared)
    for program in HERE.glob("*.py"):
        shutil.copy(program, stage.share / program.name)
    stage.node(1).script(FURNISH.replace("KEY", kept.name), timeout=600)


THEIRS = "while umount /usr/sbin/mdadm 2>/dev/null; do :; done\n"
OURS = THEIRS + "mount --bind /opt/sw/mdadm /usr/sbin/mdadm\n"
ARRAYS = """
rm -rf /etc/mdadm /etc/mdadm.conf /tmp/packages; mkdir -p /tmp/packages
mdadm -C /dev/md/mirror -R -l1 -n2 -z 64M -b internal --assume-clean -u 01234567:89abcdef:01234567:89abcdef /dev/lab/d1 /dev/lab/d2 >/dev/null 2>&1
mdadm -C /dev/md/five -R -l5 -n3 -x1 -z 64M -c 64 -b none --assume-clean -u 55555555:55555555:55555555:55555555 /dev/lab/d[3-6] >/dev/null 2>&1
mdadm -C /dev/md/stripe -R -l0 -n2 -z 64M -c 64 -u 00000000:11111111:22222222:33333333 /dev/lab/d7 /dev/lab/d8 >/dev/null 2>&1
idle
"""


def packages(stage) -> None:
    """Runs the clients one after the other; each tells how many of its results were equal. `--set client=NAME` runs one."""
    furnish(stage)
    wanted = stage.options.get("client", "").split()
    for client in (read_only, agent, guestfs, blockdev, udisks):
        if not wanted or client.__name__ in wanted:
            client(stage)


def both(stage, before: str, lines: dict[str, str], after: str = "") -> list[dict]:
    """Runs the same lines over the original and over ours; each side begins with what `before` makes."""
    found = []
    for place in (THEIRS, OURS):
        body = f"ground\n{place}rec version mdadm --version\n{before}" + "".join(f"rec {name} {line}\nidle\n" for name, line in lines.items())
        found.append(records.run(stage.node(1), f"{body}{after}rec version-after mdadm --version\n{THEIRS}ground\n"))
        for each in ("version", "version-after"):
            told = found[-1].pop(each)
            stage.expect(("swmdadm" in told.stdout + told.stderr) == (place == OURS), f"not the program that was meant: {told}")
    return found


# What only reads. Both sides look at the same arrays, so that not one character may differ.
READS = {
    "jc": "python3 /lab/jc_all.py " + " ".join(f"'mdadm {words}'" for words in (
        "--detail /dev/md/mirror", "--detail /dev/md/five", "--detail /dev/md/stripe", "--query --detail /dev/md/mirror", "--examine /dev/lab/d1",
        "--examine /dev/lab/d3", "--examine /dev/lab/d6", "--examine /dev/lab/d7", "--examine /dev/lab/d1 /dev/lab/d2")),
    "jc-pipe": "mdadm --detail /dev/md/five | jc --mdadm",
    # Here jc starts mdadm by itself.
    "jc-starts": "jc mdadm --examine /dev/lab/d4",
    **{f"grub-{target}-{name}": f"grub-probe -t {target} --device /dev/md/{name}"
       for target in ("abstraction", "diskfilter_uuid", "drive", "fs", "fs_uuid", "partmap", "hints_string", "compatibility_hint", "disk")
       for name in ("mirror", "five")},
    "grub-verbose-mirror": "grub-probe -v -t diskfilter_uuid --device /dev/md/mirror 2>&1 | grep -i -e mdadm -e mduuid -e diskfilter",
}


def read_only(stage) -> None:
    """jc, which makes JSON of what mdadm prints, and grub-probe, which asks mdadm for names and members of an array."""
    body = "ground\n" + THEIRS + ARRAYS + "for name in mirror five; do mke2fs -q -U 01020304-0506-0708-090a-0b0c0d0e0f10 /dev/md/$name; done; idle\n"
    for side, place in (("a", THEIRS), ("b", OURS)):
        body += place + "".join(f"rec {name}.{side} sh -c {_quoted(line)}\n" for name, line in READS.items())
    found = records.run(stage.node(1), body + THEIRS + "ground\n")
    theirs, ours = ({name: found[f"{name}.{side}"] for name in READS} for side in "ab")
    for client in ("jc", "grub"):
        of_client = [{name: side[name] for name in side if name.startswith(client)} for side in (theirs, ours)]
        compare(stage, {"jc": "jc", "grub": "grub-probe"}[client], READS, *of_client)
    for name, record in theirs.items():
        if name.startswith("jc") and (record.status != "0" or len(record.stdout) < 100):
            stage.wrong(f"{name}: no JSON from the original's output: {record}")


def _quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


# The agent of pacemaker for arrays, called as the cluster manager calls it.
AGENT = "env OCF_ROOT=/usr/lib/ocf OCF_RESKEY_mdadm_conf=/tmp/packages/mdadm.conf OCF_RESKEY_md_dev=/dev/md/{} OCF_RESOURCE_INSTANCE=array " \
        "HA_LOGTAG=array HA_debug=0 OCF_RESKEY_CRM_meta_interval=10 OCF_CHECK_LEVEL={} /usr/lib/ocf/resource.d/heartbeat/mdraid {}"
AGENT_STEPS = [("mirror", step) for step in ("meta-data", "validate-all", "monitor", "stop", "monitor", "stop", "start", "monitor", "start")] \
    + [("five", step) for step in ("stop", "start", "monitor")] + [("stripe", "stop"), ("stripe", "start")]


def agent(stage) -> None:
    """The resource agent mdraid, by hand and by ocf-tester."""
    lines = {f"agent-{number}-{array}-{step}": AGENT.format(array, 0, step) for number, (array, step) in enumerate(AGENT_STEPS)}
    # A mirror that lost a member: told by --detail --test, and put right with --re-add.
    lines |= {
        "agent-lose": "mdadm /dev/md/mirror --fail /dev/lab/d2",
        "agent-degraded": AGENT.format("mirror", 0, "monitor"),
        "agent-repair": AGENT.format("mirror", 10, "monitor"),
        "agent-repaired": "sh -c 'udevadm settle; sleep 3; mdadm --detail --export /dev/md/mirror'",
        "agent-stop-all": AGENT.format("mirror", 0, "stop"),
        "ocf-tester": "ocf-tester -v -n array -o mdadm_conf=/tmp/packages/mdadm.conf -o md_dev=/dev/md/mirror /usr/lib/ocf/resource.d/heartbeat/mdraid",
    }
    found = both(stage, ARRAYS + "mdadm --detail --scan >/tmp/packages/mdadm.conf; mkdir -p /run/resource-agents\n", lines)
    compare(stage, "ocf mdraid", lines, *found)
    for name, status in (("agent-2-mirror-monitor", "0"), ("agent-4-mirror-monitor", "7"), ("agent-7-mirror-monitor", "0"), ("ocf-tester", "0")):
        if found[0][name].status != status:
            stage.wrong(f"{name}: the agent over the original ends with {found[0][name].status}, not {status}: {found[0][name]}")


# What guestfsd of libguestfs runs for tests/md/test-mdadm.sh (composed by its daemon/md.c and md.ml), and what its appliance runs at boot.
# guestfish itself wants to boot an appliance in a QEMU of its own, inside this one: its libraries have no other way to reach a daemon.
GUESTFS = {
    "guestfs-r1t1": "mdadm --create --run r1t1 --level raid1 --raid-devices 2 {a}1 {b}1",
    "guestfs-r1t2": "mdadm --create --run r1t2 --level raid1 --raid-devices 2 {c}1 {d}1",
    "guestfs-r5t1": "mdadm --create --run r5t1 --level 5 --raid-devices 4 --spare-devices 1 {a}2 {b}2 {c}2 {d}2 missing",
    "guestfs-r5t2": "mdadm --create --run r5t2 --level 5 --raid-devices 3 --chunk 64 missing {a}3 {b}3",
    "guestfs-r5t3": "mdadm --create --run r5t3 --level 5 --raid-devices 2 --spare-devices 2 {c}3 missing missing {d}3",
    "guestfs-names": "sh -c 'cd /dev/md; ls | sort'",
    "guestfs-mkfs": "sh -c 'for name in /dev/md/r*; do mke2fs -q -t ext2 $name || echo $name $?; done'",
    **{f"guestfs-detail-{name}": f"mdadm -D --export /dev/md/{name}" for name in ("r1t1", "r1t2", "r5t1", "r5t2", "r5t3")},
    "guestfs-stop": "sh -c 'cd /dev; for name in md1[0-9][0-9]; do mdadm --stop /dev/$name; done'",
    "guestfs-boot": "mdadm -As --auto=yes --no-degraded",
    "guestfs-boot-names": "sh -c 'cd /dev/md; ls | sort; cat /proc/mdstat | grep -c ^md'",
    "guestfs-boot-run": "mdadm -As --auto=yes --run",
    "guestfs-again": "sh -c 'udevadm settle; cd /dev/md; ls | sort; for name in *; do mdadm -D --export $name; done'",
    "guestfs-stop-again": "sh -c 'cd /dev; for name in md1[0-9][0-9]; do mdadm --stop /dev/$name; done'",
}
PARTITIONS = """
rm -rf /etc/mdadm /etc/mdadm.conf
for number in 1 2 3 4; do
    printf 'label: dos\\nstart=2048, size=36864\\nstart=38912, size=40960\\nstart=79872, size=40960\\nstart=120832, size=40960\\n' |
        sfdisk -q /dev/lab/d$number
done
udevadm settle
"""
UNPARTITIONED = "ground; for number in 1 2 3 4; do partx -d /dev/lab/d$number; done\n"


def guestfs(stage) -> None:
    """The nearest to libguestfs's tests of arrays that runs in a guest."""
    node = stage.node(1)
    disks = dict(zip("abcd", node.out("readlink -f /dev/lab/d1 /dev/lab/d2 /dev/lab/d3 /dev/lab/d4").split()))
    lines = {name: line.format(**disks) if "--create" in line else line for name, line in GUESTFS.items()}
    found = both(stage, PARTITIONS, lines, UNPARTITIONED)
    compare(stage, "libguestfs", lines, *found)


# Small disks, which are in sync at once.
LOOPS = """
modprobe loop
for number in 5 6 7; do
    losetup -d /dev/loop$number 2>/dev/null; rm -f /tmp/loop$number; truncate -s 20M /tmp/loop$number; losetup /dev/loop$number /tmp/loop$number
done
"""
UNLOOPED = "ground; losetup -D; rm -f /tmp/loop[567]\n"


def blockdev(stage) -> None:
    """libblockdev's own tests of its mdraid plugin, and all that its calls return."""
    lines = {"libblockdev-tests": "python3 /lab/blockdev_tests.py", "libblockdev-calls": "python3 /lab/blockdev_calls.py /dev/loop5 /dev/loop6 /dev/loop7"}
    found = both(stage, LOOPS, lines, UNLOOPED)
    compare_tests(stage, ["libblockdev-tests"], *found)
    compare_lines(stage, "libblockdev", {"libblockdev-calls": lines["libblockdev-calls"]}, *found)


# udisks lives from the events of the disks themselves, which the other comparisons do not watch.
LOUD_UDEV = """
rm -f /etc/udev/rules.d/97-lab-quiet.rules
udevadm control --reload
udevadm trigger --settle --subsystem-match=block --sysname-match='[sv]d*'
mkdir -p /run/dbus /run/udisks2 /var/lib/udisks2
rm -f /run/dbus/pid
dbus-daemon --system --nopidfile --print-pid=3 3>/tmp/bus.pid
daemon=
# awake COMMAND...: with udisksd running.
awake() {
    if [ -z "$daemon" ] || ! kill -0 $daemon 2>/dev/null; then
        /usr/libexec/udisks2/udisksd >>/tmp/udisksd.log 2>&1 </dev/null & daemon=$!
        n=0; until udisksctl status >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 100 ] || break; sleep 0.2; done
    fi
    "$@"
}
# doomed COMMAND...: with a udisksd of its own, which leaves no core file behind.
doomed() {
    kill $daemon; wait $daemon
    ulimit -S -c 0; awake "$@"; ulimit -S -c unlimited
}
"""
STILL = "kill $daemon; wait $daemon; kill $(cat /tmp/bus.pid)\n"


def udisks(stage) -> None:
    """The D-Bus tests of udisks about arrays, and the properties that it shows for them."""
    lines = {f"udisks-{level}": f"awake python3 /lab/udisks_tests.py RAID{level}TestCase" for level in (0, 1, 4, 5, 6, 10)}
    # The one that fails where there is no grow mode comes by itself, and last: of a --grow that fails, udisksd dies, over the original, too.
    others = " ".join(f"RAID1TestCase.test_{name}" for name in ("create", "add_remove_device", "request_action"))
    lines["udisks-1"] = f"awake python3 /lab/udisks_tests.py {others}"
    lines["udisks-bitmap"] = "doomed python3 /lab/udisks_tests.py RAID1TestCase.test_bitmap_location"
    found = both(stage, LOUD_UDEV, lines, STILL)
    compare_tests(stage, lines, *found)


def normal(text: str) -> str:
    """Without what differs between two arrays made one after the other, process ids and the dates of logs."""
    text = re.sub(r"mktemp\.\w+|/tmp/\S*\.\w{6,}", "TEMPORARY", text)
    text = re.sub(r"\w{3} [ \d]\d \d\d:\d\d:\d\d |\d{4}[-/]\d\d[-/]\d\d[_ T]\d\d:\d\d:\d\d\S*", "DATE ", text)
    text = re.sub(r"(MD_UPDATE_TIME|[A-Za-z_]*epoch\w*\"?)([=:] ?)\d+", r"\1\2EPOCH", text)
    text = re.sub(r"\[\d+\]", "[PID]", text)
    return records.normal(text)


def compare(stage, client: str, lines: dict[str, str], theirs: dict, ours: dict) -> None:
    """Each record of both sides; read-only clients are the same to the last character, so there normalising changes nothing."""
    equal = 0
    for name in theirs:
        pair = [records.Record(side[name].status, normal(side[name].stdout), normal(side[name].stderr)) for side in (theirs, ours)]
        if problem := records.difference(f"{client}: {name}", lines.get(name, ""), *pair):
            stage.wrong(problem)
        else:
            equal += 1
    good = sum(record.status == "0" for record in theirs.values())
    stage.note(f"{client}: {equal} of {len(theirs)} runs equal; {good} end with 0")


def compare_lines(stage, client: str, lines: dict[str, str], theirs: dict, ours: dict) -> None:
    """Reports of what calls returned: a line for each, all of which are to be equal."""
    for name in lines:
        if not theirs[name].stdout.strip():
            raise Failed(f"{name} printed nothing over the original: {theirs[name]}")
        left, right = (normal(side[name].stdout).splitlines() for side in (theirs, ours))
        equal = sum(line in right for line in left)
        stage.note(f"{name}: {equal} of {len(left)} lines equal")
        pair = [records.Record(side[name].status, normal(side[name].stdout), "") for side in (theirs, ours)]
        if problem := records.difference(f"{client}: {name}", lines[name], *pair):
            stage.wrong(problem)


# Tests that need what ours refuses for now, and what that is.
NOT_YET = {
    "MDTestDDFRAID.test_examine_ddf_container": "external metadata",
    "MDTestNominateDenominate.test_nominate_denominate": "--incremental",
    "MDTestSetBitmapLocation.test_set_bitmap_location": "--grow",
    "RAID1TestCase.test_bitmap_location": "--grow",
}


def compare_tests(stage, reports, theirs: dict, ours: dict) -> None:
    """Reports of tests: what passes over the original passes over ours."""
    for name in reports:
        left, right = (verdicts(side[name].stdout) for side in (theirs, ours))
        if not left:
            raise Failed(f"{name} ran no test over the original: {theirs[name]}")
        good = [test for test, verdict in left.items() if verdict == "ok"]
        missing = [test for test in good if right.get(test) != "ok"]
        stage.note(f"{name}: {len(good)} of {len(left)} pass over the original, of which {len(good) - len(missing)} over ours")
        for test in left:
            reason = next((reason for known, reason in NOT_YET.items() if test.endswith(known)), None)
            if left[test] != "ok":
                stage.note(f"{test} over the original: {left[test][:200]}; over ours: {right.get(test, 'not run')[:200]}")
            elif test in missing and reason:
                stage.note(f"{test} needs {reason}")
            elif test in missing:
                stage.wrong(f"{test} over ours: {right.get(test, 'not run')}")
            elif reason:
                stage.wrong(f"{test} passes, although it is said to need {reason}")


def verdicts(report: str) -> dict[str, str]:
    """What each test came to; the counts at the end are left out."""
    return {test: verdict for test, _, verdict in (line.partition(" ") for line in normal(report).splitlines()) if "." in test}


CASES = [Case("long-packages", "jc, grub-probe, the mdraid agent, and the tests of libblockdev and udisks, with ours in mdadm's place", packages, SHAPE, 7200,
              only_on_request=True, expected_log=(r"traps: pool-\d+\[\d+\] general protection fault .* in libc\.so", r"pool-\d+\[\d+\]: segfault .* in libc\.so"))]
