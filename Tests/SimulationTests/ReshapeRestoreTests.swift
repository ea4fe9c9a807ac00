import MDBytes
import MDFormats
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Testing

/// `--assemble --backup-file` of an array whose reshape stopped halfway. Goal: what was halfway is put back whole, once
/// or again after a failure, and nothing is written where that cannot be.
@Suite struct ReshapeRestoreTests {
    private static let names = ["sda", "sdb", "sdc"]
    private static let command = "--assemble /dev/md0 --backup-file=/copies /dev/sda /dev/sdb /dev/sdc"
    /// Sectors: chunks of 4 KiB become such of 8 KiB, and 96 sectors from 192 on were being copied.
    private static let (start, count) = (UInt64(192), UInt64(96))

    /// Three members that a reshape has written garbage to, and copies of what was there.
    private func scene(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> SimulatedKernel {
        let kernel = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20))
        let create = "--create /dev/md0 --run --assume-clean -b none -c 4 -l5 -n3 /dev/sda /dev/sdb /dev/sdc"
        #expect(run(create, on: kernel).status == 0 && run("--stop /dev/md0", on: kernel).status == 0)
        var header = Array("md_backup_data-1".utf8) + [UInt8](repeating: 0, count: 4080)
        for name in Self.names {
            var block = try superblock(name, kernel)
            header.replaceSubrange(16..<32, with: block.arrayUUID.bytes)
            header[Field<UInt64>(at: 32)] = block.updateTime
            block.features.insert(.reshape)
            (block.newLayout, block.newChunk) = (block.layout, 16)
            block.reshapePosition = Self.start
            block.seal()
            let disk = try #require(kernel.disk(name))
            disk.write(block.writtenBytes, at: block.superOffset.bytes, durably: true)
            disk.write([UInt8](repeating: 0xa5, count: 48 * 512), at: Sectors(block.dataOffset.rawValue + 96).bytes, durably: true)
        }
        for (place, value) in [(40, 8), (48, Self.start), (56, Self.count)] { header[Field<UInt64>(at: place)] = value }
        header[Field<UInt32>(at: 64)] = BackupHeader.checksum
        var file = header + (0..<Self.count).flatMap { [UInt8](repeating: UInt8($0), count: 512) }
        change(&file)
        try kernel.replace(file: "/copies", with: file, mode: 0o600)
        return kernel
    }

    private func superblock(_ name: String, _ kernel: SimulatedKernel) throws -> SuperblockV1 {
        try #require(try MemberReader.read("/dev/" + name, kernel: kernel).superblock)
    }

    /// What the members hold of the part, and where they say the reshape is.
    private func members(_ kernel: SimulatedKernel) throws -> [[UInt8]] {
        try Self.names.map { name in
            let block = try superblock(name, kernel)
            let data = try #require(kernel.disk(name)).read(at: Sectors(block.dataOffset.rawValue + 96).bytes, count: 48 * 512)
            return data + [UInt8(truncatingIfNeeded: block.reshapePosition / 96)]
        }
    }

    /// From the array's order and left-symmetric parity on three disks, chunks of 16 sectors, from stripe 6 on.
    private var wanted: [[UInt8]] {
        var disks = [[UInt8]](repeating: [], count: 3)
        for stripe in 0..<3 {
            let data = (0..<2).map { chunk in
                (0..<16).flatMap { [UInt8](repeating: UInt8(32 * stripe + 16 * chunk + $0), count: 512) }
            }
            let parity = 2 - stripe % 3
            disks[(parity + 1) % 3] += data[0]
            disks[(parity + 2) % 3] += data[1]
            disks[parity] += zip(data[0], data[1]).map { $0 ^ $1 }
        }
        return disks.map { $0 + [3] }
    }

    @Test func copiesGoBack() throws {
        let kernel = try scene()
        let result = run(Self.command, on: kernel)
        #expect(result.status == 0 && result.output.hasPrefix("mdadm: restoring critical section\n"), "\(result)")
        #expect(result.error.contains("/dev/md0 is read-only") && kernel.openHandles.isEmpty)
        #expect(try members(kernel) == wanted)
        let undo = run("--undo", on: kernel)
        #expect(undo.output.contains("restored data") || undo.output.contains("superblock"), "\(undo)")
    }

    @Test func aPlanIsShown() throws {
        let kernel = try scene()
        let before = try members(kernel)
        let result = run(Self.command + " --dry-run", on: kernel)
        #expect(result.status == 0 && result.output.contains("restored data"), "\(result)")
        #expect(try members(kernel) == before)
    }

    @Test func whatCannotBePutBackChangesNothing() throws {
        let cases: [(change: (inout [UInt8]) -> Void, words: String)] = [
            ({ $0[0] = 0 }, "sorry"), ({ $0[20] ^= 1 }, "sorry"), ({ $0.removeLast() }, "it ends before its copies do"),
            ({ $0[56] = 80 }, "do not begin and end with a stripe"), ({ $0[63] = 0x7f }, "sorry"), ({ $0[61] = 1 }, "larger"),
            ({ $0[48] = 0; $0[56] = 96 }, "sorry"), ({ $0[47] = 0x7f }, "sorry"), ({ $0[32] ^= 0xff; $0[34] ^= 1 }, "too-old"),
            ({ $0.removeAll() }, "sorry"),
        ]
        for (number, (change, words)) in cases.enumerated() {
            let kernel = try scene(change)
            let before = try members(kernel)
            let result = run(Self.command, on: kernel)
            #expect(result.status == 1 && result.error.contains(words), "\(number): \(result)")
            #expect(try members(kernel) == before && kernel.arrayNames.isEmpty && kernel.openHandles.isEmpty, "\(number)")
        }
    }

    /// The copies are still there, so that a second try ends well whatever came of the first.
    @Test(arguments: [Fault.Duration.once, .forGood]) func everyFailureIsMadeGood(duration: Fault.Duration) throws {
        let start = try scene()
        let counted = FaultingKernel(start.duplicate())
        #expect(run(Self.command, on: counted).status == 0)
        for (index, call) in counted.calls.enumerated() {
            let world = start.duplicate()
            _ = run(Self.command, on: FaultingKernel(world, fault: Fault(call: index + 1, errno: .inputOutput, duration: duration)))
            if !world.arrayNames.isEmpty { _ = run("--stop /dev/md0", on: world) }
            let again = run(Self.command, on: world)
            #expect(try members(world) == wanted, "\(index + 1) \(call): \(again)")
        }
    }

    @Test(arguments: [UInt64(1), 2]) func powerCutsAreMadeGood(_ seed: UInt64) throws {
        let counted = FaultingKernel(try scene())
        #expect(run(Self.command, on: counted).status == 0)
        for call in 1...counted.calls.count {
            let kernel = try scene()
            let disks = try Self.names.map { try #require(kernel.disk($0)) }
            let fault = Fault(call: call, errno: .inputOutput, duration: .forGood) {
                var dice = SeededGenerator(seed: seed &* 1000 &+ UInt64(call))
                for disk in disks { disk.powerCut(using: &dice) }
            }
            _ = run(Self.command, on: FaultingKernel(kernel, fault: fault))
            let rebooted = SimulatedKernel(settings: SimulatedKernel.Settings())
            for (name, disk) in zip(Self.names, disks) { rebooted.attach(disk, as: name) }
            try rebooted.replace(file: "/copies", with: kernel.read(file: "/copies", limit: 1 << 20), mode: 0o600)
            let again = run(Self.command, on: rebooted)
            #expect(try members(rebooted) == wanted, "\(call): \(again)")
        }
    }
}
