import MDBytes
import MDFormats
import MDKernel
import MDLocks
import MDModel
import MDOperations
import MDSimulator
import Synchronization
import Testing

/// Hears everything and answers every question alike.
private final class Witness: Listener {
    private let heard = Mutex<[Notice]>([])
    let answer: Bool

    init(answer: Bool = true) { self.answer = answer }

    var notices: [Notice] { heard.withLock { $0 } }

    func tell(_ notice: Notice) { heard.withLock { $0.append(notice) } }

    func confirm(_ question: Question) -> Bool { answer }
}

@Suite struct CreateTests {
    private static let disks = ["sda", "sdb", "sdc"]
    private static let size = ByteCount(20 << 20)

    private func request(_ level: Level, _ count: Int) -> CreateRequest {
        var options = CommonOptions()
        options.run = true
        var request = CreateRequest(common: options, array: "/dev/md/home")
        request.level = level
        request.raidDevices = count
        request.bitmap = level == .raid0 ? .none : .internal
        request.devices = Self.disks.prefix(count).map { DeviceOperand(path: "/dev/\($0)") }
        return request
    }

    private func create<K: Kernel>(_ request: CreateRequest, _ kernel: K, _ witness: Witness) -> CreateOutcome {
        let context = Context(kernel: kernel, options: request.common, listener: witness)
        return Creator(context, request, cluster: { NoCluster() }).run()
    }

    private func superblock(_ disk: String, _ kernel: SimulatedKernel) throws -> SuperblockV1 {
        let bytes = try #require(kernel.disk(disk)).read(at: ByteCount(4096), count: 4096)
        return try #require(try SuperblockV1(reading: bytes, at: Sectors(8)))
    }

    @Test(arguments: [(Level.raid1, 2), (.raid5, 3), (.raid10, 3), (.raid0, 2)])
    func createsAndStarts(level: Level, count: Int) throws {
        let kernel = SimulatedKernel.withDisks(3, size: Self.size)
        let witness = Witness()
        #expect(create(request(level, count), kernel, witness) == .created)
        #expect(kernel.arrayNames == ["md127"])
        #expect(witness.notices.contains(.create(.started(path: "/dev/md/home"))))
        let block = try superblock("sda", kernel)
        #expect(block.level == level.rawValue)
        #expect(block.isChecksumCorrect)
        #expect(block.name == Array("sim:home".utf8))
        let map = ArrayMap(
            reading: String(decoding: try kernel.read(file: ArrayMap.path, limit: 4096), as: UTF8.self))
        #expect(map.entry(uuid: block.arrayUUID)?.path == "/dev/md/home")
        #expect(!kernel.storedPaths.contains { $0.hasPrefix("/run/mdadm/creating") })
        #expect(kernel.openHandles.isEmpty)
    }

