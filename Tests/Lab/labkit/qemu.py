"""The command line of one guest. Nothing here runs anything."""

from pathlib import Path

from .spec import Spec


def command(spec: Spec, node: int, directory: Path, port: int) -> list[str]:
    """QEMU's arguments for a node whose files live in the lab's directory and whose ssh is forwarded to a loopback port."""
    return [
        "qemu-system-x86_64",
        "-name", f"lab-{spec.name}-node{node}",
        # The kernel of the build machine offers no usable KVM. la57 off: one level less in every emulated page walk.
        "-machine", "pc,usb=off", "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max,la57=off",
        "-m", str(spec.memory), "-smp", str(spec.processors),
        # Without the default floppy, which makes blkid hang for 20 s, and without a screen.
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-rtc", "base=utc",
        "-kernel", f"{spec.image}/vmlinuz", "-initrd", f"{spec.image}/initramfs", "-append", kernel_arguments(spec, node),
        "-chardev", f"file,id=console,path={directory}/node{node}.console,append=on", "-serial", "chardev:console",
        "-chardev", f"socket,id=ready,path={directory}/node{node}.ready,server=on,wait=off", "-serial", "chardev:ready",
        "-qmp", f"unix:{directory}/node{node}.qmp,server=on,wait=off",
        "-device", "virtio-rng-pci",
        *root(spec),
        *share(directory),
        *networks(spec, node, directory, port),
        *disks(spec, node, directory),
    ]


def kernel_arguments(spec: Spec, node: int) -> str:
    """A quiet boot (every character on the emulated serial line costs), and limits that a busy host does not trip.

    Libraries go to the same addresses in each process (norandmaps): QEMU 7.2 translates code anew at every address it
    turns up at, which made starting any program three times as dear and hid what programs themselves cost.
    """
    return (f"console=ttyS0 loglevel=4 net.ifnames=0 mitigations=off norandmaps random.trust_cpu=on watchdog_thresh=60 "
            f"rcupdate.rcu_cpu_stall_timeout=120 panic=0 lab.name={spec.name} lab.node={node} lab.nodes={spec.nodes}")


def root(spec: Spec) -> list[str]:
    """The shared root disk; what a guest writes goes to a file that vanishes with its QEMU."""
    return ["-drive", f"file={spec.image}/root.img,format=raw,if=none,id=root,snapshot=on,file.locking=off",
            "-device", "virtio-blk-pci,drive=root,serial=labroot"]


def share(directory: Path) -> list[str]:
    """A directory of the host, mounted on /lab in every guest."""
    return ["-fsdev", f"local,id=share,path={directory}/share,security_model=none",
            "-device", "virtio-9p-pci,fsdev=share,mount_tag=lab"]


def networks(spec: Spec, node: int, directory: Path, port: int) -> list[str]:
    """The control line (closed towards the outside) and one direct link to each other node."""
    arguments = ["-netdev", f"user,id=control,restrict=on,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:22",
                 "-device", f"virtio-net-pci,netdev=control,romfile=,mac=52:54:00:00:00:{node:02x}"]
    for peer in range(1, spec.nodes + 1):
        if peer == node:
            continue
        arguments += [
            "-netdev", f"dgram,id=link{peer},local.type=unix,local.path={directory}/link-{node}-{peer},"
                       f"remote.type=unix,remote.path={directory}/link-{peer}-{node}",
            "-device", f"virtio-net-pci,id=nic{peer},netdev=link{peer},romfile=,mac=52:54:00:01:{node:02x}:{peer:02x}",
        ]
    return arguments


def disks(spec: Spec, node: int, directory: Path) -> list[str]:
    """The data disks: the same raw files in every guest.

    cache=unsafe leaves out fsync on the host only. All guests still read and write one page cache, and killing QEMU loses
    nothing that reached it; so between guests it is as coherent as writeback, and much cheaper.
    """
    arguments: list[str] = []
    if spec.bus != "virtio-blk":
        arguments += ["-device", "virtio-scsi-pci,id=scsi"]
    for disk in spec.disk_order(node):
        arguments += ["-drive", f"file={directory}/{disk}.raw,format=raw,if=none,id={disk},cache=unsafe,discard=unmap,"
                                "file.locking=off,werror=report,rerror=report"]
        kind = "virtio-blk-pci" if spec.bus_of(disk) == "virtio-blk" else "scsi-hd,bus=scsi.0"
        arguments += ["-device", f"{kind},id=dev-{disk},drive={disk},serial={disk},share-rw=on"]
    return arguments
