"""The library ClusterOps over the real DLM on three nodes; its node for the lab is Tests/LibraryRunner."""

import dataclasses
import random
import shutil
import time
import uuid

from labkit import paths
from labkit.cases import CLUSTER, Case
from labkit.stage import Failed, Node, Stage
from scenes import cluster

PROGRAM = paths.LAB.parent.parent / ".build/release/swmdlibrary"
SLOTS = 4
DISK = "/dev/lab/d8"
# What a member has of each kind of lock while nothing is under way: NL 0, CR 1, PW 4, EX 5. Watchers wait for `alive` in PR.
AT_REST = {"token": {0}, "message": {0}, "resync": {0}, "ack": {1}, "no-new-dev": {1}, "bitmap": {0, 4}, "alive": {0, 5}, "reply": {0, 4}}


class Member:
    """One process of the library on a node."""

    def __init__(self, scene: "Scene", node: Node, name: str):
        self.scene, self.node, self.name = scene, node, name
        self.file = f"/tmp/library-{name}"
        self.tag, self.slot, self.is_up = 0, "", False

    def start(self) -> str:
        """Starts the process and joins; returns the slot."""
        self.tag = 0
        self.node.sh(f"rm -f {self.file}.*; mkfifo {self.file}.in; "
                     f"setsid /tmp/swmdlibrary {self.scene.array} {DISK} {SLOTS} <>{self.file}.in >{self.file}.log 2>&1 & echo $! >{self.file}.pid")
        self.is_up = True
        self.slot = self.good("join").split()[-1]
        return self.slot

    def begin(self, command: str) -> int:
        """Sends a command; `answer` has its end."""
        self.tag += 1
        self.node.sh(f"echo '{self.tag} {command}' >{self.file}.in")
        return self.tag

    def answer(self, tag: int, seconds: int = 90) -> str:
        """The answer to a command, without its tag; empty where the process ended first."""
        done = self.node.sh(f"n=0; until grep -m1 '^{tag} ' {self.file}.log; do [ -d /proc/$(cat {self.file}.pid) ] || exit 9; "
                            f"n=$((n+1)); [ $n -lt {seconds * 10} ] || exit 1; sleep 0.1; done", check=False, timeout=seconds * 3 + 60)
        if done.status == 9:
            return ""
        if done.status != 0:
            raise Failed(f"{self.name}: command {tag} did not end in {seconds} s\n{self.log()}")
        return done.stdout.split(" ", 1)[1].strip()

    def ask(self, command: str, seconds: int = 90) -> str:
        return self.answer(self.begin(command), seconds)

    def good(self, command: str, seconds: int = 90) -> str:
        """A command that must succeed."""
        said = self.ask(command, seconds)
        if not said.startswith("ok"):
            raise Failed(f"{self.name}: {command}: {said or 'died'}\n{self.log()}")
        return said

    def state(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in self.good("state").split()[1:])

    def log(self) -> str:
        return self.node.sh(f"tail -n 25 {self.file}.log", check=False).stdout

    def end(self) -> None:
        self.node.sh(f"kill -9 $(cat {self.file}.pid)", check=False)
        self.is_up = False


