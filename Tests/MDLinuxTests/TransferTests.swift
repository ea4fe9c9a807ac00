import Glibc
import MDBytes
import MDKernel
import Testing

@testable import MDLinux

@Suite struct TransferTests {
    let scratch: Scratch
    var kernel: LinuxKernel { scratch.kernel }

    init() throws { scratch = try Scratch() }

    @Test(arguments: [
        (0, 1), (0, 4096), (1, 511), (511, 2), (513, 4096), (4095, 2), (0, 100_000), (99_999, 1),
        (99_990, 100), (100_000, 5), (200_000, 5), (7, 0),
    ])
    func readsAnyRun(offset: Int, count: Int) throws {
        let (path, bytes) = try scratch.file(100_000)
        let expected = Array(bytes.dropFirst(offset).prefix(count))
        let extent = Extent(offset: ByteCount(UInt64(offset)), count: count)
        for options in [OpenOptions(), .direct] {
            #expect(try kernel.read(extent, of: kernel.open(path, options)) == expected)
        }
        for unit in [512, 4096] {
            #expect(try kernel.read(extent, of: kernel.open(path, []), alignedTo: unit) == expected)
        }
    }

    @Test func readsMoreThanOneWindow() throws {
        let (path, bytes) = try scratch.file(3 << 20)
        let handle = try kernel.open(path, [])
        let extent = Extent(offset: ByteCount(4097), count: (2 << 20) + 13)
        #expect(try kernel.read(extent, of: handle) == Array(bytes[4097..<4097 + extent.count]))
    }

    /// An open without a writer at the other end would never return.
    @Test func refusesAPipe() throws {
        let path = scratch.path + "/pipe"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let refusal = #expect(throws: SystemCallError.self) { try kernel.open(path, []) }
        #expect(refusal?.errno == .invalid)
    }

    @Test func refusesWhatNoDeviceHas() throws {
        let handle = try kernel.open(scratch.file(10).path, [])
        for extent in [
            Extent(offset: ByteCount(.max), count: 1), Extent(offset: .zero, count: -1),
            Extent(offset: .zero, count: .max),
        ] {
            #expect(throws: SystemCallError("pread", .invalid, on: handle.path)) {
                try kernel.read(extent, of: handle)
            }
        }
    }

    @Test func writesInTheMiddleOnly() throws {
        let (path, bytes) = try scratch.file(100_000)
        let handle = try kernel.open(path, .write)
        let patch = [UInt8](repeating: 0xee, count: 5000)
        try kernel.write(patch, at: ByteCount(777), of: handle)
        var expected = bytes
        expected.replaceSubrange(777..<5777, with: patch)
        #expect(try kernel.read(file: path, limit: 1 << 20) == expected)
    }

    @Test(arguments: [(0, 512), (1, 1), (511, 2), (4095, 4098), (1024, 1 << 20), (3, (2 << 20) + 5)])
    func alignedWritesKeepWhatSurroundsThem(offset: Int, count: Int) throws {
        let (path, bytes) = try scratch.file(3 << 20)
        let handle = try kernel.open(path, .write)
        let patch = [UInt8](repeating: 0xee, count: count)
        for unit in [512, 4096] {
            try kernel.write(patch, at: ByteCount(UInt64(offset)), of: handle, alignedTo: unit)
            var expected = bytes
            expected.replaceSubrange(offset..<offset + count, with: patch)
            #expect(try kernel.read(file: path, limit: 4 << 20) == expected)
        }
    }

    @Test func alignedWriteAcrossTheEndIsRefused() throws {
        let (path, bytes) = try scratch.file(1000)
        let handle = try kernel.open(path, .write)
        #expect(throws: SystemCallError.self) {
            try kernel.write([1], at: ByteCount(999), of: handle, alignedTo: 512)
        }
        #expect(try kernel.read(file: path, limit: 2000) == bytes)
    }

    @Test func sizesOfAFile() throws {
        let handle = try kernel.open(scratch.file(1234).path, .direct)
        #expect(try kernel.size(of: handle) == ByteCount(1234))
        #expect(try kernel.logicalBlockSize(of: handle) == ByteCount(512))
        #expect(try kernel.status(of: handle).kind == .regular)
    }
}

/// Many reads at once say what each says by itself.
@Suite struct ReadRoundTests {
    let scratch: Scratch
    var kernel: LinuxKernel { scratch.kernel }

    init() throws { scratch = try Scratch() }

    private static let extents: [(offset: UInt64, count: Int)] = [
        (0, 1), (0, 4096), (1, 511), (513, 4096), (0, 100_000), (99_990, 100), (100_000, 5), (200_000, 5), (7, 0),
        (.max, 1), (0, -1), (50_000, 12_345), (0, 2_000_000),
    ]

    @Test(arguments: [OpenOptions(), .direct])
    func saysWhatEachSaysByItself(options: OpenOptions) throws {
        let handles = try (0..<20).map { _ in try kernel.open(scratch.file(100_000).path, options) }
        let reads = handles.flatMap { handle in
            Self.extents.map { DeviceRead(Extent(offset: ByteCount($0.offset), count: $0.count), of: handle) }
        }
        let alone = reads.map { read in
            Result { () throws(SystemCallError) in try kernel.read(read.extent, of: read.handle) }
        }
        #expect(kernel.readAll(reads) == alone)
        #expect(kernel.readInThreads(reads) == alone)
        // A ring of eight, again and again.
        if var round = ReadRound(limit: 8) { #expect(round.run(reads, kernel: kernel) == alone) }
    }

    /// Errors stay with the read they belong to.
    @Test func oneThatFailsLeavesTheOthers() throws {
        let (path, bytes) = try scratch.file(8192)
        let good = try kernel.open(path, [])
        let bad = DeviceHandle(token: 9999, path: "/dev/gone", owner: NobodysHandles())
        let extent = Extent(offset: .zero, count: 4096)
        let answers = kernel.readAll([DeviceRead(extent, of: bad), DeviceRead(extent, of: good)])
        #expect(throws: SystemCallError.self) { try answers[0].get() }
        #expect(answers[1] == .success(Array(bytes.prefix(4096))))
        let many = Array(repeating: [DeviceRead(extent, of: bad), DeviceRead(extent, of: good)], count: 40)
        #expect(kernel.readAll(many.flatMap { $0 }) == Array(repeating: answers, count: 40).flatMap { $0 })
        #expect(kernel.readAll([]).isEmpty)
        // A round that is urgent gives the processor back.
        #expect(sched_getscheduler(0) == SCHED_OTHER)
    }
}

private struct NobodysHandles: HandleOwner {
    func close(token: Int32) {}
}
