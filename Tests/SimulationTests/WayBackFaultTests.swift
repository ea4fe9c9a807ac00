import MDBytes
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// `--undo`, `--restore` and `--dump` with every call failing in turn: a success is a whole one, a failure is told, and
/// the same command leads to the goal once nothing fails any more.
@Suite struct WayBackFaultTests {
    private static let mirror = [
        "--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=internal /dev/sda /dev/sdb", "--stop /dev/md0",
    ]

    private struct World {
        var start: SimulatedKernel
        var command: String
        /// The disks as they are to be in the end.
        var goal: [DiskSnapshot]
    }

    private static func disks(_ kernel: SimulatedKernel) -> [DiskSnapshot] {
        ["sda", "sdb", "sdc"].compactMap { kernel.disk($0)?.snapshot() }
    }

    private static func world(_ lines: [String]) throws -> SimulatedKernel {
        let kernel = SimulatedKernel.withDisks(3, size: ByteCount(16 << 20))
        try kernel.makeDirectory("/tmp/dump", mode: 0o755)
        for line in lines { try #require(run(line, on: kernel).status == 0, "\(line)") }
        return kernel
    }

    /// Three disks of a new stripe, two of which were a mirror that is to come back.
    private static func undoing() throws -> World {
        let kernel = try world(mirror)
        let goal = disks(kernel)
        for line in ["--create /dev/md1 --run -l0 -n3 /dev/sda /dev/sdb /dev/sdc", "--stop /dev/md1"] {
            try #require(run(line, on: kernel).status == 0)
        }
        let entry = try #require(Archive(kernel: kernel).names().first)
        return World(start: kernel, command: "--undo \(entry)", goal: goal)
    }

    private static func restoring() throws -> World {
        let kernel = try world(mirror + ["--dump=/tmp/dump /dev/sda /dev/sdb"])
        let goal = disks(kernel)
        try #require(run("--zero-superblock /dev/sda /dev/sdb", on: kernel).status == 0)
        return World(start: kernel, command: "--restore=/tmp/dump /dev/sda /dev/sdb", goal: goal)
    }

    private static func dumping() throws -> World {
        let kernel = try world(mirror)
        return World(start: kernel, command: "--dump=/tmp/dump /dev/sda", goal: disks(kernel))
    }

    @Test(arguments: ["undo", "restore", "dump"], [Fault.Duration.once, .forGood])
    func theGoalIsReachedInTheEnd(verb: String, duration: Fault.Duration) throws {
        let world =
            switch verb {
            case "undo": try Self.undoing()
            case "restore": try Self.restoring()
            default: try Self.dumping()
            }
        let counted = FaultingKernel(world.start.duplicate())
        let calm = run(world.command, on: counted)
        #expect(calm.status == 0 && counted.calls.count > 10)
        for (index, call) in counted.calls.enumerated() {
            let kernel = world.start.duplicate()
            let fault = Fault(call: index + 1, errno: .inputOutput, duration: duration)
            let result = run(world.command, on: FaultingKernel(kernel, fault: fault))
            let place = "\(index + 1) \(call): \(result.error)"
            if result.status == 0 {
                #expect(Self.disks(kernel) == world.goal, "success without it at \(place)")
            } else {
                #expect(!result.error.isEmpty, "no word at \(place)")
                let again = run(world.command, on: kernel)
                // Where nothing works any more, the begun file cannot be removed, either; it is not taken for a dump.
                if verb == "dump", duration == .forGood, again.error.hasSuffix("File exists\n") { continue }
                #expect(again.status == 0, "no way on after \(place)\(again.error)")
                #expect(Self.disks(kernel) == world.goal, "not there after \(place)\(again.error)")
            }
            #expect(kernel.openHandles.isEmpty, "handles after \(place)")
        }
    }
}