class Scene:
    """An array's members, and what all of them must agree on."""

    def __init__(self, stage: Stage):
        if not PROGRAM.exists():
            stage.skip(f"there is no {PROGRAM}: run make contracts")
        self.stage, self.array = stage, str(uuid.uuid4())
        self.space = "swmd-" + self.array.replace("-", "")
        self.members: list[Member] = []
        shutil.copy(PROGRAM, stage.share / "swmdlibrary")
        self.install(stage.nodes)

    def install(self, nodes: list[Node]) -> None:
        self.stage.together(lambda node: node.sh("cp /lab/swmdlibrary /tmp/swmdlibrary; mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug"), nodes)

    def start(self, *places: tuple[int, str]) -> list[Member]:
        """Empties the shared block and starts members, one after the other."""
        node = self.stage.node(places[0][0])
        node.sh(f"printf 'events 1\\n' | dd of={DISK} bs=4096 conv=sync oflag=direct status=none")
        for number, name in places:
            member = Member(self, self.stage.node(number), name)
            self.members.append(member)
            member.start()
        return self.members

    @property
    def up(self) -> list[Member]:
        return [member for member in self.members if member.is_up]

    def settle(self, what: str, seconds: float = 30) -> dict[str, str]:
        """All members come to agree, without a candidate, and no lock is anywhere but at rest. Returns their state."""
        end = time.monotonic() + seconds
        while True:
            states = self.stage.together(lambda node: [member.state() for member in self.up if member.node is node])
            flat = [state for several in states for state in several]
            trouble = [] if all(state == flat[0] and state["candidate"] == "-1" and state["member"] == "true" for state in flat) else [f"they differ: {flat}"]
            trouble += [line for lines in self.stage.together(self._left) for line in lines]
            if not trouble:
                return flat[0]
            if time.monotonic() > end:
                logs = "\n".join(f"{member.name}:\n{member.log()}" for member in self.up)
                raise Failed(f"{what}: " + "\n".join(trouble[:20]) + "\n" + logs)
            time.sleep(0.3)

    def _left(self, node: Node) -> list[str]:
        """Locks of this node's processes that are not where they rest, or that nobody has."""
        here = [member for member in self.up if member.node is node]
        text = node.sh(f"cat /sys/kernel/debug/dlm/{self.space}_locks 2>/dev/null", check=False).stdout
        trouble, count = [], 0
        for line in text.splitlines()[1:]:
            words = line.split()
            # id nodeid remid pid xid exflags flags sts grmode rqmode time r_nodeid r_len "name"
            holder, status, mode, master, name = int(words[1]), int(words[7]), int(words[8]), int(words[11]), words[13].strip('"')
            if holder != 0 and master == 0:
                continue  # the master's copy of another node's lock
            count += 1
            kind = name.rstrip("0123456789")
            if mode not in AT_REST.get(kind, {0}) or (status != 2 and kind != "alive"):
                trouble.append(f"node {node.number}: {line.strip()}")
        expected = len(here) * (5 + 3 * SLOTS)
        return trouble + ([f"node {node.number}: {count} locks instead of {expected}"] if count != expected else [])

    def close(self) -> None:
        """Ends all processes and leaves the lockspace, which outlives them."""
        def job(node: Node) -> None:
            for member in self.members:
                if member.node is node:
                    member.end()
            # Without quorum leaving never ends.
            node.sh("corosync-quorumtool -s | grep -q '^Quorate: *Yes' || exit 0; "
                    f"for n in 1 2 3 4; do dlm_tool ls | grep -q {self.space} || exit 0; dlm_tool leave {self.space}; done", check=False)
        self.stage.together(job, [node for node in self.stage.nodes if node.guest.process()])


def _with_scene(body):
    def run(stage: Stage) -> None:
        scene = Scene(stage)
        try:
            body(stage, scene)
        finally:
            scene.close()
    run.__doc__ = body.__doc__
    return run


def _disk() -> str:
    return str(uuid.uuid4())


@_with_scene
def together(stage: Stage, scene: Scene) -> None:
    """Two processes on node 1 and one on node 3: an add, a refusal that is named, idleness, leaving."""
    first, second, third = scene.start((1, "a"), (1, "b"), (3, "c"))
    first.good(f"add 5 {_disk()}")
    state = scene.settle("after the add")
    stage.expect("5=" in state["members"], f"nobody has the disk: {state}")
    third.good("answer tooSmall")
    refused = second.ask(f"add 6 {_disk()}")
    stage.note(f"refused: {refused}")
    stage.expect("errno=2" in refused and "slot=2 node=3 reason=tooSmall" in refused, f"the refusal is {refused}")
    scene.settle("after the refusal")
    third.good("answer accepted")
    _idle(stage, third)
    third.good("leave")
    third.end()
    second.good(f"add 6 {_disk()}")
    scene.settle("after one has left")
    second.good("leave")
    second.end()
    first.good("remove 5")
    stage.expect("5=" not in scene.settle("alone")["members"], "the disk is still there")
    first.good("leave")
    done = first.ask("release")
    stage.expect(done == "ok", f"node 1 cannot leave the lockspace: {done}")
    first.end()


