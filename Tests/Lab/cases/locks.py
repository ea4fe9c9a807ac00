"""The contracts of lock managers over the real DLM, with holders on three nodes."""

import shutil
import time

from labkit import paths
from labkit.cases import CLUSTER, Case
from labkit.stage import Stage

LOCKSPACE = "swmd-contracts"
PORT = 7711
PROGRAM = paths.LAB.parent.parent / ".build/release/swmdcontract"


def contracts(stage: Stage) -> None:
    """All contracts for which nobody dies."""
    _install(stage)
    _agent(stage, 2)
    _agent(stage, 3)
    try:
        done = _run(stage)
        stage.note(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "no output")
        stage.expect(done.status == 0, _failures(done))
    finally:
        _leave(stage, stage.nodes)


def deaths(stage: Stage) -> None:
    """Contracts that end node 3 as a power cut does; it comes back for each of them."""
    names = [line for line in _lines(stage, "--list-deaths")]
    stage.expect(len(names) >= 2, f"no contracts with deaths: {names}")
    for name in names:
        _install(stage)
        _agent(stage, 2)
        _agent(stage, 3)
        started = time.monotonic()
        done = _run(stage, "--death", name)
        stage.note(f"{name}: exit {done.status} after {time.monotonic() - started:.0f} s")
        if done.status != 0:
            stage.wrong(_failures(done))
        _leave(stage, stage.nodes[:2])
        end = time.monotonic() + 60
        while stage.node(3).guest.process() and time.monotonic() < end:
            time.sleep(0.5)
        stage.expect(not stage.node(3).guest.process(), "node 3 lives")
        stage.lab.boot([3])


def _install(stage: Stage) -> None:
    if not PROGRAM.exists():
        stage.skip(f"there is no {PROGRAM}: run make contracts")
    shutil.copy(PROGRAM, stage.share / "swmdcontract")
    stage.together(lambda node: node.sh("cp /lab/swmdcontract /tmp/swmdcontract"))


def _agent(stage: Stage, number: int) -> None:
    """An agent answers once its node has joined the lockspace."""
    node = stage.node(number)
    node.sh(f"setsid /tmp/swmdcontract lock-agent {LOCKSPACE} {PORT} >/tmp/agent.log 2>&1 </dev/null & echo $! >/tmp/agent.pid")
    node.wait(f"grep -q :1E1F /proc/net/tcp || ! kill -0 $(cat /tmp/agent.pid)")
    node.sh("kill -0 $(cat /tmp/agent.pid) || { cat /tmp/agent.log; exit 1; }")


def _run(stage: Stage, *words: str):
    quoted = " ".join(f"'{word}'" for word in words)
    return stage.node(1).sh(f"/tmp/swmdcontract locks {LOCKSPACE} 10.10.0.2:{PORT} 10.10.0.3:{PORT} {quoted}", check=False, timeout=600)


def _lines(stage: Stage, word: str) -> list[str]:
    _install(stage)
    return stage.node(1).out(f"/tmp/swmdcontract locks {word}").splitlines()


def _failures(done) -> str:
    lines = (done.stdout + done.stderr).splitlines()
    return "\n".join([line for line in lines if "passed (" not in line]) or f"exit {done.status} and no word"


def _leave(stage: Stage, nodes) -> None:
    """Ends the agents and leaves the lockspace, which outlives programs."""
    def job(node) -> None:
        node.sh("kill $(cat /tmp/agent.pid 2>/dev/null) 2>/dev/null; "
                f"for n in 1 2 3 4 5 6 7 8; do dlm_tool ls | grep -q {LOCKSPACE} || exit 0; dlm_tool leave {LOCKSPACE}; done", check=False)
    stage.together(job, list(nodes))


CASES = [
    Case("locks", "the contracts of lock managers hold over the real DLM on three nodes", contracts, CLUSTER, 900),
    Case("locks-death", "what a node's power cut does to locks and value blocks", deaths, CLUSTER, 1500),
]
