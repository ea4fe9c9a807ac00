import MDBytes
import MDFormats
import MDKernel
import MDSimulator
import Testing

/// The model itself, seen from a program's side.
@Suite struct SimulatedKernelTests {
    private func text(_ path: String, _ kernel: SimulatedKernel) throws -> String {
        String(decoding: try kernel.read(file: path, limit: 65536).filter { $0 != 10 }, as: UTF8.self)
    }

    private func superblock(_ disk: String, _ kernel: SimulatedKernel) throws -> SuperblockV1 {
        let bytes = try #require(kernel.disk(disk)).read(at: ByteCount(4096), count: 4096)
        return try #require(try SuperblockV1(reading: bytes, at: Sectors(8)))
    }

    @Test func mirrorRunsRecoversAndStops() throws {
        let kernel = SimulatedKernel.withDisks(3)
        let fixture = ArrayFixture()
        do {
            let array = try fixture.start(number: 0, on: ["/dev/sda", "/dev/sdb"], kernel: kernel)
            #expect(try text("/sys/block/md0/md/array_state", kernel) == "clean")
            #expect(try kernel.arrayInfo(of: array).activeDisks == 2)
            let second = try kernel.status(ofPath: "/dev/sdb").device
            try kernel.setFaulty(second, of: array)
            #expect(try superblock("sda", kernel).role(of: 1) == .faulty)
            try kernel.hotRemove(second, from: array)
            try fixture.write(2, to: "/dev/sdc", of: 2, kernel: kernel)
            try kernel.addNewDisk(try ArrayFixture.disk("/dev/sdc", kernel: kernel), to: array)
            #expect(try text("/sys/block/md0/md/sync_action", kernel) == "recover")
            while kernel.waitForArrayChange(until: kernel.now() + .seconds(3600)) {}
            #expect(try text("/sys/block/md0/md/sync_action", kernel) == "idle")
            #expect(try text("/sys/block/md0/md/dev-sdc/state", kernel) == "in_sync")
            #expect(try superblock("sdc", kernel).events == superblock("sda", kernel).events)
            try kernel.stop(array)
        }
        #expect(kernel.openHandles.isEmpty)
        #expect(kernel.arrayNames.isEmpty)
    }

    @Test func holdersAreRefused() throws {
        let kernel = SimulatedKernel.withDisks(2)
        let array = try ArrayFixture().start(number: 7, on: ["/dev/sda", "/dev/sdb"], kernel: kernel)
        #expect(throws: SystemCallError("open", .busy, on: "/dev/sda")) {
            _ = try kernel.open("/dev/sda", [.exclusive])
        }
        #expect(try kernel.list(directory: "/sys/block/sda/holders") == ["md7"])
        #expect(try kernel.resolve("/sys/block/md7/md/dev-sda/block") == "/sys/devices/sim/block/sda")
        let second = try kernel.open("/dev/md7", [])
        #expect(throws: SystemCallError("STOP_ARRAY", .busy, on: array.path)) { try kernel.stop(array) }
        _ = consume second
        try kernel.stop(array)
    }

    @Test func sizeCostsNothing() throws {
        let kernel = SimulatedKernel.withDisks(4, size: ByteCount(20 << 40))
        let fixture = ArrayFixture(level: 5, raidDisks: 4)
        let array = try fixture.start(
            number: 1, on: ["/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"], kernel: kernel)
        #expect(try kernel.size(of: array).rawValue > 50 << 40)
        try kernel.stop(array)
    }

    @Test func powerCutsLoseOnlyWhatWasNotSynced() throws {
        var dice = SeededGenerator(seed: 3)
        let disk = SimulatedDisk(size: ByteCount(1 << 20))
        disk.write([UInt8](repeating: 1, count: 4096), at: .zero)
        disk.synchronize()
        disk.write([UInt8](repeating: 2, count: 4096), at: .zero)
        var seen: Set<UInt8> = []
        disk.powerCut(using: &dice)
        for sector in 0..<8 {
            let bytes = disk.read(at: ByteCount(UInt64(sector) * 512), count: 512)
            #expect(Set(bytes).count == 1)
            seen.formUnion(bytes)
        }
        #expect(seen.isSubset(of: [1, 2]))
    }

    @Test func clusterAsksItsPeers() throws {
        let cluster = SimulatedCluster(name: "lab")
        let nodes = [SimulatedKernel.withDisks(0, cluster: cluster), .withDisks(0, cluster: cluster)]
        for name in ["sda", "sdb", "sdc"] {
            let disk = SimulatedDisk(size: ByteCount(100 << 20))
            for node in nodes { node.attach(disk, as: name) }
        }
        var fixture = ArrayFixture()
        fixture.bitmap = .clustered(nodes: 2, cluster: "lab")
        let paths = ["/dev/sda", "/dev/sdb"]
        let first = try fixture.start(number: 0, on: paths, kernel: nodes[0])
        let second = try ArrayFixture.make(number: 0, kernel: nodes[1])
        try ArrayFixture.gather(paths, into: second, kernel: nodes[1])
        try nodes[1].run(second)
        try fixture.write(2, to: "/dev/sdc", of: 2, kernel: nodes[0])
        let disk = try ArrayFixture.disk("/dev/sdc", .clusterAdd, kernel: nodes[0])
        #expect(throws: SystemCallError("ADD_NEW_DISK", .noEntry, on: first.path)) {
            try nodes[0].addNewDisk(disk, to: first)
        }
        nodes[1].answerDiskQuestions { node, event in
            #expect(event.properties["EVENT"] == "ADD_DEVICE")
            #expect(event.properties["RAID_DISK"] == "2")
            var answer = disk
            answer.state = .candidate
            #expect(throws: Never.self) {
                try node.addNewDisk(answer, to: try node.open("/dev/md0", []))
            }
        }
        try nodes[0].addNewDisk(disk, to: first)
        #expect(try text("/sys/block/md0/md/dev-sdc/state", nodes[1]) == "spare")
        #expect(try nodes[1].diskInfo(2, of: second).device == disk.device)
    }
}
