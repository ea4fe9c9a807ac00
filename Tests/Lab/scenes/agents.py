"""Agents on the nodes of a lab: `swmdadm --cluster-agent` without a service manager, as nice as systemd makes it."""

from labkit.stage import Node, Stage

LOG = "/tmp/agent.log"
START = f"""
setsid nice -n -10 swmdadm --cluster-agent -v </dev/null >{LOG} 2>&1 &
echo $! >/tmp/agent.pid
"""
_STOP = "kill -TERM $(cat /tmp/agent.pid); n=0; while [ -d /proc/$(cat /tmp/agent.pid) ] && [ $n -lt 200 ]; do n=$((n+1)); sleep 0.1; done; " \
        "! [ -d /proc/$(cat /tmp/agent.pid) ]"


def launch(node: Node, arrays: int = 1, seconds: float = 120) -> None:
    """An agent on this node, among the agents of so many arrays."""
    node.script(START)
    node.wait(f"[ $(grep -c 'among the agents of its nodes, in' {LOG}) -ge {arrays} ]", timeout=seconds)


def start(stage: Stage) -> None:
    """An agent on every node, and each of them among the agents of the array."""
    stage.together(launch)


def stop(stage: Stage, nodes: list[Node] | None = None) -> None:
    """All agents end when they are asked to."""
    for node in stage.nodes if nodes is None else nodes:
        ended = node.sh(_STOP, check=False)
        if ended.status != 0:
            stage.wrong(f"node {node.number}: the agent does not end:\n" + node.out(f"cat {LOG}"))
            node.sh("kill -9 $(cat /tmp/agent.pid)", check=False)


def log(node: Node) -> str:
    """What the agent has said so far."""
    return node.out(f"cat {LOG}")