    /// A second creation over the members of a stopped array gives them new device uuids and wipes what
    /// lies in other places.
    @Test func oldSuperblocksGo() throws {
        let kernel = SimulatedKernel.withDisks(2, size: Self.size)
        #expect(create(request(.raid1, 2), kernel, Witness()) == .created)
        let old = try superblock("sda", kernel)
        do {
            let array = try kernel.open("/dev/md127", [.write])
            try kernel.stop(array)
        }
        var again = request(.raid1, 2)
        again.common.metadata = "1.0"
        #expect(create(again, kernel, Witness()) == .created)
        let disk = try #require(kernel.disk("sda"))
        #expect(disk.read(at: ByteCount(4096), count: 4) == [0, 0, 0, 0])
        let place = try #require(SuperblockV1.MinorVersion.atEnd.location(onDeviceOf: disk.size.sectors))
        let new = try #require(
            try SuperblockV1(reading: disk.read(at: place.bytes, count: 4096), at: place))
        #expect(new.deviceUUID != old.deviceUUID)
        #expect(new.arrayUUID != old.arrayUUID)
    }

    /// Over old members and a new disk, under the old uuid: the driver would drop the disk, did the others count on.
    @Test func oldMembersAndNewDisksStartAlike() throws {
        let kernel = SimulatedKernel.withDisks(3, size: Self.size)
        var first = request(.raid1, 2)
        first.uuid = UUID(bytes: [1, 2, 3, 4])
        #expect(create(first, kernel, Witness()) == .created)
        do {
            let array = try kernel.open("/dev/md127", [.write])
            try kernel.stop(array)
        }
        #expect(try superblock("sda", kernel).events > 0)
        var again = request(.raid1, 3)
        again.uuid = first.uuid
        #expect(create(again, kernel, Witness()) == .created)
        let array = try kernel.open("/dev/md127", [])
        #expect(try kernel.arrayInfo(of: array).activeDisks == 3)
        #expect(try superblock("sda", kernel).events == superblock("sdc", kernel).events)
    }

    @Test func aMemberInUseIsLeftAlone() throws {
        let kernel = SimulatedKernel.withDisks(3, size: Self.size)
        #expect(create(request(.raid1, 2), kernel, Witness()) == .created)
        let before = try #require(kernel.disk("sdc")).snapshot()
        var second = request(.raid1, 2)
        second.array = "/dev/md/other"
        second.devices = ["/dev/sdc", "/dev/sda"].map { DeviceOperand(path: $0) }
        let witness = Witness()
        #expect(create(second, kernel, witness) == .failed)
        #expect(witness.notices.contains(.create(.cannotClaim("/dev/sda", .busy))))
        second.devices.reverse()
        #expect(create(second, kernel, Witness()) == .unusable)
        #expect(try #require(kernel.disk("sdc")).snapshot() == before)
        #expect(kernel.arrayNames == ["md127"])
    }

    @Test func aDeviceListedTwiceIsRefused() {
        let kernel = SimulatedKernel.withDisks(2, size: Self.size)
        var twice = request(.raid1, 2)
        twice.devices = [DeviceOperand(path: "/dev/sda"), DeviceOperand(path: "/dev/sda")]
        let witness = Witness()
        #expect(create(twice, kernel, witness) == .failed)
        #expect(witness.notices.contains(.create(.refused(.listedTwice("/dev/sda")))))
        #expect(kernel.arrayNames.isEmpty)
    }

    @Test func aDryRunAndANoChangeNothing() throws {
        let kernel = SimulatedKernel.withDisks(2, size: Self.size)
        let paths = kernel.storedPaths
        var dry = request(.raid1, 2)
        dry.common.dryRun = true
        let witness = Witness()
        #expect(create(dry, kernel, witness) == .created)
        #expect(witness.notices.contains { if case .wouldDo(.run) = $0 { true } else { false } })
        var asked = request(.raid1, 2)
        asked.common.run = false
        #expect(create(asked, kernel, Witness(answer: false)) == .failed)
        #expect(kernel.arrayNames.isEmpty)
        #expect(try #require(kernel.disk("sda")).read(at: .zero, count: 16384).allSatisfy { $0 == 0 })
        #expect(kernel.storedPaths == paths)
    }

    /// Each call in turn fails once. Either the creation copes, or nothing of it is left: no byte, array,
    /// marker, map entry or open handle.
    @Test(arguments: [(Level.raid1, 2), (.raid5, 3)])
    func aFailureAnywhereLeavesNothing(level: Level, count: Int) throws {
        let rehearsal = FaultingKernel(SimulatedKernel.withDisks(3, size: Self.size))
        #expect(create(request(level, count), rehearsal, Witness()) == .created)
        let calls = rehearsal.calls
        for number in calls.indices {
            let machine = SimulatedKernel.withDisks(3, size: Self.size)
            let images = try Self.disks.map { try #require(machine.disk($0)).snapshot() }
            let kernel = FaultingKernel(machine, fault: Fault(call: number + 1, errno: .inputOutput))
            let witness = Witness()
            let outcome = create(request(level, count), kernel, witness)
            let call = "call \(number + 1), \(calls[number])"
            #expect(machine.openHandles.isEmpty, "\(call)")
            guard outcome != .created else { continue }
            #expect(machine.arrayNames.isEmpty, "\(call)")
            #expect(try Self.disks.map { try #require(machine.disk($0)).snapshot() } == images, "\(call)")
            #expect(!machine.storedPaths.contains { $0.contains("creating-") }, "\(call)")
            #expect(ArrayMap.load(kernel: machine).entries.isEmpty, "\(call)")
        }
    }
}