def _idle(stage: Stage, member: Member, seconds: int = 20) -> None:
    """How often an idle member's threads wake up."""
    count = f"cat /proc/$(cat {member.file}.pid)/task/*/status | grep -i ctxt_switches | cut -f2 | paste -sd+ | sed 's/.*/echo $((&))/' | sh"
    before = int(member.node.out(count))
    time.sleep(seconds)
    woken = int(member.node.out(count)) - before
    stage.note(f"an idle member woke up {woken} times in {seconds} s")
    stage.expect(woken < 5, f"an idle member woke up {woken} times in {seconds} s")


@_with_scene
def adds(stage: Stage, scene: Scene) -> None:
    """100 adds from rotating nodes; one or two nodes may say no, as a seed has it."""
    seed = int(stage.options.get("seed", random.randrange(1 << 32)))
    dice = random.Random(seed)
    stage.note(f"seed {seed}: again by --set seed={seed}")
    members = scene.start((1, "a"), (2, "b"), (3, "c"))
    answers = ["notFound", "tooSmall", "busy", "declined", "mismatch"]
    spans, expected, refusals = [], set(), 0
    for number in range(int(stage.options.get("rounds", 100))):
        sender = members[number % 3]
        nays = {member: dice.choice(answers) for member in members if member is not sender and dice.random() < 0.2}
        for member, answer in nays.items():
            member.good(f"answer {answer}")
        place = str(number % 40)
        if place in expected:
            members[(number + 1) % 3].good(f"remove {place}")
            expected.discard(place)
        started = time.monotonic()
        said = sender.ask(f"add {place} {_disk()}")
        spans.append(time.monotonic() - started)
        if nays:
            refusals += 1
            right = [f"slot={member.slot} node={member.node.number} reason={_word(answer)}" for member, answer in nays.items()]
            stage.expect(any(words in said for words in right), f"add {number + 1}: {said} instead of one of {right}")
        else:
            stage.expect(said == "ok", f"add {number + 1}: {said}")
            expected.add(place)
        for member in nays:
            member.good("answer accepted")
        if number % 10 == 9:
            seen = {pair.split("=")[0] for pair in scene.settle(f"after round {number + 1}")["members"].split(",") if pair}
            stage.expect(seen == expected, f"after round {number + 1}: members {seen} instead of {expected}")
    stage.note(f"{len(spans) - refusals} adds went through, {refusals} were refused as they had to be; slowest {max(spans):.1f} s by the host's clock")


def _word(answer: str) -> str:
    return {"declined": "byOperator", "mismatch": "uuidMismatch"}.get(answer, answer)


@_with_scene
def pace(stage: Stage, scene: Scene) -> None:
    """How long a message to everybody takes, beside a bare conversion of a lock in the same guests."""
    members = scene.start((1, "a"), (2, "b"), (3, "c"))
    count = int(stage.options.get("count", 500))
    bare = {member.name: member.good(f"conversions {count}", 300) for member in members}
    median = {}
    for kind in ("looks", "updates"):
        for member in (members[0], members[2]):
            said = member.good(f"{kind} {count}", 600)
            median[member.name] = int(said.split("median=")[1].split()[0])
            stage.note(f"{kind} from node {member.node.number}, microseconds: {said[3:]}")
    for member in members:
        stage.note(f"NL to EX to NL of a bare lock from node {member.node.number}: {bare[member.name][3:]}")
    remote = int(bare["c"].split("median=")[1].split()[0])
    stage.note(f"an update from node 3 costs {median['c'] / remote:.1f} bare conversions")
    stage.expect(median["c"] < 60 * remote, f"an update takes {median['c']} us, a bare conversion {remote} us")


@dataclasses.dataclass
class Run:
    """One death: whose, how, before which of its conversions."""

    role: str
    death: str
    step: int


