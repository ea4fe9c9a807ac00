"""What the kernels did, from their own tracing: md's ioctl, md-cluster's messages, every lock request and grant of the DLM.

All times are the guests' monotonic clocks, brought to the host's by measuring each guest's offset over the control line.
"""

import dataclasses
import re
import subprocess
import time

from labkit.stage import Node, Stage

_START = r"""
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
modprobe dlm && modprobe md-cluster || exit 1
cd /sys/kernel/tracing
echo 0 >tracing_on; echo nop >current_tracer; for e in events/*/enable; do :; done; echo 0 >events/enable; echo >kprobe_events; echo >trace
echo mono >trace_clock; echo 8192 >buffer_size_kb
{
echo 'p:lab/add md_add_new_disk number=+0($arg2):s32 major=+4($arg2):s32 minor=+8($arg2):s32 role=+12($arg2):s32 state=+16($arg2):x32'
echo 'p:lab/ack new_disk_ack ack=$arg2:u8'
echo 'p:lab/send __sendmsg type=+0($arg2):u32 slot=+4($arg2):u32 number=+40($arg2):u32'
echo 'p:lab/newdisk process_add_new_disk slot=+4($arg2):u32 number=+40($arg2):u32'
echo 'p:lab/reload md_reload_sb number=$arg2:s32'
echo 'p:lab/open do_sys_openat2 path=+0($arg2):ustring'
echo 'r:lab/opened do_sys_openat2 result=$retval:s64'
} | while read -r probe; do echo "$probe" >>kprobe_events || echo "no probe: $probe" >&2; done
for event in open opened; do echo 'comm ~ "swmdadm*" || comm ~ "mdadm*"' >events/lab/$event/filter; done
for event in %EVENTS; do
    echo 1 >events/$event/enable || exit 1
done
echo 1 >tracing_on
"""
# All that the ten steps of an add are found in.
EVERYTHING = "lab dlm/dlm_lock_start dlm/dlm_lock_end dlm/dlm_ast dlm/dlm_bast printk/console sched/sched_process_exec"


@dataclasses.dataclass(frozen=True)
class Event:
    """One line of a node's trace; `time` is on the host's clock."""

    time: float
    node: int
    task: str
    pid: int
    name: str
    text: str

    def field(self, name: str) -> str:
        """The value after NAME=, or nothing."""
        match = re.search(rf"\b{name}=(\S*)", self.text)
        return match[1].strip('"') if match else ""

    @property
    def lock(self) -> str:
        """The name of the lock resource, which the trace gives in hexadecimal."""
        text = self.field("res_name")
        return bytes.fromhex(text).decode(errors="replace") if text else ""


class Trace:
    """The tracing of all nodes of a stage, of these events."""

    def __init__(self, stage: Stage, events: str = EVERYTHING):
        self.stage = stage
        stage.together(lambda node: node.script(_START.replace("%EVENTS", events)))
        self.offsets = {node.number: clock_offset(node) for node in stage.nodes}

    def read(self) -> list[Event]:
        """Ends the tracing; all nodes' events in the order of the host's clock."""
        texts = self.stage.together(lambda node: node.out(
            "cd /sys/kernel/tracing; echo 0 >tracing_on; cat trace; echo 0 >events/enable; echo >kprobe_events"))
        events = [event for node, text in zip(self.stage.nodes, texts) for event in self._parse(node, text)]
        return sorted(events, key=lambda event: event.time)

    def _parse(self, node: Node, text: str):
        for line in text.splitlines():
            match = re.match(r"\s*(.+)-(\d+)\s+\[\d+\]\s+\S+\s+(\d+\.\d+): (\w+): (.*)", line)
            if match:
                yield Event(float(match[3]) + self.offsets[node.number][0], node.number, match[1], int(match[2]), match[4], match[5])


def clock_offset(node: Node, rounds: int = 40) -> tuple[float, float]:
    """Host's monotonic clock minus the guest's, and how far off it may be: half of the quickest round trip of several."""
    connection = node.guest.connection
    shell = subprocess.Popen(connection.arguments("while read -r _; do grep -m1 '^now at' /proc/timer_list; done"),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    best = (0.0, float("inf"))
    for _ in range(rounds):
        sent = time.monotonic()
        shell.stdin.write("\n")
        shell.stdin.flush()
        answer = shell.stdout.readline()
        received = time.monotonic()
        if received - sent < 2 * best[1]:
            best = ((sent + received) / 2 - int(answer.split()[2]) / 1e9, (received - sent) / 2)
    shell.stdin.close()
    shell.wait(timeout=60)
    return best
