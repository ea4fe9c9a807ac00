"""corosync and the lock manager's daemon on all nodes of a lab."""

from .errors import LabError
from .spec import Spec


def corosync_conf(spec: Spec) -> str:
    """The same file for all nodes. The token is generous: under emulation on a busy host a node may pause for seconds."""
    nodes = "".join(f"  node {{\n    ring0_addr: 10.10.0.{number}\n    name: node{number}\n    nodeid: {number}\n  }}\n"
                    for number in range(1, spec.nodes + 1))
    # two_node needs both nodes at the first start; without it a pair loses quorum with its first dead node.
    two = "  two_node: 1\n" if spec.nodes == 2 else ""
    return (f"totem {{\n  version: 2\n  cluster_name: {spec.name}\n  transport: knet\n  crypto_cipher: none\n  crypto_hash: none\n"
            f"  token: {spec.token}\n}}\nnodelist {{\n{nodes}}}\nquorum {{\n  provider: corosync_votequorum\n{two}}}\n"
            "logging {\n  to_stderr: no\n  to_syslog: no\n  to_logfile: yes\n  logfile: /var/log/corosync.log\n  timestamp: hires\n}\n")


def start(lab, nodes: list[int]) -> None:
    """Starts the cluster on some nodes at once (alone none of them would become quorate) and checks that all see it."""
    from .labs import in_parallel
    in_parallel([lambda node=node: _start_node(lab.guest(node)) for node in nodes])


# A lone guest has no links and therefore no cluster address; the lock manager wants one all the same.
_ADDRESS = "modprobe dummy numdummies=0; ip link add cluster type dummy && ip address add 10.10.0.1/32 dev cluster && ip link set cluster up; "


def _start_node(guest) -> None:
    done = guest.connection.run((_ADDRESS if guest.spec.nodes == 1 else "") + "/usr/lib/lab/cluster-start", timeout=300)
    if done.status != 0:
        log = guest.connection.run("tail -n 20 /var/log/corosync.log", timeout=60).stdout
        raise LabError(f"node {guest.node}: {done.stderr.strip()}\n{log}")
