import MDBytes
import MDFormats
import MDKernel
import MDLocks
import MDModel
import MDOperations
import MDSimulator
import Testing

/// `--action`, `--wait-clean`, `--examine-badblocks` and the words of `--create` and `--examine` that depend on
/// what else is there, as mdadm 4.6 answered in the lab.
@Suite struct MiscVerbTests {
    private let kernel = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20))

    private func mdadm(_ line: String) -> CommandResult { run(line, on: kernel) }

    private func makeMirror() {
        #expect(mdadm("--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb").status == 0)
    }

    @Test func actionIsWrittenToTheArray() {
        makeMirror()
        let result = mdadm("--action=frozen /dev/md0")
        #expect(result.status == 0 && result.output.isEmpty && result.error.isEmpty)
        #expect(mdadm("--detail /dev/md0").status == 0)
        let file = "/sys/block/md0/md/sync_action"
        let read = try? kernel.read(file: file, limit: 64)
        #expect(read.map { String(decoding: $0, as: UTF8.self) } == "frozen\n")
    }

    @Test(arguments: ["--action=idle /dev/sdc", "--action=idle /dev/md9", "--action=check /dev/md0"])
    func actionNeedsAnArrayThatSyncs(line: String) {
        #expect(mdadm("--create /dev/md0 --run -l0 -n2 /dev/sda /dev/sdb").status == 0)
        let result = mdadm(line)
        #expect(result.status == 1 && result.output.isEmpty && !result.error.isEmpty)
    }

    /// Misc mode knows arrays by the kernel's names; manage mode and `--action` take files only.
    @Test(arguments: [
        ("--readonly md0", Int32(0), ""), ("--misc --run md0", 0, ""),
        ("--action=idle md0", 1, "mdadm: Couldn't open md0: No such file or directory\n"),
        ("--manage --stop md0", 1, "mdadm: error opening md0: No such file or directory\n"),
        ("--manage md0 --run", 1, "mdadm: error opening md0: No such file or directory\n"),
    ])
    func kernelNamesAreForMiscMode(line: String, status: Int32, error: String) {
        makeMirror()
        let result = mdadm(line)
        #expect(result.status == status && result.error == error)
    }

    /// A name or number that is in use is told before anything of the metadata.
    @Test(arguments: [
        ("/dev/md0", "/dev/md0 is already in use."), ("/dev/md/home", "Array name /dev/md/home is in use already."),
    ])
    func arrayThatRunsIsNotMadeAgain(operand: String, sentence: String) {
        #expect(mdadm("--create \(operand) --run -l1 -n1 --force --bitmap=none /dev/sda").status == 0)
        let result = mdadm("--create \(operand) --run -l0 -n2 /dev/sdb /dev/sdc")
        #expect(result.status == 1 && result.output.isEmpty && result.error == "mdadm: \(sentence)\n")
    }

    /// An identity makes a scan look for that array only, which then counts as named.
    @Test(arguments: [
        ("--uuid=01234567:89abcdef:01234567:89abcdef", Int32(0), ["mdadm: /dev/md/one has been started with 1 drive."]),
        ("--name=sim:two", 0, ["mdadm: /dev/md/two has been started with 1 drive."]),
        ("--uuid=01234567:89abcdef:01234567:89abcde0", 1, []), ("--name=nobody", 1, []),
        ("", 0, ["mdadm: /dev/md/one has been started with 1 drive.", "mdadm: /dev/md/two has been started with 1 drive."]),
    ])
    func scanHeedsAnIdentity(option: String, status: Int32, started: [String]) {
        let common = "--run -l1 -n1 --force --bitmap=none"
        #expect(mdadm("--create /dev/md/one -u 01234567:89abcdef:01234567:89abcdef \(common) /dev/sda").status == 0)
        #expect(mdadm("--create /dev/md/two \(common) /dev/sdb").status == 0)
        #expect(mdadm("--stop --scan").status == 0)
        let result = mdadm("--assemble --scan \(option)")
        #expect(result.status == status)
        let lines = (result.output + result.error).split(separator: "\n").map(String.init).sorted()
        #expect(lines == (started.isEmpty ? ["mdadm: No arrays found in config file or automatically"] : started))
    }

    /// What is told first, where a line has several faults.
    @Test(arguments: [
        ("--assemble /dev/nothing /dev/sda", Int32(1), "mdadm: no recogniseable superblock on /dev/sda\n"
            + "mdadm: /dev/sda has no superblock - assembly aborted\n"),
        ("--assemble --scan /dev/sda", 1, "mdadm: /dev/sda not identified in config file.\n"),
        ("--assemble --scan /dev/md/t --update=resync", 1, "mdadm: /dev/md/t not identified in config file.\n"),
        ("--assemble --scan /dev/md/t /dev/sda --backup-file=b", 1,
            "mdadm: can only assemble a single array when providing a backup file.\n"),
        ("--assemble --scan /dev/md/t /dev/md/u --update=resync", 1, "mdadm: can only update a single array at a time\n"),
        ("--assemble --scan --update=resync", 1, "mdadm: --update not meaningful with a --scan assembly.\n"),
        ("--stop --scan /dev/md/no /dev/sda", 1,
            "mdadm: error opening /dev/md/no: No such file or directory\n"
                + "mdadm: /dev/sda does not appear to be an md device\n"),
        ("--create /dev/md0 --run -l0 -n2 missing /dev/sda", 1, "mdadm: This level does not support missing devices\n"),
        ("--wait-clean -v /dev/sda", 0, "mdadm: Failed to read sysfs attributes for /dev/sda\n"),
        ("--build /dev/md0 -v -l10 -n2 /dev/sda /dev/no", 1,
            "mdadm: stat failed for /dev/no: No such file or directory\n"),
        ("--create /dev/sda -l1 -n1", 1, "mdadm: device /dev/sda exists but is not an md array.\n"),
        ("--create /dev/md0 --run -l0 -n2 -b internal /dev/sda", 1,
            "mdadm: You haven't given enough devices (real or missing) to create this array\n"),
        ("--create /dev/md0 --run -l10 -n2 -p n3 /dev/sda", 1,
            "mdadm: You haven't given enough devices (real or missing) to create this array\n"),
        ("--create /dev/md0 --run -l1 -n2 -c 4 missing missing", 1,
            "mdadm: specifying chunk size is forbidden for this level\n"),
        ("--create /dev/md0 --run -l0 -n2 -b internal /dev/sda /dev/sdb", 1,
            "mdadm: bitmaps not meaningful with level raid0\n"),
    ])
    func faultsAreToldInOrder(line: String, status: Int32, error: String) {
        let result = mdadm(line)
        #expect(result.status == status && result.error == error && result.output.isEmpty)
    }

    /// Linux 2.2 on Sparc wrote all words behind the checksum one place further.
    @Test func sparcSuperblocksAreShownAsMended() {
        #expect(mdadm("--create /dev/md0 --run -e 0.90 -l1 -n1 --force --bitmap=none /dev/sda").status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
        let plain = mdadm("--examine /dev/sda")
        let mended = mdadm("--examine --sparc2.2 /dev/sda /dev/sdb")
        #expect(plain.error.isEmpty && plain.status == 0 && mended.status == 1)
        #expect(
            mended.error == "mdadm: adjusting superblock of /dev/sda for 2.2/sparc compatibility.\n"
                + "mdadm: No md superblock detected on /dev/sdb.\n")
        #expect(mended.output != plain.output && mended.output.contains("- correct"))
    }

    @Test(arguments: [("", "mdadm: Couldn't open /dev/sda for write - not zeroing\n"), ("-q ", "")])
    func quietZeroingOfABusyDeviceIsTheStatusOnly(option: String, error: String) {
        makeMirror()
        let result = mdadm("--zero-superblock \(option)/dev/sda")
        #expect(result.status == 2 && result.error == error)
    }

    /// Opened, and then not read: nobody takes it for a device without metadata.
    @Test(arguments: [
        ("--examine /dev/sda", Int32(1)), ("--examine --export /dev/sda", 1),
        ("--zero-superblock /dev/sda", 2),
    ])
    func unreadableDevicesAreToldAsSuch(line: String, status: Int32) throws {
        let rehearsal = FaultingKernel(kernel)
        _ = run(line, on: rehearsal)
        let call = try #require(rehearsal.calls.firstIndex { $0 == "read /dev/sda" }) + 1
        let result = run(line, on: FaultingKernel(kernel, fault: Fault(call: call, errno: .inputOutput, duration: .forGood)))
        #expect(result.status == status && result.error.hasSuffix("cannot read /dev/sda: Input/output error\n"), "\(result)")
    }

    @Test(arguments: [
        ("--wait-clean /dev/md0", Int32(0)), ("--wait-clean /dev/sdc", 0), ("--wait-clean --scan", 0),
        ("--wait-clean /dev/nosuch", 2),
    ])
    func nativeArraysNeedNoWait(line: String, status: Int32) {
        makeMirror()
        let result = mdadm(line)
        #expect(result.status == status && result.output.isEmpty && result.error.isEmpty == (status == 0))
    }

    @Test(arguments: ["super-minor", "sparc2.2"]) func newerMetadataDoesNotTakeWordsOfTheElder(word: String) {
        makeMirror()
        #expect(mdadm("--stop /dev/md0").status == 0)
        let result = mdadm("--assemble /dev/md0 -v --update=\(word) /dev/sda /dev/sdb")
        #expect(result.status == 1 && !result.error.contains("ing superblock of"), "\(result)")
        #expect(result.error.hasSuffix("mdadm: --update=\(word) not understood for 1.x metadata\n"), "\(result)")
    }

    /// As after writes that the other member did not see.
    private func raiseEvents(of disk: String) throws {
        let member = try MemberReader.read("/dev/" + disk, also: .version0, kernel: kernel)
        var block = try #require(member.allSuperblocks.first)
        block.set(events: block.events + 8)
        kernel.disk(disk)?.write(block.writtenBytes, at: block.place.bytes, durably: true)
    }

    /// Converted superblocks begin with event 0: what is out of date would pass for fresh.
    @Test(arguments: ["", " --force"]) func staleMembersAreNotConverted(force: String) throws {
        #expect(mdadm("--create /dev/md0 --run -e 0.90 -l1 -n2 --bitmap=none --assume-clean /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("/dev/md0 --fail /dev/sda").status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
        try raiseEvents(of: "sdb")
        let before = mdadm("--examine /dev/sda /dev/sdb").output
        let refused = mdadm("--assemble /dev/md0 --run --update=metadata /dev/sda /dev/sdb" + force)
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.error.contains("/dev/sda is out of date"), "\(refused)")
        #expect(mdadm("--examine /dev/sda /dev/sdb").output == before)
        #expect(mdadm("--assemble /dev/md0 --run --update=metadata /dev/sdb").status == 0)
    }

    /// The driver replays what it finds in a journal, and takes that of an earlier one for its own.
    @Test func aNewJournalIsEmpty() throws {
        #expect(mdadm("--create /dev/md0 --run -l5 -n2 --bitmap=none --assume-clean /dev/sda /dev/sdb").status == 0)
        let disk = try #require(kernel.disk("sdc"))
        let start = ByteCount(2 << 20)
        disk.write([UInt8](repeating: 0xa5, count: 8192), at: start)
        let result = mdadm("--manage /dev/md0 --readonly --add-journal /dev/sdc")
        #expect(result.status == 0, "\(result)")
        let block = try MemberReader.read("/dev/sdc", kernel: kernel).superblock
        #expect(block?.dataOffset.bytes == start)
        let handle = try kernel.open("/dev/sdc", [])
        let log = try kernel.read(Extent(offset: start, count: 4096), of: handle)
        #expect(log[..<4] == [0x09, 0xc5, 0x33, 0x64] && log[8] == 1 && log[32...].allSatisfy { $0 == 0 })
    }

    @Test func aJournalThatTheDriverRefusesIsToldAsMdadmDoes() throws {
        #expect(mdadm("--create /dev/md0 --run -l5 -n2 --bitmap=none --assume-clean /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("--readonly /dev/md0").status == 0)
        let rehearsal = FaultingKernel(kernel.duplicate())
        _ = run("--manage /dev/md0 --add-journal /dev/sdc", on: rehearsal)
        let call = try #require(rehearsal.calls.firstIndex { $0.hasPrefix("ADD_NEW_DISK") }) + 1
        let faulting = FaultingKernel(kernel, fault: Fault(call: call, errno: .busy))
        let result = run("--manage /dev/md0 --add-journal /dev/sdc", on: faulting)
        #expect(
            result.status == 1
                && result.error == "mdadm: Failed to hot add /dev/sdc as journal, please try restart /dev/md0.\n",
            "\(result)")
    }

    @Test func elderMembersAreUpdatedAndIdentifiedOneByOne() {
        #expect(mdadm("--create /dev/md0 --run -e 0.90 -l1 -n2 --bitmap=none /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
        let result = mdadm("--assemble /dev/md0 -v --update=super-minor /dev/sda /dev/sdb")
        let told = ["a", "b"].enumerated().map { slot, disk in
            "mdadm: updating superblock of /dev/sd\(disk) with minor number 0\n"
                + "mdadm: /dev/sd\(disk) is identified as a member of /dev/md0, slot \(slot).\n"
        }
        #expect(result.status == 0 && result.error.contains(told.joined()), "\(result)")
    }

    @Test func aDeviceIsNoConfiguration() {
        kernel.disk("sdc")?.write(Array("nonsense\n".utf8), at: .zero)
        let result = mdadm("--examine --scan --config=/dev/sdc")
        #expect(result.status == 0 && result.error.isEmpty, "\(result)")
    }

    /// Dirty parity without a member, say.
    @Test func whatCannotBeStartedReadOnlyIsNamed() throws {
        makeMirror()
        #expect(mdadm("--stop /dev/md0").status == 0)
        let line = "--assemble /dev/md0 --readonly /dev/sda /dev/sdb"
        let rehearsal = FaultingKernel(kernel)
        #expect(run(line, on: rehearsal).status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
        let call = try #require(rehearsal.calls.firstIndex { $0.contains("array_state") && $0.contains("write") }) + 1
        let result = run(line, on: FaultingKernel(kernel, fault: Fault(call: call, errno: .inputOutput)))
        #expect(result.status == 1, "\(result)")
        #expect(
            result.error.hasPrefix(
                "mdadm: failed to write 'readonly' to '/sys/block/md0/md//array_state' (Input/output error)\n"),
            "\(result)")
    }

    /// DEVICE lines say where to look for what is missing.
    @Test(arguments: [
        ("DEVICE /dev/sdb\n", "mdadm: re-added /dev/sdb\n"), ("DEVICE partitions\n", "mdadm: re-added /dev/sdb\n"),
        ("DEVICE /dev/sdc\n", ""), ("DEVICE /dev/sdz\n", "mdadm: no devices to scan for missing members.\n"),
    ])
    func missingMembersAreLookedForAsConfigured(lines: String, words: String) throws {
        #expect(mdadm("--create /dev/md0 --run -l1 -n2 --assume-clean -b internal /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("/dev/md0 --fail /dev/sdb").status == 0)
        #expect(mdadm("/dev/md0 --remove /dev/sdb").status == 0)
        try kernel.replace(file: "/etc/mdadm.conf", with: Array(lines.utf8), mode: 0o644)
        let result = mdadm("/dev/md0 --re-add missing")
        #expect(result.status == 0 && result.error == words, "\(result)")
    }

    /// What is behind 4 TiB would stay unused.
    @Test(arguments: ["--create /dev/md0 --run -e 0.90", "--build /dev/md0"])
    func devicesTooLargeForTheFormatAreNotAddedUnasked(start: String) {
        let large = SimulatedKernel.withDisks(1, size: ByteCount(64 << 20))
        large.addDisk("sdx", size: ByteCount(4 << 40))
        large.addDisk("sdy", size: ByteCount(4 << 40 + 1024))
        #expect(run(start + " -l1 -n3 -b none --assume-clean /dev/sda missing missing", on: large).status == 0)
        let words = "mdadm: /dev/sdy is larger than /dev/md0 can effectively use.\n       "
        let refused = run("/dev/md0 --add /dev/sdx /dev/sdy", on: large)
        #expect(refused.status == 1, "\(refused)")
        #expect(
            refused.error == "mdadm: added /dev/sdx\n" + words + "Add --force is you really want to add this device.\n",
            "\(refused)")
        let forced = run("/dev/md0 --add --force /dev/sdy", on: large)
        #expect(
            forced.status == 0
                && forced.error == words + "Adding anyway as --force was given.\nmdadm: added /dev/sdy\n", "\(forced)")
    }

    /// A member that failed stays no replacement, and one that works is not taken back.
    @Test func replacementsAndReturnsAreRefusedInWords() {
        #expect(mdadm("--create /dev/md0 --run -l1 -n3 -b none --assume-clean /dev/sda /dev/sdb /dev/sdc").status == 0)
        let active = mdadm("--manage /dev/md0 --replace /dev/sda --with /dev/sdb")
        #expect(active.error.hasSuffix("mdadm: /dev/sdb is active and cannot be a replacement\n"), "\(active)")
        #expect(mdadm("--manage /dev/md0 --fail /dev/sdb").status == 0)
        let faulty = mdadm("--manage /dev/md0 --replace /dev/sda --with /dev/sdb")
        #expect(faulty.error.hasSuffix("mdadm: /dev/sdb is faulty and cannot be a replacement\n"), "\(faulty)")
        let named = mdadm("--manage /dev/md0 --replace /dev/sda --with sdz")
        #expect(named.error.hasSuffix("mdadm: sdz only meaningful with -r, -f, not -w\n"), "\(named)")
        let back = mdadm("--manage /dev/md0 --re-add /dev/sda")
        #expect(
            back.status == 1
                && back.error == "mdadm: failed to write 're-add' to '/sys/block/md0/md/dev-sda/state' "
                + "(Device or resource busy)\nmdadm: Cannot open /dev/sda: Device or resource busy\n", "\(back)")
    }

    @Test func aDeviceThatTheDriverDoesNotTakeIsNamed() throws {
        let line = "--create /dev/md0 --run -l1 -n2 -b none --assume-clean /dev/sda /dev/sdb"
        let rehearsal = FaultingKernel(SimulatedKernel.withDisks(2, size: ByteCount(64 << 20)))
        #expect(run(line, on: rehearsal).status == 0)
        let call = try #require(rehearsal.calls.firstIndex { $0.hasPrefix("ADD_NEW_DISK") }) + 1
        let result = run(line, on: FaultingKernel(kernel, fault: Fault(call: call, errno: .invalid)))
        #expect(
            result.status == 1 && result.error.contains("mdadm: ADD_NEW_DISK for /dev/sda failed: Invalid argument\n"),
            "\(result)")
    }

    /// mdadm reads its configuration between the one and the other.
    @Test(arguments: [
        ("--assemble --scan --update=name", true), ("--examine", true), ("--create /dev/md0 -l1 -n2 --nodes=3", true),
        ("--create /dev/md0 -l1 -n1", false), ("--create /dev/sda -l1 -n2 --nodes=3", false),
        ("--assemble /dev/sda", false), ("--examine --homehost=lab", false), ("--examine /dev/sda --homehost=lab", false),
        ("--assemble --scan --update=name --homehost=lab", false), ("--assemble --scan --homehost=lab", true),
    ])
    func configurationIsComplainedOfInItsTurn(line: String, comesFirst: Bool) {
        kernel.putFile("/odd.conf", "unknown words\n")
        let result = mdadm("\(line) --config=/odd.conf")
        #expect(result.status > 0 && result.error.hasPrefix("mdadm: Unknown keyword unknown\n") == comesFirst, "\(result)")
        #expect(result.error.contains("Unknown keyword") == comesFirst, "\(result)")
    }

    @Test func partitionTablesHaveNoBadBlocks() {
        var sector = [UInt8](repeating: 0, count: 512)
        sector[Field<UInt16>(at: 510)] = 0xaa55
        kernel.disk("sdc")?.write(sector, at: .zero)
        let result = mdadm("--examine-badblocks /dev/sdc")
        #expect(result.status == 1 && result.error == "mdadm: mbr metadata does not support badblocks\n", "\(result)")
    }

    @Test func badBlocksAreListed() throws {
        makeMirror()
        #expect(mdadm("--stop /dev/md0").status == 0)
        #expect(mdadm("--examine-badblocks /dev/sda").output == "Bad-blocks list is empty in /dev/sda\n")
        let disk = try #require(kernel.disk("sda"))
        var block = try #require(try MemberReader.read("/dev/sda", kernel: kernel).superblock)
        block.features.insert(.badBlocks)
        block.seal()
        disk.write(block.writtenBytes, at: ByteCount(4096))
        var log = [UInt8](repeating: 0xff, count: 4096)
        log[Field<UInt64>(at: 0)] = 1000 << 10 | 8
        disk.write(log, at: ByteCount(4096 + UInt64(block.badBlockOffset) * 512))
        let result = mdadm("--examine-badblocks /dev/sda /dev/sdc")
        #expect(result.output == "Bad-blocks on /dev/sda:\n                1000 for 8 sectors\n")
        #expect(result.error == "mdadm: No md superblock detected on /dev/sdc\n" && result.status == 1)
        block.badBlockSize = 0
        block.seal()
        disk.write(block.writtenBytes, at: ByteCount(4096))
        #expect(mdadm("--examine-badblocks /dev/sda").output == "No bad-blocks list configured on /dev/sda\n")
    }

    /// A journal's superblock tells of the members' size, but nothing of its device is unused.
    @Test func journalUsesItsWholeDevice() {
        kernel.addDisk("sdj", size: ByteCount(97 << 20))
        let made = mdadm("--create /dev/md0 --run -l5 -n3 /dev/sda /dev/sdb /dev/sdc --write-journal=/dev/sdj")
        #expect(made.status == 0 && made.error.isEmpty)
        let report = mdadm("--examine /dev/sdj").output
        #expect(report.contains("   Device Role : Journal\n"))
        #expect(report.contains("   Unused Space : before=4016 sectors, after=0 sectors\n"))
        #expect(mdadm("--detail /dev/md0").output.contains("Total Devices : 4"))
    }

    /// A disk with partitions is worth a line only to those who named it.
    @Test func scanPassesOverPartitionTables() throws {
        var front = [UInt8](repeating: 0, count: 512)
        front[510] = 0x55
        front[511] = 0xaa
        front[446 + 12] = 8
        try #require(kernel.disk("sdc")).write(front, at: .zero)
        #expect(mdadm("--examine --scan /dev/sdc").error.isEmpty)
        #expect(mdadm("--examine --brief /dev/sdc").error == "mdadm: No brief listing for mbr on /dev/sdc\n")
        let assembly = mdadm("--assemble /dev/md7 /dev/sdc")
        #expect(assembly.error.hasPrefix("mdadm: Cannot assemble mbr metadata on /dev/sdc\n"), "\(assembly)")
    }

    /// A device that stands in the list twice is looked at twice, and refused in the end.
    @Test func doubleDeviceIsFoundOutLast() {
        let result = mdadm("--create /dev/md0 --run -l1 -n2 -v --bitmap=none /dev/sda /dev/sda")
        #expect(result.status == 1)
        #expect(result.output == "mdadm: Defaulting to version 1.2 metadata\n")
        #expect(result.error.hasSuffix("mdadm: failed to open /dev/sda after earlier success - aborting\n"))
        #expect(result.error.contains("mdadm: size set to "))
    }

    /// Without a cluster nothing is said of devices or metadata.
    @Test func clusterComesBeforeDevices() {
        let line = "--create /dev/md0 --run -l1 -n2 --bitmap=clustered /dev/sda /dev/nosuch"
        let result = run(line, on: kernel, cluster: NoCluster())
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(!result.error.contains("nosuch") && result.error.contains("can't get cluster name"))
    }
}
