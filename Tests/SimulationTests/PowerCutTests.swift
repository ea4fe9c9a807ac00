import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// The power fails at call N of a create. Goal: nothing outside md's own areas is touched, whatever
/// survives can be read without harm, the same create works after the reboot; and once create has said
/// that it is done, nothing is lost any more.
@Suite struct PowerCutTests {
    private static let command =
        "--create /dev/md0 --run --bitmap=internal -l1 -n2 -x1 /dev/sda /dev/sdb /dev/sdc"
    private static let names = ["sda", "sdb", "sdc"]

    private func machine(_ disks: [SimulatedDisk]) -> SimulatedKernel {
        var settings = SimulatedKernel.Settings()
        settings.hasUdev = true
        let kernel = SimulatedKernel(settings: settings)
        for (name, disk) in zip(Self.names, disks) { kernel.attach(disk, as: name) }
        return kernel
    }

    /// Disks with old data in the data area and an old superblock.
    private func oldDisks() throws -> [SimulatedDisk] {
        let disks = Self.names.map { _ in SimulatedDisk(size: ByteCount(64 << 20)) }
        let kernel = machine(disks)
        try ArrayFixture().write(to: Self.names.map { "/dev/" + $0 }, kernel: kernel)
        for disk in disks { disk.write([UInt8](repeating: 0xda, count: 4096), at: ByteCount(8 << 20), durably: true) }
        return disks
    }

    private func cut(_ disks: [SimulatedDisk], seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        for disk in disks { disk.powerCut(using: &dice) }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func everyCutLeavesSomethingThatCanBeUsedAgain(_ seed: UInt64) throws {
        let counted = FaultingKernel(machine(try oldDisks()))
        #expect(run(Self.command, on: counted).status == 0)
        for call in 1...counted.calls.count {
            let disks = try oldDisks()
            let fault = Fault(call: call, errno: .inputOutput, duration: .forGood) { [self] in
                cut(disks, seed: seed &* 1000 &+ UInt64(call))
            }
            let dying = run(Self.command, on: FaultingKernel(machine(disks), fault: fault))
            let rebooted = machine(disks)
            for (name, disk) in zip(Self.names, disks) {
                let member = try MemberReader.read("/dev/" + name, kernel: rebooted)
                #expect(member.superblocks.count <= 1, "call \(call)")
                #expect(disk.read(at: ByteCount(8 << 20), count: 4096).allSatisfy { $0 == 0xda })
            }
            let again = run(Self.command, on: rebooted)
            #expect(again.status == 0, "call \(call): \(dying.error) then \(again.error)")
            #expect(rebooted.openHandles.isEmpty)
        }
    }

    @Test func whatCreateReportedSurvives() throws {
        let disks = try oldDisks()
        #expect(run(Self.command, on: machine(disks)).status == 0)
        cut(disks, seed: 5)
        let rebooted = machine(disks)
        let result = run("--assemble /dev/md0 /dev/sda /dev/sdb /dev/sdc", on: rebooted)
        #expect(result.status == 0, "\(result.error)")
        let text = String(decoding: try rebooted.read(file: "/proc/mdstat", limit: 65536), as: UTF8.self)
        #expect(text.contains("[2/2] [UU]"), "\(text)")
    }
}
