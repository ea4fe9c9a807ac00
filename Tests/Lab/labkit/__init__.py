"""The virtual-machine lab: QEMU guests with the real md driver, corosync and the distributed lock manager."""
