import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// `--assemble --update` with every call failing in turn. Goal: all members carry the change or none does; where that
/// cannot be, it is told.
@Suite struct UpdateFaultTests {
    private static let scene = FaultScene(
        command: "--assemble /dev/md0 --run --update=uuid --uuid=01234567:89abcdef:01234567:89abcdef /dev/sda /dev/sdb",
        before: [
            "--create /dev/md0 --run --assume-clean --bitmap=internal -l5 -n3 /dev/sda /dev/sdb /dev/sdc",
            "--stop /dev/md0",
        ])

    private static func uuids(_ kernel: SimulatedKernel) throws -> Set<UUID> {
        Set(try ["/dev/sda", "/dev/sdb"].compactMap { try MemberReader.read($0, kernel: kernel).superblock?.arrayUUID })
    }

    @Test(arguments: [Fault.Duration.once, .forGood]) func membersAgree(duration: Fault.Duration) throws {
        let start = try Self.scene.build()
        let counted = FaultingKernel(start.duplicate())
        #expect(run(Self.scene.command, on: counted).status == 0)
        let wanted = try #require(UUID(parsing: "01234567:89abcdef:01234567:89abcdef"))
        #expect(counted.calls.count > 30)
        for (index, call) in counted.calls.enumerated() {
            let world = start.duplicate()
            let fault = Fault(call: index + 1, errno: .inputOutput, duration: duration)
            let result = run(Self.scene.command, on: FaultingKernel(world, fault: fault))
            let found = try Self.uuids(world)
            // A device that somebody holds is passed over, as mdadm does, which is told; so is what cannot be undone.
            let isTold = result.error.contains("could not take back") || result.error.contains("is busy - skipping")
            #expect(found.count == 1 || isTold, "\(index + 1) \(call): \(result.error)")
            if result.status == 0 { #expect(found == [wanted], "\(index + 1) \(call)") }
        }
    }

    @Test func aDeviceThatIsNamedTwiceTakesAnUpdate() throws {
        let kernel = SimulatedKernel.withDisks(2, size: ByteCount(64 << 20))
        let mirror = "--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb"
        #expect(run(mirror, on: kernel).status == 0)
        #expect(run("--stop /dev/md0", on: kernel).status == 0)
        try kernel.link("/dev/alias", to: "/dev/sda")
        let result = run("--assemble --update=name --name=x /dev/md0 /dev/sda /dev/alias /dev/sdb", on: kernel)
        #expect(result.status == 0, "\(result.error)")
        // One entry holds what all members had.
        #expect(run("--undo", on: kernel).output.contains("/dev/sdb: "))
    }
}
