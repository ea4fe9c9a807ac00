import MDBytes
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Testing

/// What commands overwrite is kept, and `--undo` puts it back.
@Suite struct ArchiveTests {
    private let kernel = SimulatedKernel.withDisks(4, size: ByteCount(64 << 20))

    private func mdadm(_ line: String) -> CommandResult { run(line, on: kernel) }

    private func snapshots() -> [DiskSnapshot?] { ["sda", "sdb", "sdc", "sdd"].map { kernel.disk($0)?.snapshot() } }

    private var entries: [String] { Archive(kernel: kernel).names() }

    /// A mirror that was stopped: two disks with superblocks and bitmaps.
    private func makeMembers() {
        #expect(mdadm("--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=internal /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
    }

    @Test func blankDisksLeaveNothingInTheArchive() {
        makeMembers()
        #expect(entries.isEmpty)
        #expect(mdadm("--undo").output == "No command has overwritten metadata.\n")
    }

    @Test func aWipedSuperblockComesBack() throws {
        makeMembers()
        let before = snapshots()
        #expect(mdadm("--zero-superblock /dev/sda").status == 0)
        #expect(snapshots() != before)
        let entry = try #require(entries.first)
        let list = mdadm("--undo").output
        #expect(list.contains("mdadm --zero-superblock /dev/sda") && list.contains("bytes under zeros"), "\(list)")
        let result = mdadm("--undo \(entry)")
        #expect(result.status == 0, "\(result.error)")
        #expect(snapshots() == before)
        #expect(mdadm("--assemble /dev/md0 /dev/sda /dev/sdb").status == 0)
    }

    @Test func anArrayThatWasCreatedOverComesBack() throws {
        makeMembers()
        let before = snapshots()
        #expect(mdadm("--create /dev/md1 --run -l0 -n3 /dev/sda /dev/sdb /dev/sdc").status == 0)
        let entry = try #require(entries.first)
        let busy = mdadm("--undo \(entry)")
        #expect(busy.status == 1 && busy.error.contains("/dev/sda is in use by md1\n"), "\(busy.error)")
        #expect(mdadm("--stop /dev/md1").status == 0)
        let dry = mdadm("--undo \(entry) --dry-run")
        #expect(dry.status == 0 && dry.output.contains("write superblock to /dev/sda"))
        #expect(mdadm("--undo \(entry)").status == 0)
        // sdc was blank, so what --create wrote there is taken back, too.
        #expect(snapshots() == before)
        #expect(mdadm("--assemble /dev/md0 /dev/sda /dev/sdb").status == 0)
    }

    @Test func theUndoingIsUndone() throws {
        makeMembers()
        #expect(mdadm("--zero-superblock /dev/sda /dev/sdb").status == 0)
        let wiped = snapshots()
        let first = try #require(entries.last)
        #expect(mdadm("--undo \(first)").status == 0)
        #expect(mdadm("--undo \(first)").output == "mdadm: \(first): all is as it was before the command\n")
        #expect(snapshots() != wiped)
        let dry = mdadm("--zero-superblock /dev/sda --dry-run")
        #expect(dry.status == 0)
    }

    @Test func whatSomebodyElseWroteStays() throws {
        makeMembers()
        let before = snapshots()
        #expect(mdadm("--zero-superblock /dev/sda").status == 0)
        let entry = try #require(entries.first)
        try #require(kernel.disk("sda")).write([1, 2, 3], at: ByteCount(4096))
        let after = snapshots()
        let refused = mdadm("--undo \(entry)")
        #expect(refused.status == 1)
        #expect(refused.error.contains("somebody else wrote at byte 4096 since"), "\(refused.error)")
        #expect(snapshots() == after)
        #expect(mdadm("--undo --force \(entry)").status == 0)
        #expect(snapshots() == before)
    }

    @Test func wrongEntriesAreRefused() throws {
        makeMembers()
        #expect(mdadm("--zero-superblock /dev/sda").status == 0)
        let entry = try #require(entries.first)
        let after = snapshots()
        for line in ["--undo ../../etc/passwd", "--undo 0000000000-0000", "--undo \(entry) \(entry)"] {
            let result = mdadm(line)
            #expect(result.status != 0 && !result.error.isEmpty, "\(line)")
        }
        let path = "\(Archive<SimulatedKernel>.directory)/\(entry)"
        var bytes = try kernel.read(file: path, limit: 1 << 20)
        bytes[bytes.count / 2] ^= 4
        try kernel.replace(file: path, with: bytes, mode: 0o600)
        let words = "mdadm: --undo: entry \(entry) is damaged\n       nothing was changed\n"
        #expect(mdadm("--undo \(entry)").error == words)
        #expect(mdadm("--undo").output.contains("damaged, or of another release"))
        #expect(snapshots() == after)
    }

    @Test func withoutAnArchiveTheCommandGoesOnAndSaysSo() {
        makeMembers()
        let before = snapshots()
        let calls = FaultingKernel(kernel.duplicate())
        _ = run("--zero-superblock /dev/sda", on: calls)
        for (index, call) in calls.calls.enumerated() where call.contains("/archive") && call.hasPrefix("rename") {
            let world = kernel.duplicate()
            let result = run(
                "--zero-superblock /dev/sda",
                on: FaultingKernel(world, fault: Fault(call: index + 1, errno: .noSpace, duration: .once)))
            #expect(result.status == 0 && result.error.contains("was not saved for --undo"), "\(result.error)")
            #expect(world.disk("sda")?.snapshot() != before[0])
            return
        }
        Issue.record("nothing was saved")
    }

