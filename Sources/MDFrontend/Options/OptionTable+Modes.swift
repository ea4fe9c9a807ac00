extension OptionTable {
    static let modeRows: [OptionRow] = [
        OptionRow(.create, "C", in: .all, "make a new array from devices").sets(.create),
        OptionRow(.assemble, "A", in: .all,
            "put an existing array together and start it").sets(.assemble),
        OptionRow(.manage, in: .all, "change the members of an array").sets(.manage),
        OptionRow(.misc, in: .all, "report on or act on devices and arrays").sets(.misc),
        OptionRow(.build, "B", in: .all, "make an array without metadata").sets(.build),
        OptionRow(.grow, "G", in: .all, "change the shape of an array").sets(.grow).unsupported,
        OptionRow(.incremental, "I", in: .all, "add one device to the array it belongs to")
            .sets(.incremental).unsupported,
        OptionRow(.monitor, "F", in: .all, "watch arrays").sets(.monitor).unsupported,
        OptionRow(.follow, in: .all, "resync: stay until the sync ends and show how it goes on")
            .sets(.monitor).unsupported.plain(in: .resync),
        OptionRow(.autoDetect, in: .all, "start arrays that the kernel detects")
            .sets(.autoDetect).unsupported,
        OptionRow(.noSharing, in: .all, "monitor: leave spares where they are")
            .sets(.monitor).unsupported,
    ]

    static let memberRows: [OptionRow] = [
        OptionRow(.add, "a", in: [.manage, .grow],
            "add the following devices: as the members they were, else as spares")
            .suggests(.manage),
        OptionRow(.addSpare, in: .manage, "add the following devices as spares, whatever they were")
            .suggests(.manage),
        OptionRow(.addJournal, in: .manage, "add the following device as write journal")
            .suggests(.manage),
        OptionRow(.reAdd, in: .manage, "put former members back (or: missing, faulty)")
            .suggests(.manage),
        OptionRow(.remove, "r", in: [.manage, .incremental],
            "remove members that are not active (or: failed, detached)")
            .suggests(.manage).letter(in: [.start, .manage]),
        OptionRow(.fail, "f", in: [.manage, .incremental],
            "mark members as faulty (or: detached)").also("set-faulty")
            .suggests(.manage),
        OptionRow(.replace, in: .manage, "rebuild a spare to take the place of these members")
            .suggests(.manage),
        OptionRow(.with, in: .manage, "after --replace: the spares to use").suggests(.manage),
        OptionRow(.clusterConfirm, in: .manage, "answer another node's --add: SLOT:DEV or SLOT:missing")
            .suggests(.manage),
    ]

    static let miscRows: [OptionRow] = [
        OptionRow(.detail, "D", in: .all, "show an array in detail").sets(.misc),
        OptionRow(.examine, "E", in: .all, "show the metadata on a device").sets(.misc),
        OptionRow(.examineBitmap, "X", in: .all,
            "show the write-intent bitmap on a device").sets(.misc),
        OptionRow(.query, "Q", in: .all, "say what a device is to md").sets(.misc),
        OptionRow(.examineBadBlocks, in: .all, "list recorded bad blocks").sets(.misc),
        OptionRow(.explain, in: .all, "say why an array or a device is as it is, and what to do").sets(.misc),
        OptionRow(.zeroSuperblock, in: .misc, "erase md metadata from a device").suggests(.misc),
        OptionRow(.run, "R", in: [.create, .build, .assemble, .manage, .misc, .incremental, .join],
            "start the array although devices are missing, and ask no questions").suggests(.misc),
        OptionRow(.stop, "S", in: [.manage, .misc],
            "stop the array and free its devices").suggests(.misc),
        OptionRow(.readonly, "o", in: [.create, .assemble, .manage, .misc],
            "make or start the array read-only")
            .suggests(.misc),
        OptionRow(.readwrite, "w", in: [.manage, .misc],
            "misc: make the array writable; manage: clear write-mostly of the following devices")
            .suggests(.misc),
        OptionRow(.wait, "W", in: [.misc, .join],
            "wait until no resync, recovery or reshape runs; join: for SECS at most")
            .mayTake(.seconds).suggests(.misc).letter(in: [.start, .misc]),
        OptionRow(.waitClean, in: .misc, "wait until the array is clean").suggests(.misc),
        OptionRow(.detailPlatform, in: .misc, "show RAID firmware").suggests(.misc).unsupported,
        OptionRow(.killSubarray, in: .misc, "delete an array from a container")
            .taking(.name).suggests(.misc).unsupported,
        OptionRow(.updateSubarray, in: .misc, "change an array of a container")
            .taking(.name).suggests(.misc).unsupported,
        OptionRow(.udevRules, in: .misc, "print udev rules for POLICY lines")
            .mayTake(.file).suggests(.misc),
        OptionRow(.dump, in: .all,
            "copy the metadata of devices to files in a directory").taking(.directory).sets(.misc),
        OptionRow(.restore, in: .all, "copy metadata back from files of --dump").taking(.file).sets(.misc),
        OptionRow(.action, in: .all, "start or stop a check or repair")
            .taking(.words(["idle", "frozen", "check", "repair"])).sets(.misc),
    ]

    static let neutralRows: [OptionRow] = [
        OptionRow(.help, "h", in: .all, "this text; after a mode, that mode's text").neutral,
        OptionRow(.helpOptions, in: .all, "the options that mean the same everywhere").neutral,
        OptionRow(.version, "V", in: .all, "print the version on standard error").neutral,
        OptionRow(.verbose, "v", in: .all, "say more; may be repeated").neutral,
        OptionRow(.quiet, "q", in: .all, "say less; cancels a -v").neutral,
        OptionRow(.brief, "b", in: .all, "print one line in the form of mdadm.conf").neutral
            .letter(in: ModeSet.all.subtracting([.manage, .grow, .assemble, .build, .create, .incremental])),
        OptionRow(.export, "Y", in: .all, "print KEY=value lines for scripts").neutral,
        OptionRow(.noDevices, in: .all, "leave devices out of --detail and --brief lines").neutral,
        OptionRow(.homeHost, in: .all,
            "the host that local arrays belong to; also <system>, <none>, <ignore>")
            .taking(.name).neutral,
        OptionRow(.prefer, in: .all, "in --detail prefer device names that contain /NAME/").taking(.name).neutral,
        OptionRow(.offroot, in: .all, "accepted and ignored").neutral,
        OptionRow(.dryRun, in: .all,
            "print the plan of a command that changes something; change nothing").neutral,
        OptionRow(.json, in: .all, "print reports, plans and errors as JSON: swmdadm-json(5)").neutral,
    ]
}