def _runs(sending: int, receiving: int, kills: int, cuts: int) -> list[Run]:
    """Deaths spread evenly over the conversions of an add, as sender and as receiver."""
    def spread(role: str, death: str, steps: int, count: int) -> list[Run]:
        return [Run(role, death, 1 + index * (steps - 1) // max(1, count - 1)) for index in range(count)]
    return (spread("sender", "kill", sending, kills - kills // 2) + spread("receiver", "kill", receiving, kills // 2)
            + spread("sender", "cut", sending, cuts - cuts // 2) + spread("receiver", "cut", receiving, cuts // 2))


@_with_scene
def deaths(stage: Stage, scene: Scene) -> None:
    """A process is killed, or a node loses power, at each step of an add. Survivors agree and go on; the dead come back."""
    members = scene.start((1, "a"), (2, "b"), (3, "c"))
    victim = members[2]
    sending, receiving = _steps(scene, victim, victim), _steps(scene, members[0], victim)
    stage.note(f"an add is {sending} conversions for its sender, {receiving} for a receiver")
    kills, cuts = int(stage.options.get("kills", 20)), int(stage.options.get("cuts", 10))
    for number, run in enumerate(_runs(sending, receiving, kills, cuts), 1):
        started = time.monotonic()
        said = _die(stage, scene, run)
        stage.note(f"{number}: {run.role} {run.death} before step {run.step}: {said}; {time.monotonic() - started:.0f} s")


def _steps(scene: Scene, sender: Member, watched: Member) -> int:
    """How many conversions `watched` makes for an add and its remove's absence."""
    count = f"grep -c converts {watched.file}.log || true"
    watched.good("trace")
    before = int(watched.node.out(count))
    sender.good(f"add 30 {_disk()}")
    scene.settle("after the counted add")
    steps = int(watched.node.out(count)) - before
    scene.members[0].good("remove 30")
    scene.settle("after the counted add's remove")
    return steps


def _die(stage: Stage, scene: Scene, run: Run) -> str:
    """One death, the survivors' next add, and the return of the dead."""
    first, second, victim = scene.members
    victim.good(f"die {run.step} {run.death}")
    sender = victim if run.role == "sender" else first
    tag = sender.begin(f"add 7 {_disk()}") if run.death == "kill" or sender is first else _send_last(sender, f"add 7 {_disk()}")
    said = sender.answer(tag) if sender is first else "(dead)"
    _bury(stage, victim, run)
    if sender is first and not said.startswith("ok") and "errno=2 " not in said and "errno=110" not in said:
        raise Failed(f"{run}: {said}\n{first.log()}")
    state = scene.settle(f"{run}: the survivors", 90)
    outcome = "became a member" if "7=" in state["members"] else "did not"
    started = time.monotonic()
    second.good(f"add 8 {_disk()}")
    stage.expect("8=" in scene.settle(f"{run}: the next add")["members"], f"{run}: nobody has the next disk")
    span = time.monotonic() - started
    _revive(stage, scene, victim, run)
    victim.good(f"add 9 {_disk()}")
    scene.settle(f"{run}: an add from who came back")
    for number in (7, 8, 9):
        first.good(f"remove {number}")
    return f"{said[:60]}, the disk {outcome}; next add {span:.1f} s"


def _send_last(member: Member, command: str) -> int:
    """Sends a command to a machine that may end before it says that it took it."""
    member.node.sh(f"(sleep 0.3; echo '{member.tag + 1} {command}' >{member.file}.in) >/dev/null 2>&1 </dev/null &")
    member.tag += 1
    return member.tag


def _bury(stage: Stage, victim: Member, run: Run) -> None:
    """Waits for the end that was ordered."""
    victim.is_up = False
    if run.death == "kill":
        victim.node.wait(f"! [ -d /proc/$(cat {victim.file}.pid) ]", 30)
        return
    end = time.monotonic() + 60
    while victim.node.guest.process() and time.monotonic() < end:
        time.sleep(0.2)
    stage.expect(not victim.node.guest.process(), f"{run}: node {victim.node.number} lives")
    # Until corosync has missed it, whoever is asked waits for the dead, and an add ends as "silent".
    nodes = f"/sys/kernel/config/dlm/cluster/spaces/swmd-*/nodes/{victim.node.number}"
    for node in stage.nodes:
        if node.number != victim.node.number:
            node.wait(f"! ls -d {nodes} >/dev/null 2>&1", 120)


def _revive(stage: Stage, scene: Scene, victim: Member, run: Run) -> None:
    if run.death == "cut":
        stage.lab.boot([victim.node.number])
        scene.install([victim.node])
    victim.start()
    scene.settle(f"{run}: with the dead back", 60)


def quorum(stage: Stage) -> None:
    """Two of three nodes lose power while the third adds and resyncs; they come back, and nothing is lost."""
    cluster.restart_managers(stage, "enable_quorum_lockspace=1")
    try:
        _quorum(stage)
    finally:
        cluster.restart_managers(stage, "enable_quorum_lockspace=0")


@_with_scene
def _quorum(stage: Stage, scene: Scene) -> None:
    first, second, third = scene.start((1, "a"), (2, "b"), (3, "c"))
    first.good("resync 100 200")
    stage.expect(second.state()["heldback"] == "true", "node 2 does not hold back writes")
    second.good("answer silent")
    tag = first.begin(f"add 7 {_disk()}")
    second.node.wait(f"grep -q newDisk {second.file}.log", 20)
    stage.together(lambda node: node.guest.kill(), stage.nodes[1:])
    second.is_up = third.is_up = False
    first.node.wait("corosync-quorumtool -s | grep -q '^Quorate: *No'", 60)
    # The first add may have run into its own limit before anybody knew.
    later = first.begin(f"add 9 {_disk()}")
    started = time.monotonic()
    # Of the add, or of the repair that the first one left behind and that goes before it.
    first.node.wait(f"grep -q 'has no quorum' {first.file}.log", 150)
    stage.note(f"the log said after {time.monotonic() - started:.0f} s: " + first.node.out(f"grep -m1 'has no quorum' {first.file}.log"))
    ended = first.node.sh(f"grep '^{later} ' {first.file}.log", check=False)
    stage.expect(ended.status != 0, f"an add ended without quorum: {ended.stdout}")
    stage.lab.boot([2, 3])
    scene.install(stage.nodes[1:])
    said, then = first.answer(tag, 120), first.answer(later, 120)
    stage.note(f"the add that was under way ended: {said}; the one asked for without quorum: {then}")
    stage.expect(then == "ok", f"the add that waited for quorum ended: {then}")
    stage.expect(first.good("move 200 300").startswith("ok"), "the resync cannot go on")
    second.start()
    third.start()
    stage.expect(second.state()["heldback"] == "true", "node 2 does not learn of the resync")
    first.good("finish")
    first.good(f"add 8 {_disk()}")
    state = scene.settle("with quorum again", 60)
    stage.expect("8=" in state["members"] and "9=" in state["members"] and state["heldback"] == "false", f"the state is {state}")
    stage.expect(("7=" in state["members"]) == said.startswith("ok"), f"the add said {said}, the state is {state}")


def beside(stage: Stage) -> None:
    """The library is refused on a node whose kernel runs the array."""
    cluster.start(stage)
    scene = Scene(stage)
    scene.array = stage.node(1).out("ls /sys/kernel/dlm | grep -E '^[0-9a-f]{8}-'")
    scene.space = "swmd-" + scene.array.replace("-", "")
    member = Member(scene, stage.node(2), "a")
    try:
        said = member.start()
        stage.wrong(f"it joined: {said}")
    except Failed as refusal:
        stage.note(str(refusal).splitlines()[0])
        stage.expect("the kernel runs this array" in str(refusal), str(refusal))
    finally:
        member.end()
    spaces = stage.node(2).out("ls /sys/kernel/dlm")
    stage.expect(scene.space not in spaces, f"the lockspace was made: {spaces}")


CASES = [
    Case("library-together", "two processes on one node and one on another: an add, a refusal, leaving", together, CLUSTER, 600),
    Case("library-adds", "100 adds from rotating nodes, some refused: right every time, and no lock left behind", adds, CLUSTER, 1200),
    Case("library-pace", "a message to everybody beside a bare conversion of a lock", pace, CLUSTER, 900),
    Case("library-beside", "refused beside the kernel's own cluster of the array", beside, CLUSTER, 600),
    Case("library-quorum", "quorum lost and regained during an add and a resync", quorum, CLUSTER, 900),
    Case("library-deaths", "processes killed and nodes powered off at each step of an add", deaths, CLUSTER, 5400),
]
