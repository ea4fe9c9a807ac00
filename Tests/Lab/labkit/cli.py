"""The command line of the lab."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from . import cases, image, labs, paths, runner, spec
from .errors import LabError
from .ssh import shell_line


def main() -> int:
    """Runs one command; returns the exit status."""
    arguments = _parser().parse_args()
    try:
        return arguments.function(arguments) or 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="Virtual machines with real md, corosync and dlm. See Tests/Lab/README.md.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function, *names: str):
        sub = commands.add_parser(function.__name__.strip("_").removesuffix("_command"), help=function.__doc__)
        sub.set_defaults(function=function)
        for name in names:
            sub.add_argument(name.lower(), metavar=name, **({"type": int} if name == "NODE" else {}))
        return sub

    command(_image)
    every = command(_run)
    every.add_argument("cases", nargs="*", metavar="CASE", help="a case's name, the start of several names, or a pattern (default: all)")
    every.add_argument("--binary", type=Path, default=paths.LAB.parent.parent / ".build/release/swmdadm",
                       help="the program under test (default: .build/release/swmdadm)")
    every.add_argument("--rules", type=Path, default=paths.LAB.parent.parent / "udev/69-md-clustered-confirm-device.rules",
                       help="our udev rule (default: udev/69-md-clustered-confirm-device.rules)")
    every.add_argument("--jobs", type=int, default=1, help="clusters side by side (default: 1); lone guests run two at a time at least")
    every.add_argument("--itself", action="store_true", help="compare the original with itself: proves the comparison, not our program")
    every.add_argument("--lab", metavar="NAME", help="use a lab that is up (see --keep) instead of starting one")
    every.add_argument("--keep", action="store_true", help="leave the last lab running")
    every.add_argument("--verbose", action="store_true", help="print every line of a failure")
    every.add_argument("--list", action="store_true", help="show the cases and run nothing")
    every.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an option that some case knows")
    up = command(_up, "NAME")
    up.add_argument("--nodes", type=int, default=1)
    up.add_argument("--disks", default="", help="such as 12x200M,2x1G (default: 12x200M on one node, 8x200M on several)")
    up.add_argument("--bus", default="virtio-blk", choices=spec.BUSES)
    up.add_argument("--shuffle", action="store_true", help="each node meets the disks in an order of its own")
    up.add_argument("--memory", type=int, default=0, help="MiB per node (default: 1024 alone, 768 in a cluster)")
    up.add_argument("--cpus", type=int, default=0, help="per node (default: 2 alone, 1 in a cluster)")
    up.add_argument("--cluster", action="store_true", help="start corosync and dlm_controld on a single node too")
    up.add_argument("--token", type=int, default=10000, help="corosync's token timeout in ms (default: 10000)")
    run = command(_exec, "NAME", "NODE")
    run.add_argument("command", nargs="+", metavar="CMD", help="one argument is a shell line, several are passed word by word")
    command(_shell, "NAME", "NODE")
    command(_push, "NAME", "NODE", "FILE", "DEST")
    command(_pull, "NAME", "NODE", "FILE", "DEST")
    install = command(_install, "NAME")
    install.add_argument("binary", nargs="?", metavar="BINARY", type=Path)
    install.add_argument("--rules", type=Path, help="udev rule in place of 69-md-clustered-confirm-device.rules")
    command(_down, "NAME")
    command(_list)
    command(_console, "NAME", "NODE")
    command(_poweroff, "NAME", "NODE")
    command(_boot, "NAME", "NODE")
    return parser


def _image(_) -> None:
    """build the guest image, unless it is there"""
    print(image.ensure())


def _run(arguments) -> int:
    """run cases; the last line is the count of passed, failed and skipped"""
    wanted = cases.chosen(arguments.cases)
    if arguments.list:
        for case in wanted:
            print(f"{case.name:24} {case.title} [{case.shape}]")
        return 0
    if not arguments.itself and not arguments.binary.exists():
        raise LabError(f"there is no {arguments.binary} (make, or give --binary)")
    rules = arguments.rules if arguments.rules.exists() else None
    options = dict(item.partition("=")[::2] for item in arguments.set)
    binary = None if arguments.itself else arguments.binary
    return runner.Runner(runner.Options(binary, rules, arguments.jobs, arguments.keep, arguments.verbose, arguments.lab, options)).run(wanted)


def _up(arguments) -> None:
    """start a lab"""
    alone = arguments.nodes == 1
    started = time.monotonic()
    labs.create(spec.Spec(
        name=arguments.name, nodes=arguments.nodes,
        disks=spec.parse_disks(arguments.disks or ("12x200M" if alone else "8x200M")),
        bus=arguments.bus, shuffle=arguments.shuffle, memory=arguments.memory or (1024 if alone else 768),
        processors=arguments.cpus or (2 if alone else 1), cluster=arguments.cluster or not alone, token=arguments.token))
    image.say(f"{arguments.name} is up after {time.monotonic() - started:.0f} s")


def _exec(arguments) -> int:
    """run a command on a node; exit status and streams pass through"""
    return _ssh(arguments, shell_line(arguments.command), terminal=False)


def _shell(arguments) -> int:
    """an interactive shell on a node"""
    return _ssh(arguments, "exec /bin/bash -l", terminal=True)


def _ssh(arguments, line: str, terminal: bool) -> int:
    guest = _running(arguments)
    connection = guest.connection
    if not connection.control.exists():
        connection.open()
    sys.stdout.flush()
    os.execvp("ssh", connection.arguments(line, terminal))


def _push(arguments) -> int:
    """copy a file to a node, keeping its mode"""
    source = Path(arguments.file)
    mode = oct(source.stat().st_mode & 0o7777)[2:]
    line = shell_line(["sh", "-c", 'cat >"$1" && chmod "$2" "$1"', "push", arguments.dest, mode])
    with open(source, "rb") as stream:
        return subprocess.run(_running(arguments).connection.arguments(line), stdin=stream, check=False).returncode


def _pull(arguments) -> int:
    """copy a file from a node"""
    line = shell_line(["cat", "--", arguments.file])
    with open(arguments.dest, "wb") as stream:
        return subprocess.run(_running(arguments).connection.arguments(line), stdin=subprocess.DEVNULL, stdout=stream, check=False).returncode


def _install(arguments) -> None:
    """put a swmdadm binary, a udev rule or both on all nodes"""
    if arguments.binary is None and arguments.rules is None:
        raise LabError("install what? Give a BINARY, --rules FILE or both")
    labs.find(arguments.name).install(arguments.binary, arguments.rules)


def _down(arguments) -> None:
    """end a lab and forget its disks"""
    labs.find(arguments.name).down()


def _list(_) -> None:
    """show the labs"""
    for lab in labs.every():
        state = ", ".join(f"node{guest.node} {'up' if guest.process() else 'off'}" for guest in lab.guests)
        print(f"{lab.spec.name}: {state}; {len(lab.spec.disks)} disks on {lab.spec.bus}{' shuffled' if lab.spec.shuffle else ''}")


def _console(arguments) -> None:
    """print a node's console"""
    sys.stdout.write(labs.find(arguments.name).guest(arguments.node).path("console").read_text(errors="replace"))


def _poweroff(arguments) -> None:
    """cut a node's power: its QEMU is killed"""
    labs.find(arguments.name).guest(arguments.node).kill()


def _boot(arguments) -> None:
    """start a node again, and its part of the cluster"""
    labs.find(arguments.name).boot([arguments.node])


def _running(arguments):
    guest = labs.find(arguments.name).guest(arguments.node)
    if guest.process() is None:
        raise LabError(f"node {arguments.node} of {arguments.name} is off (lab boot {arguments.name} {arguments.node})")
    return guest
