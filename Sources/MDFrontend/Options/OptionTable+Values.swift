extension OptionTable {
    static let shapeRows: [OptionRow] = [
        OptionRow(.level, "l", in: [.create, .build, .grow], "RAID level").taking(.words([
            "linear", "raid0", "raid1", "raid4", "raid5", "raid6", "raid10", "faulty", "container",
            "0", "1", "4", "5", "6", "10", "stripe", "mirror", "multipath", "mp",
        ])),
        OptionRow(.layout, "p", in: [.create, .build, .grow],
            "how data and copies or parity are laid out; needs the level first")
            .taking(.name).also("parity"),
        OptionRow(.raidDevices, "n", in: [.create, .build, .grow], "number of devices that carry data")
            .taking(.number).also("raid-disks"),
        OptionRow(.spareDevices, "x", in: .create,
            "number of spares").taking(.number).also("spare-disks"),
        OptionRow(.chunk, "c", in: [.create, .build, .grow],
            "chunk size, in KiB unless a suffix says otherwise")
            .taking(.size).also("rounding"),
        OptionRow(.size, "z", in: [.create, .build, .grow],
            "room to use on each device, in KiB, or max").taking(.size),
        OptionRow(.arraySize, "Z", in: .grow, "visible size of the array").taking(.size).unsupported,
        OptionRow(.dataOffset, in: [.create, .grow], "where data starts on each device").taking(.size),
        OptionRow(.bitmap, "b", in: [.create, .build, .assemble, .grow], "write-intent bitmap")
            .taking(.words(["none", "internal", "clustered", "lockless"])),
        OptionRow(.bitmapChunk, in: [.create, .build, .grow],
            "room that one bit of the bitmap stands for")
            .taking(.size),
        OptionRow(.delay, "d", in: [.create, .build, .monitor, .grow],
            "seconds between clearings of the bitmap")
            .taking(.seconds),
        OptionRow(.writeBehind, in: [.create, .build, .grow],
            "writes that may be outstanding to write-mostly devices")
            .mayTake(.number),
        OptionRow(.writeMostly, "W", in: [.create, .build, .manage],
            "following devices: do not read from them if avoidable"),
        OptionRow(.failFast, in: [.create, .manage], "following devices: let the driver fail early"),
        OptionRow(.noFailFast, in: .manage, "following devices: clear failfast"),
        OptionRow(.writeJournal, in: .create, "device for a write journal").taking(.device),
        OptionRow(.writeZeroes, in: .create, "write zeros first and skip the resync"),
        OptionRow(.assumeClean, in: [.create, .build, .grow],
            "skip the initial resync: the devices already agree"),
        OptionRow(.consistencyPolicy, "k", in: [.create, .grow],
            "what keeps the array consistent after a crash")
            .taking(.words(["resync", "bitmap", "journal", "ppl"])),
        OptionRow(.logicalBlockSize, in: .create,
            "logical block size in bytes").taking(.number),
        OptionRow(.destroy, in: .create, "uuid of an array that may be lost to the new one").taking(.uuid),
        OptionRow(.name, "N", in: [.create, .assemble, .misc, .join], "the array's name").taking(.name),
        OptionRow(.uuid, "u", in: [.create, .assemble, .join, .candidate],
            "the array's uuid; candidate: the uuid that the new disk was announced with").taking(.uuid),
        OptionRow(.metadata, "e", in: [.create, .assemble, .misc, .incremental], "metadata format")
            .taking(.words(["1", "1.0", "1.1", "1.2", "0.90", "ddf", "imsm", "default"])),
        OptionRow(.nodes, in: [.create, .assemble, .grow, .join],
            "number of nodes a clustered bitmap has room for")
            .taking(.number),
        OptionRow(.homeCluster, in: [.create, .assemble, .join], "name of the cluster").taking(.name),
    ]

    static let conductRows: [OptionRow] = [
        OptionRow(.force, "f", in: [.create, .build, .assemble, .manage, .misc, .grow, .undo],
            "do it although it looks wrong").letter(in: [.create, .build, .assemble, .misc, .grow]),
        OptionRow(.test, "t", in: [.manage, .misc, .monitor],
            "tell the state of the array in the exit status"),
        OptionRow(.scan, "s", in: [.assemble, .misc, .monitor, .incremental],
            "take what is not given from mdadm.conf and /proc/mdstat"),
        OptionRow(.config, "c", in: [.create, .assemble, .misc, .monitor, .incremental, .join],
            "configuration file or directory; also none, partitions").taking(.file)
            .letter(in: [.start, .assemble, .misc, .monitor, .incremental, .join]),
        OptionRow(.update, "U", in: [.assemble, .manage, .misc],
            "what to change in the superblocks on the way")
            .taking(.words(UpdateWord.all)),
        OptionRow(.superMinor, "m", in: .assemble,
            "number recorded in 0.90 superblocks").taking(.number),
        OptionRow(.noDegraded, in: [.assemble, .incremental],
            "do not start an array that misses members"),
        OptionRow(.auto, "a", in: [.create, .build, .assemble, .incremental],
            "accepted and ignored, with a note")
            .taking(.name),
        OptionRow(.backupFile, in: [.assemble, .grow],
            "file in which a reshape saved data").taking(.file),
        OptionRow(.invalidBackup, in: .assemble,
            "go on although the backup file is of no use"),
        OptionRow(.continue, in: .grow, "go on with a reshape").unsupported,
        OptionRow(.rebuildMap, "r", in: .incremental, "make /run/mdadm/map anew").unsupported,
        OptionRow(.path, in: .incremental, "where the device was plugged in").taking(.name).unsupported,
        OptionRow(.sparc22, in: .misc, "examine superblocks of an old sparc kernel"),
    ]

    static let monitorRows: [OptionRow] = [
        OptionRow(.mail, "m", in: .monitor, "address to write to").taking(.name).unsupported,
        OptionRow(.program, "p", in: .monitor,
            "program to run").taking(.file).also("alert").unsupported,
        OptionRow(.increment, "r", in: .monitor,
            "percentage between reports").taking(.number).unsupported,
        OptionRow(.daemonise, "f", in: .monitor, "go to the background").also("daemonize").unsupported,
        OptionRow(.pidFile, "i", in: .monitor, "file for the process id").taking(.file).unsupported,
        OptionRow(.oneshot, "1", in: .monitor, "look once and end").unsupported,
        OptionRow(.syslog, "y", in: .monitor, "report to syslog").unsupported,
    ]

    static let clusterRows: [OptionRow] = [
        OptionRow(.join, in: .all, "join an array that other nodes of the cluster use").sets(.join),
        OptionRow(.leave, in: .all, "leave a clustered array: stop it on this node").sets(.leave),
        OptionRow(.candidate, in: .all,
            "answer another node's --add: find the disk, then confirm or nack")
            .sets(.candidate),
        OptionRow(.nack, in: .all, "answer another node's --add with no").sets(.nack),
        OptionRow(.clusterAgent, in: .all, "answer for this node until told to end").sets(.agent),
        OptionRow(.clusterStatus, in: .all, "show nodes, slots, locks and troubles of shared arrays").sets(.status),
        OptionRow(.resync, in: .all, "show who syncs what; start, check, repair, pause, resume or cancel a sync")
            .sets(.resync),
        OptionRow(.undo, in: .all, "list what commands overwrote on devices; with an entry of the list: put it back")
            .sets(.undo),
        OptionRow(.slot, in: .candidate, "device number that was announced").taking(.number),
        OptionRow(.timeout, in: .candidate, "seconds to look for the disk").taking(.seconds),
    ]
}
