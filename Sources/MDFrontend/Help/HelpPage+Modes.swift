extension HelpPage {
    /// How a command line of the mode looks.
    static func synopsis(of mode: Mode) -> String {
        switch mode {
        case .create: "--create MD --level=LEVEL --raid-devices=N [options] DEV..."
        case .build: "--build MD --level=LEVEL --raid-devices=N [options] DEV..."
        case .assemble: "--assemble MD [options] DEV...  |  --assemble --scan [options]"
        case .manage: "[--manage] MD ACTION DEV..."
        case .misc: "[--misc] ACTION [options] DEV..."
        case .join: "--join MD [--nodes=N] [--wait=SECS] [DEV...]"
        case .leave: "--leave MD"
        case .candidate: "--candidate MD [--slot=N --uuid=UUID] [--timeout=SECS]"
        case .nack: "--nack MD"
        case .agent: "--cluster-agent"
        case .status: "--cluster-status [MD...] [--json]"
        case .resync: "--resync MD [start|check|repair|pause|resume|cancel] [--follow] [--json]"
        case .undo: "--undo [ENTRY] [--force] [--json]"
        case .start, .monitor, .grow, .incremental, .autoDetect: ""
        }
    }

    /// What the mode is for, in a line.
    static func purpose(of mode: Mode) -> String {
        switch mode {
        case .create: "Make a new array: write metadata to the devices and start it."
        case .build: "Make an array of devices without metadata; nothing is written to them."
        case .assemble: "Put an array together from devices that belong to it, and start it."
        case .manage: "Add, remove, fail or replace members of a running array."
        case .misc: "Report on devices and arrays; start, stop, wait, erase."
        case .join: "Join a clustered array: assemble it, make it writable, wait for this node's slot."
        case .leave: "Leave a clustered array: stop it on this node and tell the other nodes."
        case .candidate: "Answer another node's --add: find the disk and confirm it, or say that it is missing."
        case .nack: "Answer another node's --add with no."
        case .status: "Show who shares which array, who holds which lock, what is wrong and what to do."
        case .resync: "Show how an array's sync stands and who does it; start, check, pause and go on."
        case .undo: "List what commands overwrote on devices, and put it back."
        case .agent: "The node's service: answer every --add of other nodes, faster than a udev rule."
        case .start, .monitor, .grow, .incremental, .autoDetect: ""
        }
    }

    /// What one has to know beyond the options.
    static func explanation(of mode: Mode) -> String {
        switch mode {
        case .create:
            """
            The word missing stands for a device that will come later. Devices are looked at first; where
            one holds a file system, a partition table or an array, a question is asked unless --run is
            given. What was on the devices is lost.
            """
        case .build:
            """
            The word missing leaves a slot empty. What the array was must be kept elsewhere: whoever starts it
            again names the same devices in the same order. There are no spares and no bitmap.
            """
        case .assemble:
            """
            Which array is meant is told by --uuid or --name, by mdadm.conf, or by the first device. With
            --scan and no operand every array of mdadm.conf is assembled. An array that misses members
            it had when it last ran is started only with --run or --scan.
            """
        case .manage:
            """
            An action holds for all devices after it until another one follows. Without --manage the
            array comes first: MD --fail DEV --remove DEV.
            """
        case .misc:
            """
            An action holds for all devices after it; it must come before them. --detail, --examine
            and --stop take --scan instead of devices.
            """
        case .join: "The array stays writable here until --leave or --stop."
        case .leave: "Bitmaps this node leaves dirty are taken over by another node."
        case .candidate, .nack:
            """
            This is for the udev rule that the kernel's question triggers. What is not given is taken from the
            event's environment. No answer ever writes to the disk.
            """
        case .status:
            """
            Only looks: no lock is taken and no array opened, so it answers while the cluster is stuck. A node sees
            its own locks and those of all nodes on locks that it is the master of; -v shows these as well.
            """
        case .resync:
            """
            Without a word after MD it only looks. start begins a resync or recovery that is due; check compares,
            repair makes alike. pause keeps the position and resume goes on from there; meanwhile no rebuild begins
            either. cancel ends a check or repair. ^C ends --follow and not the sync.
            """
        case .undo:
            """
            Superblocks, bitmaps and signatures are saved before a command overwrites them. An entry is put back only
            as a whole, on the same disks, with nobody using them. Data that was written or synced since stays.
            """
        case .agent:
            """
            Run it from swmdadm-cluster.service. It ends on SIGTERM. The udev rule answers while no agent runs,
            and leaves to the agent what the agent has taken.
            """
        case .start, .monitor, .grow, .incremental, .autoDetect: ""
        }
    }

    static let configuration = """
        mdadm.conf says which devices to look at and which arrays to assemble. It is looked for at
        /etc/mdadm.conf, then /etc/mdadm/mdadm.conf, each with a directory of more files beside it
        (mdadm.conf.d/*.conf). --config names another file or directory; none is an empty one,
        partitions one that only says DEVICE partitions.

        A line that starts with blank or tab continues the one before; # starts a comment. Keywords may be cut
        to three letters and written in any case.

          DEVICE      path patterns, partitions, containers
          ARRAY       an array: node, UUID=, name=, level=, num-devices=, devices=, spare-group=
          CREATE      owner=, group=, mode=, metadata=, names= of new arrays
          HOMEHOST    the host that local arrays belong to: a name, <system>, <none>, <ignore>
          HOMECLUSTER the cluster's name, instead of asking corosync
          AUTO        which metadata formats --scan assembles: +1.x, -all, homehost
          MAILADDR, MAILFROM, PROGRAM, MONITORDELAY, POLICY, PART-POLICY, SYSFS
                      read, and used by the modes that need them

        """
}
