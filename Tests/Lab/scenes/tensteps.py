"""The ten steps of adding a disk to a shared array, found in the kernels' traces."""

import dataclasses

from .tracing import Event

METADATA_UPDATED, NEWDISK = "0", "2"
CLUSTER_ADD, CANDIDATE = 0x10, 0x20


@dataclasses.dataclass
class Step:
    """A step as it happened: which, where, when and by what it is seen. Several nodes give several."""

    number: int
    node: int
    time: float
    text: str


def find(events: list[Event], initiator: int, others: list[int], program: str = "swmdadm") -> list[Step]:
    """All steps that are in the events, by number and then time. What is missing did not happen, or was not seen."""
    return sorted(_find(events, initiator, others, program), key=lambda one: (one.number, one.time))


def in_causal_order(events: list[Event], initiator: int, others: list[int]) -> tuple[list[Event], dict[int, float]]:
    """Shifts the clock of a node, no more than needed, so that nothing it heard precedes its being said and nothing it said follows
    its being heard. Returns the events and the corrections, in seconds."""
    def when(node: int, name: str, **fields) -> float | None:
        return next((event.time for event in events if event.node == node and event.name == name
                     and all((event.lock if key == "lock" else event.field(key)) == value for key, value in fields.items())), None)

    said, asked = when(initiator, "send", type=NEWDISK), when(initiator, "dlm_lock_start", lock="no-new-dev", mode="EX")
    corrections = {}
    for node in others:
        heard, dropped = when(node, "newdisk"), when(node, "dlm_lock_start", lock="no-new-dev", mode="NL")
        if said is not None and heard is not None and heard < said:
            corrections[node] = said - heard
        elif asked is not None and dropped is not None and dropped > asked:
            corrections[node] = asked - dropped
    moved = [dataclasses.replace(event, time=event.time + corrections.get(event.node, 0)) for event in events]
    return sorted(moved, key=lambda event: event.time), corrections


def _find(events: list[Event], initiator: int, others: list[int], program: str) -> list[Step]:
    steps: list[Step] = []

    def step(number: int, event: Event | None, text: str) -> None:
        if event is not None:
            steps.append(Step(number, event.node, event.time, text))

    def first(node: int, name: str, after: float = 0, before: float = float("inf"), **fields) -> Event | None:
        for event in events:
            if (event.node == node and event.name == name and after <= event.time <= before
                    and all(event.field(key) == value for key, value in fields.items() if key != "lock")
                    and ("lock" not in fields or event.lock == fields["lock"])):
                return event
        return None

    start = _add(events, initiator, CLUSTER_ADD)
    if start is None:
        return steps
    begun = start.time
    step(1, start, f"{start.task} calls ADD_NEW_DISK on {start.field('major')}:{start.field('minor')} "
                   f"as number {start.field('number')} with state {start.field('state')} (MD_DISK_CLUSTER_ADD)")
    step(2, first(initiator, "send", begun, type=NEWDISK), "md-cluster sends NEWDISK with the disk's uuid and number "
         f"{start.field('number')} ('token' and 'message' EX, then 'ack' EX waits for every node)")
    for node in others:
        _peer(events, first, step, node, begun, program)
    asked = first(initiator, "dlm_lock_start", begun, lock="no-new-dev", mode="EX")
    step(7, asked, "asks for 'no-new-dev' EX without queueing")
    if asked is None:
        return steps
    answer = first(initiator, "dlm_ast", asked.time, lock="no-new-dev")
    if answer is None or answer.field("sb_status") != "0":
        step(9, answer, f"did not get it (status {answer.field('sb_status') if answer else 'unknown'}): the operation fails")
        return steps
    updated = first(initiator, "send", answer.time, type=METADATA_UPDATED)
    step(8, answer, "got it: the disk is no longer local to this node")
    step(8, updated, "sends METADATA_UPDATED")
    for node in others:
        reload = first(node, "reload", updated.time - 0.05 if updated else answer.time)
        step(10, reload, "re-reads the superblock and learns of the new disk ('no-new-dev' is CR again)")
    return steps


def _peer(events, first, step, node: int, begun: float, program: str) -> None:
    """Steps 3 to 6 on one of the other nodes."""
    said = next((event for event in events if event.node == node and event.name == "console" and event.time >= begun - 0.1
                 and "DEVICE_UUID=" in event.text), None)
    step(3, said, "the kernel raises a uevent: EVENT=ADD_DEVICE " + (said.text.partition(" with ")[2] if said else ""))
    confirm = _add(events, node, CANDIDATE)
    until = confirm.time if confirm else float("inf")
    runs = [event for event in events if event.node == node and event.name == "sched_process_exec" and event.time >= begun - 0.1
            and event.time <= until and event.field("filename").rpartition("/")[2] == program]
    if runs:
        run = runs[-1]
        opened = [event.field("path") for event in events if event.node == node and event.name == "open"
                  and event.task.startswith(program[:15]) and run.time <= event.time <= until and event.field("path").startswith("/dev/")]
        step(4, run, f"udev runs {program}; it looks for the disk by UUID_SUB (opens {', '.join(dict.fromkeys(opened)) or 'nothing'})")
    if confirm:
        step(5, confirm, f"found: ADD_NEW_DISK with {confirm.field('major')}:{confirm.field('minor')} as number {confirm.field('number')}, "
                         f"state {confirm.field('state')} (MD_DISK_CANDIDATE)")
        step(6, first(node, "dlm_lock_start", confirm.time, lock="no-new-dev", mode="NL"), "drops its CR lock on 'no-new-dev'")
        return
    refusal = first(node, "ack", begun - 0.1, ack="0")
    step(5, refusal, "not found: CLUSTERED_DISK_NACK; 'no-new-dev' stays CR")


def _add(events: list[Event], node: int, bit: int) -> Event | None:
    for event in events:
        if event.node == node and event.name == "add" and int(event.field("state"), 16) & bit:
            return event
    return None