    @Test func aCommandThatTookBackWhatItDidLeavesNoEntry() {
        makeMembers()
        #expect(mdadm("--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
        let known = entries
        #expect(known.count == 1)
        let calls = FaultingKernel(kernel.duplicate())
        _ = run("--create /dev/md1 --run -l1 -n2 --bitmap=none /dev/sda /dev/sdb", on: calls)
        let start = calls.calls.firstIndex { $0.hasPrefix("RUN_ARRAY") }
        let world = kernel.duplicate()
        let fault = Fault(call: (start ?? 0) + 1, errno: .invalid, duration: .once)
        let line = "--create /dev/md1 --run -l1 -n2 --bitmap=none /dev/sda /dev/sdb"
        #expect(run(line, on: FaultingKernel(world, fault: fault)).status == 1)
        #expect(start != nil && Archive(kernel: world).names() == known)
    }

    /// All devices of a command are one entry, also where one of them fails; a device that is named twice is empty the
    /// second time.
    @Test func devicesOfOneCommandAreOneEntry() throws {
        makeMembers()
        let before = snapshots()
        let line = "--zero-superblock /dev/sda /dev/sdb /dev/sda"
        let calls = FaultingKernel(kernel.duplicate())
        let result = run(line, on: calls)
        #expect(result.status == 0)
        #expect(result.error == "mdadm: Unrecognised md component device - /dev/sda\n", "\(result.error)")
        let write = try #require(calls.calls.firstIndex { $0.hasPrefix("write /dev/sda") })
        for fault in [nil, Fault(call: write + 1, errno: .inputOutput, duration: .once)] {
            let world = kernel.duplicate()
            let disks = { ["sda", "sdb", "sdc", "sdd"].map { world.disk($0)?.snapshot() } }
            let result = run(line, on: FaultingKernel(world, fault: fault))
            #expect((result.status == 0) == (fault == nil))
            #expect(disks() != before)
            let entries = Archive(kernel: world).names()
            #expect(entries.count == 1)
            #expect(run("--undo \(try #require(entries.first))", on: world).status == 0)
            #expect(disks() == before)
        }
    }

    /// Whoever holds a disk keeps others from its partitions, so those are opened when it is done.
    @Test(arguments: ["/dev/sda /dev/sda1", "/dev/sda1 /dev/sda"])
    func aDiskAndItsPartitionAreBothErased(devices: String) throws {
        kernel.addPartition(1, of: "sda", start: Sectors(2048), count: Sectors(65536))
        #expect(mdadm("--create /dev/md0 --run -l1 -n2 --bitmap=none /dev/sda1 missing").status == 0)
        #expect(mdadm("--stop /dev/md0").status == 0)
        let result = mdadm("--zero-superblock \(devices)")
        #expect(result.error == "mdadm: Unrecognised md component device - /dev/sda\n", "\(result.error)")
        #expect(mdadm("--examine /dev/sda1").error == "mdadm: No md superblock detected on /dev/sda1.\n")
    }

    /// Names tell the order, within a second, too; those of older releases still count.
    @Test func namesTellTheOrder() {
        let archive = Archive(kernel: kernel)
        let first = archive.newName(at: 7)
        kernel.pause(Milliseconds(2))
        let second = archive.newName(at: 7)
        #expect(first < second && [first, second, "006b088f16-9640"].allSatisfy(Archive<SimulatedKernel>.isName))
        for word in ["006b088f16", "006b088f16-96401", "006b088f16-../etc/pas", "x06b088f16-9640"] {
            #expect(!Archive<SimulatedKernel>.isName(word))
        }
    }

    /// Whatever comes, in whatever order, all entries together have a bound.
    @Test func bytesHaveABound() throws {
        let archive = Archive(kernel: kernel)
        let directory = Archive<SimulatedKernel>.directory
        for time in 0..<UInt64(30) {
            let size = time % 3 == 0 ? ArchiveEntry.largest : 60 << 10
            let bytes = [UInt8](repeating: 1, count: size)
            try kernel.replace(file: directory + "/" + archive.newName(at: time), with: bytes, mode: 0o600)
            archive.prune(newest: size)
            let sizes = try archive.names().map { try kernel.status(ofPath: directory + "/" + $0).size.rawValue }
            #expect(sizes.reduce(0, +) <= UInt64(Archive<SimulatedKernel>.mostBytes))
        }
        #expect(archive.names().count > 3)
    }

    @Test func oldEntriesGo() throws {
        let archive = Archive(kernel: kernel)
        let device = ArchivedDevice(path: "/dev/sda", size: ByteCount(1 << 20), identity: "")
        let area = ArchivedArea(device: device, offset: .zero, content: .erasure, before: [1], by: [0])
        for time in 0..<UInt64(Archive<SimulatedKernel>.mostEntries + 5) {
            try archive.save(ArchiveEntry(time: time, command: ["mdadm"], areas: [area]), as: archive.newName(at: time))
        }
        archive.prune(newest: 100)
        #expect(archive.names().count == Archive<SimulatedKernel>.mostEntries)
        #expect(archive.names().last?.hasPrefix("0000000005-") == true)
    }

    @Test func theListIsJSON() throws {
        makeMembers()
        #expect(mdadm("--zero-superblock /dev/sda").status == 0)
        let text = mdadm("--undo --json").output
        #expect(text.contains("\"schema\": \"swmdadm.archive/1\""), "\(text)")
        #expect(text.contains("\"overwritten_by\": \"zeros\""), "\(text)")
    }
}
