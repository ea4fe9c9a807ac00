"""What the guests' kernels and programs must not have said while a case ran."""

import re

from .stage import Failed, Node, Stage

TROUBLE = re.compile(
    r"\bBUG\b|\bOops\b|general protection|Kernel panic|hung task|blocked for more than|WARNING:|possible (recursive|circular) locking"
    r"|inconsistent lock state|lockdep|UBSAN|KASAN|Call Trace|segfault at|trap (divide|invalid opcode)|Out of memory")


# The original may crash as it likes; both are called mdadm, but the file that the crash is in tells them apart.
ORIGINAL_CRASH = re.compile(r"mdadm\[\d+\]: segfault .* in mdadm\[|traps: mdadm\[\d+\] .* in mdadm\[")
ORIGINAL_CORE = "!usr!sbin!mdadm."


class Watch:
    """Remembers where a node's logs stood, and later reads what came after."""

    def __init__(self, node: Node):
        self.node = node
        self.console = self._console().stat().st_size
        self.mark = f"lab: watch {node.stage.case.name} {id(self)}"
        node.sh(f"echo '{self.mark}' >/dev/kmsg; rm -f /var/cores/*; echo '/var/cores/%E.%p' >/proc/sys/kernel/core_pattern")

    def findings(self) -> list[str]:
        """Lines that fail a case: kernel trouble on the console or in dmesg, and core dumps."""
        lines = self._trouble(self._console().read_bytes()[self.console:].decode(errors="replace").splitlines())
        try:
            kernel, _, cores = self.node.sh("dmesg; echo ==cores; ls /var/cores", timeout=60).stdout.partition("==cores\n")
        except Failed as error:
            return [*lines, f"the logs could not be read: {error}"]
        after = kernel[kernel.rfind(self.mark) + len(self.mark):]
        seen = {line.split("] ", 1)[-1].strip() for line in lines}
        lines += [line for line in self._trouble(after.splitlines()) if line.split("] ", 1)[-1].strip() not in seen]
        return [f"node {self.node.number}: {line}" for line in lines] + [
            f"node {self.node.number}: core dump {core}" for core in cores.split() if not core.startswith(ORIGINAL_CORE)]

    def _console(self):
        return self.node.guest.path("console")

    def _trouble(self, lines: list[str]) -> list[str]:
        expected = [re.compile(pattern) for pattern in self.node.stage.case.expected_log]
        expected.append(ORIGINAL_CRASH)
        return [line for line in lines if TROUBLE.search(line) and not any(pattern.search(line) for pattern in expected)]


def watch(stage: Stage) -> list[Watch]:
    """Starts watching every node."""
    return stage.together(Watch)


def check(stage: Stage, watches: list[Watch]) -> None:
    """Adds what the logs say to the case's problems."""
    for found in stage.together(lambda node: watches[node.number - 1].findings()):
        stage.problems += found


# The last changes of the membership, and whether a busy host kept the daemon from running: then the lab is to blame.
_MEMBERSHIP = "grep -E 'not scheduled|A processor failed|Members left|link: .* down' /var/log/corosync.log | tail -n 4"


def look_around(stage: Stage) -> list[str]:
    """How the nodes of a cluster were when a case had failed: their membership, and tasks that hang in the kernel."""
    if not stage.lab.spec.cluster:
        return []

    def look(node: Node) -> list[str]:
        said = node.guest.connection.run(_MEMBERSHIP, 60).stdout.splitlines()
        said += node.blocked().splitlines()[:12]
        return [f"node {node.number}: {line[:200]}" for line in said]
    return [line for lines in stage.together(look) for line in lines]
