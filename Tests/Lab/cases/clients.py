"""Programs that run mdadm, as Debian ships them, with our program in mdadm's place: what they print and leave behind is what it was."""

import re

from compare import records
from labkit.cases import Case, Shape

SHAPE = Shape(disks="8x32M")

ARRAYS = """
ground
rm -rf /etc/mdadm /etc/mdadm.conf /tmp/clients; mkdir -p /tmp/clients
mdadm -C /dev/md/mirror -R -l1 -n2 -b internal --assume-clean -u 01234567:89abcdef:01234567:89abcdef /dev/lab/d1 /dev/lab/d2 >/dev/null 2>&1
mdadm -C /dev/md/five -R -l5 -n3 -x1 -c 64 -b none --assume-clean -u 55555555:55555555:55555555:55555555 /dev/lab/d3 /dev/lab/d4 /dev/lab/d5 /dev/lab/d6 >/dev/null 2>&1
mdadm -C /dev/md/stripe -R -l0 -n2 -c 64 -u 00000000:11111111:22222222:33333333 /dev/lab/d7 /dev/lab/d8 >/dev/null 2>&1
idle
"""
# What is run: a name, and a line for the guest's shell. The arrays are there, and running, at each of them.
RUNS = {
    "mkconf": "/usr/share/mdadm/mkconf",
    "mkconf-generate": "sh -c '/usr/share/mdadm/mkconf force-generate /tmp/clients/mdadm.conf; cat /tmp/clients/mdadm.conf'",
    "checkarray-status": "/usr/share/mdadm/checkarray --all --status",
    "checkarray": "/usr/share/mdadm/checkarray --all --idle",
    "checkarray-cancel": "/usr/share/mdadm/checkarray --cancel --all",
    "checkarray-one": "/usr/share/mdadm/checkarray --quiet --slow /dev/md/mirror",
    "checkarray-striped": "/usr/share/mdadm/checkarray /dev/md/stripe",
    "udev-mirror": "sh -c 'udevadm info -q property /dev/md/mirror | grep ^MD_'",
    "udev-five": "sh -c 'udevadm info -q property /dev/md/five | grep ^MD_'",
    "udev-links": "sh -c 'cd /dev/disk/by-id; ls -l md-*'",
    "bug-report": "sh -c 'sh /usr/share/bug/mdadm/script 3>&1 | sed -n \"/^--- volume detail/,/^--- /p\"'",
    "initramfs-hook": "sh -c 'mkdir -p /tmp/clients/root; sed \"s,^\\. /usr/share/initramfs-tools/hook-functions,copy_exec() { :; }; manual_add_modules() { :; }; "
                      "copy_file() { :; }; force_load() { :; }; copy_modules_dir() { :; },\" /usr/share/initramfs-tools/hooks/mdadm >/tmp/clients/hook; "
                      "DESTDIR=/tmp/clients/root verbose=y sh /tmp/clients/hook; cat /tmp/clients/root/etc/mdadm/mdadm.conf'",
    # The scripts of the initramfs, with nothing running.
    "stop-all": "mdadm --stop --scan",
    "local-block": "sh /usr/share/initramfs-tools/scripts/local-block/mdadm",
    "assembled": "mdadm --detail --scan",
    "last-resort": "sh -c 'mdadm -S --scan; echo 1000 >/run/count.mdadm.initrd; sh /usr/share/initramfs-tools/scripts/local-block/mdadm; mdadm --detail --scan'",
}


def normal(text: str) -> str:
    """Without the date that mkconf writes, file times, and numbers that udev gives."""
    text = re.sub(r"auto-generated on .* by mkconf", "auto-generated on DATE by mkconf", text)
    text = re.sub(r"(root root) +\d+ \w{3} +\d+ \d\d:\d\d", r"\1 TIME", text)
    return records.normal(text)


# mdcheck looks every 220 seconds whether its checks are done.
MDCHECK = {
    "mdcheck": "bash /usr/share/mdadm/mdcheck --start --duration '10 seconds'",
    "mdcheck-state": "sh -c 'ls /var/lib/mdcheck; cat /var/lib/mdcheck/* 2>/dev/null'",
}


def clients(stage, runs: dict[str, str] = RUNS) -> None:
    node = stage.node(1)
    found = {}
    for side in ("a", "b"):
        # Ours under every name that a script may use; PATH finds it there, too.
        place = "mount --bind /opt/sw/mdadm /usr/sbin/mdadm; udevadm trigger --settle --subsystem-match=block --sysname-match='md*'\n" if side == "b" else ""
        body = ARRAYS + place
        for name, line in runs.items():
            body += f"rec {name} {line}\nidle\n"
            if name.startswith("checkarray"):
                body += f"rec {name}.state sh -c 'grep . /sys/block/md*/md/sync_action'\n"
        body += "umount /usr/sbin/mdadm 2>/dev/null; rm -rf /var/lib/mdcheck /etc/mdadm /run/count.mdadm.initrd; ground\n"
        found[side] = records.run(node, body)
    stage.expect(len(found["a"]) >= len(runs), f"only {len(found['a'])} records")
    equal = 0
    for name in found["a"]:
        theirs, ours = (records.Record(each.status, normal(each.stdout), normal(each.stderr)) for each in (found[side][name] for side in ("a", "b")))
        if problem := records.difference(f"clients: {name}", runs.get(name, "(state)"), theirs, ours):
            stage.wrong(problem)
        else:
            equal += 1
    told = sum(bool(found["a"][name].stdout) for name in runs)
    stage.note(f"{equal} of {len(found['a'])} runs and states equal; {told} of the runs print something")


CASES = [
    Case("clients", "mkconf, checkarray, udev's rules and the initramfs scripts of Debian, with ours in mdadm's place", clients, SHAPE, 1200),
    Case("long-clients", "mdcheck of Debian, with ours in mdadm's place", lambda stage: clients(stage, MDCHECK), SHAPE, 1800, only_on_request=True),
]
