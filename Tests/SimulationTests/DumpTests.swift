import MDBytes
import MDKernel
import MDModel
import MDSimulator
import Testing

/// `--dump` and `--restore`, as mdadm 4.6 answered on loop devices.
@Suite struct DumpTests {
    private let kernel = SimulatedKernel.withDisks(4, size: ByteCount(8 << 20))

    init() throws {
        try kernel.makeDirectory("/tmp/dump", mode: 0o755)
        let mirror = "--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=internal /dev/sda /dev/sdb"
        try #require(run(mirror, on: kernel).status == 0)
        try #require(run("--stop /dev/md0", on: kernel).status == 0)
    }

    private func mdadm(_ line: String) -> CommandResult { run(line, on: kernel) }

    private func bytes(_ path: String) throws -> [UInt8] {
        try kernel.read(Extent(offset: .zero, count: 8 << 20), of: kernel.open(path, []))
    }

    @Test func aDumpIsTheDeviceWithoutItsData() throws {
        try #require(kernel.disk("sda")).write([7, 7, 7], at: ByteCount(4 << 20))
        #expect(mdadm("--dump=/tmp/dump /dev/sda").output == "/dev/sda saved as /tmp/dump/sda.\n")
        let file = try bytes("/tmp/dump/sda"), disk = try bytes("/dev/sda")
        #expect(file.count == 8 << 20)
        #expect(file[4096..<8192] == disk[4096..<8192] && file[8192..<8704] == disk[8192..<8704])
        #expect(file[4 << 20] == 0)
    }

    /// Every name in by-id that no file has yet becomes a link; one that cannot be made is no failure.
    @Test func namesOfTheDiskBecomeLinks() throws {
        try kernel.makeDirectory("/dev/disk/by-id", mode: 0o755)
        for name in ["wwn-1", "taken"] { try kernel.link("/dev/disk/by-id/" + name, to: "/dev/sda") }
        try kernel.create(file: "/tmp/dump/taken", mode: 0o600)
        let result = mdadm("--dump=/tmp/dump /dev/sda")
        #expect(result.status == 0)
        let lines = "/dev/sda saved as /tmp/dump/sda.\n/dev/sda also saved as /tmp/dump/wwn-1.\n"
        #expect(result.output == lines)
        #expect(result.error == "mdadm: Could not save /dev/sda as /tmp/dump/taken!!\n")
        #expect(try bytes("/tmp/dump/wwn-1") == bytes("/tmp/dump/sda"))
        #expect(mdadm("-q --dump=/tmp/dump /dev/sdb").output.isEmpty)
    }

    /// Files under two names of the disk, in the order of the directory; the same twice is no matter.
    @Test func filesThatDifferAreNotChosenFrom() throws {
        try kernel.makeDirectory("/dev/disk/by-id", mode: 0o755)
        for name in ["one", "two"] { try kernel.link("/dev/disk/by-id/" + name, to: "/dev/sda") }
        #expect(mdadm("--dump=/tmp/dump /dev/sda").status == 0)
        #expect(mdadm("--restore=/tmp/dump /dev/sda").status == 0)
        try kernel.remove(file: "/tmp/dump/two")
        #expect(mdadm("--dump=/tmp/dump /dev/sdb").status == 0)
        try kernel.hardLink("/tmp/dump/two", to: "/tmp/dump/sdb")
        let result = mdadm("--restore=/tmp/dump /dev/sda")
        let files = try kernel.list(directory: "/tmp/dump").filter { ["one", "two"].contains($0) }
        let names = files.map { "/tmp/dump/\($0)" }.joined(separator: " and ")
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.error == "mdadm: Both \(names) seem suitable for /dev/sda.  Please choose one.\n")
    }

    @Test func whatIsRestoredIsAMemberAgain() throws {
        let before = try bytes("/dev/sda")
        #expect(mdadm("--dump=/tmp/dump /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("--zero-superblock /dev/sda /dev/sdb").status == 0)
        let result = mdadm("--restore=/tmp/dump /dev/sda /dev/sdb")
        #expect(result.status == 0)
        #expect(result.output == "/dev/sda restored from /tmp/dump/sda.\n/dev/sdb restored from /tmp/dump/sdb.\n")
        #expect(try bytes("/dev/sda") == before)
        #expect(mdadm("--assemble /dev/md0 /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("--restore=/tmp/dump/sda /dev/sda").status == 1)
    }

    @Test(arguments: [
        ("--dump=/tmp/dump -e 0.90 /dev/sda", Int32(1), "No 0.90 metadata found on /dev/sda"),
        ("--dump=/tmp/dump -e 1.0 /dev/sda", 1, "No 1.x metadata found on /dev/sda"),
        ("--dump=/tmp/dump /dev/sdc", Int32(1), "Cannot find RAID metadata on /dev/sdc"),
        ("--dump=/nowhere /dev/sda /dev/sdb", 16, "--dump requires an existing directory, not: /nowhere"),
        ("--dump=/tmp/dump /dev/no", 1, "Cannot open /dev/no to dump metadata: No such file or directory"),
        ("--restore=/nowhere /dev/sda", 16, "/nowhere does not exist: cannot restore from there."),
        ("--restore=/tmp/dump /dev/sda", 1, "Cannot find suitable file in /tmp/dump for /dev/sda"),
        ("--restore=/tmp/empty /dev/sda /dev/sdb", 16, "--restore requires a directory when multiple devices given"),
        ("--restore=/tmp/empty /dev/sda", 1, "Cannot find metadata on /tmp/empty"),
        ("--restore=/tmp/small /dev/sda", 1, "/tmp/small is not the same size as /dev/sda - cannot restore."),
    ])
    func refusals(line: String, status: Int32, words: String) throws {
        try kernel.makeFile("/tmp/empty", size: ByteCount(8 << 20), mode: 0o644)
        try kernel.makeFile("/tmp/small", size: ByteCount(4096), mode: 0o644)
        let before = try bytes("/dev/sda")
        let result = mdadm(line)
        #expect(result.status == status && result.error == "mdadm: \(words)\n" && result.output.isEmpty)
        #expect(try bytes("/dev/sda") == before)
    }

    @Test func aDumpIsNotOverwritten() throws {
        #expect(mdadm("-q --dump=/tmp/dump /dev/sda").output.isEmpty)
        let result = mdadm("--dump=/tmp/dump /dev/sda")
        #expect(result.status == 1 && result.error == "mdadm: Cannot create dump file /tmp/dump/sda: File exists\n")
    }

    @Test func aDryRunMakesNoFile() {
        let result = mdadm("--dump=/tmp/dump --dry-run /dev/sda")
        #expect(result.status == 0 && result.output.contains("create /tmp/dump/sda: 8388608 bytes\n"))
        #expect((try? kernel.status(ofPath: "/tmp/dump/sda")) == nil)
    }

    @Test func restoringCanBeUndone() throws {
        #expect(mdadm("--dump=/tmp/dump /dev/sda").status == 0)
        #expect(mdadm("--restore=/tmp/dump/sda /dev/sdb").status == 0)
        let entry = try #require(mdadm("--undo").output.split(separator: " ").first)
        #expect(mdadm("--undo \(entry)").status == 0)
        #expect(mdadm("--assemble /dev/md0 /dev/sda /dev/sdb").status == 0)
    }
}
