import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// Assembly of arrays whose members do not agree, as mdadm 4.6 did it in the lab.
@Suite struct ForcedAssemblyTests {
    private let kernel = SimulatedKernel.withDisks(5, size: ByteCount(64 << 20))

    private func mdadm(_ line: String) -> CommandResult { run(line, on: kernel) }

    private func create(level: Int, _ devices: String, more: String = "") throws {
        let count = devices.split(separator: " ").count
        let line = "--create /dev/md0 --run --assume-clean -b none -l\(level) -n\(count) \(more) \(devices)"
        try #require(mdadm(line).status == 0)
        try #require(mdadm("--stop /dev/md0").status == 0)
    }

    /// As a crash leaves members: the array may be out of step.
    private func soil(_ path: String) throws {
        var block = try #require(try MemberReader.read(path, kernel: kernel).superblock)
        block.resyncOffset = .zero
        block.seal()
        kernel.disk(String(path.dropFirst(5)))?.write(block.writtenBytes, at: block.superOffset.bytes, durably: true)
    }

    /// Of a raid6 one missing disk leaves parity to repair from; two leave none.
    @Test(arguments: [("/dev/sda /dev/sdb /dev/sdc", true), ("/dev/sda /dev/sdb", false)])
    func forcedRaid6IsRepaired(devices: String, isRepaired: Bool) throws {
        try create(level: 6, "/dev/sda /dev/sdb /dev/sdc /dev/sdd")
        for disk in ["a", "b", "c", "d"] { try soil("/dev/sd\(disk)") }
        let counted = FaultingKernel(kernel)
        let result = run("--assemble /dev/md0 --force \(devices)", on: counted)
        #expect(result.status == 0 && result.error == "mdadm: Marking array /dev/md0 as 'clean'\n", "\(result)")
        #expect(counted.calls.contains("write /sys/block/md0/md/sync_action") == isRepaired)
    }

    /// Empty slots are told of between their neighbours; the leader is added last.
    @Test func emptySlotsAreToldInOrder() throws {
        try create(level: 6, "/dev/sda /dev/sdb /dev/sdc /dev/sdd")
        let result = mdadm("--assemble /dev/md0 --run -v /dev/sda /dev/sdc")
        #expect(result.status == 0)
        #expect(result.error.contains("""
            mdadm: no uptodate device for slot 1 of /dev/md0
            mdadm: added /dev/sdc to /dev/md0 as 2
            mdadm: no uptodate device for slot 3 of /dev/md0
            mdadm: added /dev/sda to /dev/md0 as 0

            """), "\(result.error)")
    }

    /// With `-e 1` every place is looked at until the first member fixes one.
    @Test func placesWithoutASuperblockAreTold() throws {
        try create(level: 1, "/dev/sda /dev/sdb")
        let result = mdadm("--assemble /dev/md0 -e 1 /dev/sda /dev/sdb")
        let miss = "mdadm: No super block found on /dev/sda (Expected magic a92b4efc, got 00000000)\n"
        #expect(result.status == 0 && result.error == miss + miss, "\(result)")
        #expect(mdadm("--stop /dev/md0").status == 0)
        #expect(mdadm("--assemble /dev/md0 -q -e 1 /dev/sda /dev/sdb").error.isEmpty)
    }

    /// The number that 0.90 records is its name; `any` is every host's.
    @Test(arguments: [
        ("", "one", "--name=one", true), ("", "one", "--name=one --homehost=other", false),
        ("", "one", "--name=one --homehost=any", true), ("-e 0.90", "0", "--name=0", true),
        ("-e 0.90", "0", "--name=00", false), ("-e 0.90", "0", "--name=sim:0", false),
    ])
    func namesAreCompared(format: String, name: String, identity: String, isFound: Bool) throws {
        try create(level: 1, "/dev/sda /dev/sdb", more: format.isEmpty ? "--name=\(name)" : format)
        let result = mdadm("--assemble /dev/md0 \(identity) /dev/sda /dev/sdb")
        #expect((result.status == 0) == isFound, "\(result)")
    }
}
