import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// Rarer options of `--create`, as mdadm 4.6 took them in the lab.
@Suite struct CreateOptionTests {
    private let kernel = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20))

    private func mdadm(_ line: String, input: String = "") -> CommandResult { run(line, on: kernel, input: input) }

    @Test func offsetsMayDiffer() throws {
        let result = mdadm(
            "--create /dev/md0 --run -l1 -n2 --assume-clean --bitmap=none --data-offset=variable "
                + "/dev/sda:4M /dev/sdb:8M")
        #expect(result.status == 0 && result.error.contains("exceeds size (57344K)"))
        let blocks = try ["/dev/sda", "/dev/sdb"].map { try MemberReader.read($0, kernel: kernel).superblock }
        #expect(blocks.map { $0?.dataOffset } == [Sectors(8192), Sectors(16384)])
        #expect(blocks.map { $0?.dataSize } == [Sectors(122_880), Sectors(114_688)])
    }

    @Test func offsetOfZeroIsNone() throws {
        let result = mdadm(
            "--create /dev/md0 --run -l1 -n2 -e 1.2 --assume-clean --bitmap=none --data-offset=variable "
                + "/dev/sda:0 /dev/sdb:3M")
        #expect(result.status == 0)
        let blocks = try ["/dev/sda", "/dev/sdb"].map { try MemberReader.read($0, kernel: kernel).superblock }
        #expect(blocks.map { $0?.dataOffset } == [Sectors(2048), Sectors(6144)])
    }

    @Test(arguments: ["1M /dev/sda", "variable /dev/sda:1M", "variable /dev/sda"])
    func elderMetadataPlacesNoData(_ words: String) {
        let result = mdadm("--create /dev/md0 --run -l1 -n2 -e 0.90 --data-offset=\(words) /dev/sdb")
        #expect(result.status == 1 && result.error.contains("mdadm: data-offset not support for 0.90\n"))
    }

    private func bitmapHeader(_ path: String) throws -> BitmapSuperblock? {
        let member = try MemberReader.read(path, kernel: kernel)
        return try member.superblock.flatMap { try member.bitmapHeader(of: $0, kernel: kernel) }
    }

    @Test func locklessBitmapNeedsItsKernel() throws {
        let result = mdadm("--create /dev/md0 --run -l1 -n2 -b lockless -e 1.2 /dev/sda /dev/sdb")
        let words = "mdadm: failed to write 'llbitmap' to '/sys/block/md0/md//bitmap_type' (No such file or directory)\n"
        #expect(result.status == 1 && result.error.contains(words), "\(result)")
        #expect(try MemberReader.read("/dev/sda", kernel: kernel).superblock == nil)
        #expect(mdadm("--detail /dev/md0").status == 1)
    }

    @Test func locklessBitmap() throws {
        kernel.adjust { $0.hasLocklessBitmaps = true }
        let line = "--create /dev/md0 --run -l1 -n2 -b lockless -e 1.2 /dev/sda /dev/sdb"
        let plan = mdadm(line + " --dry-run").output
        #expect(plan.contains("write llbitmap to /sys/block/md0/md/bitmap_type\n"))
        try #require(mdadm(line).status == 0)
        let block = try #require(try MemberReader.read("/dev/sda", kernel: kernel).superblock)
        #expect(block.badBlockOffset == 8 + 256)
        let header = try #require(try bitmapHeader("/dev/sda"))
        #expect(header.version == 6 && header.sectorsReserved == 256 && header.uuid == block.arrayUUID)
        let uuid = "11111111:22222222:33333333:44444444"
        try #require(mdadm("--stop /dev/md0").status == 0)
        let result = mdadm("--assemble /dev/md0 --update=uuid --uuid=\(uuid) /dev/sda /dev/sdb")
        #expect(result.status == 0, "\(result)")
        let later = try #require(try bitmapHeader("/dev/sdb"))
        #expect(later.uuid.colonText == uuid)
        // The driver has seen to it: its chunks are in sectors.
        #expect(later.state == 0 && later.chunk == 128)
    }

    @Test(arguments: [
        ("-e 1.0", "lockless bitmap is only supported with creating the array with 1.2 metadata"),
        ("-e 0.90", "lockless bitmap is only supported with creating the array with 1.2 metadata"),
        ("--bitmap-chunk=64M", "lockless bitmap doesn't support chunksize"),
        (
            "--data-offset=128K",
            "the lockless bitmap on /dev/sda would reach into the data: --data-offset must be 140K at least"
        ),
    ])
    func locklessBitmapIsRefused(_ words: String, why: String) throws {
        kernel.adjust { $0.hasLocklessBitmaps = true }
        let result = mdadm("--create /dev/md0 --run -l1 -n2 -b lockless \(words) /dev/sda /dev/sdb")
        #expect(result.status == 1 && result.error.contains("mdadm: \(why)\n"), "\(result)")
        #expect(try MemberReader.read("/dev/sda", kernel: kernel).superblock == nil)
    }

    @Test func zerosComeFirst() throws {
        let disk = try #require(kernel.disk("sda"))
        disk.write([UInt8](repeating: 0xa5, count: 4096), at: ByteCount(2 << 20))
        let result = mdadm("--create /dev/md0 --run -l1 -n2 -e 1.2 --bitmap=none --write-zeroes /dev/sda /dev/sdb")
        #expect(result.status == 0)
        #expect(result.output.contains("mdadm: zeroing data from 1048576 to 66060288 on: /dev/sda\n"))
        #expect(result.output.hasSuffix("mdadm: zeroing finished\nmdadm: array /dev/md0 started.\n"))
        let handle = try kernel.open("/dev/sda", [])
        let area = try kernel.read(Extent(offset: ByteCount(2 << 20), count: 4096), of: handle)
        #expect(area.allSatisfy { $0 == 0 })
    }

    @Test func terminalsSeeHowFarTheZerosAre() {
        var settings = SimulatedKernel.Settings()
        settings.zeroSpeed = 100 << 10
        let slow = SimulatedKernel.withDisks(2, size: ByteCount(400 << 20), settings: settings)
        let line = "--create /dev/md0 --run -l1 -n2 -e 1.2 --bitmap=none --write-zeroes /dev/sda /dev/sdb"
        let shown = run(line, on: slow, isTerminal: true)
        #expect(shown.status == 0)
        let most = "\r[================================........] zeros 80.2 %, 100177 KiB/s, 1 s left\u{1b}[K"
        #expect(shown.error.contains(most) && shown.error.contains("zeros 100.0 %"), "\(shown.error)")
        #expect(shown.error.hasSuffix("left\u{1b}[K\n"))
        #expect(mdadm(line).error.isEmpty)
        let quiet = SimulatedKernel.withDisks(2, size: ByteCount(400 << 20), settings: settings)
        #expect(!run("-q " + line, on: quiet, isTerminal: true).error.contains("zeros"))
    }

    @Test func zerosThatFailOnOneDeviceEndOnAll() throws {
        let line = "--create /dev/md0 --run -l1 -n2 -e 1.2 --bitmap=none --write-zeroes /dev/sda /dev/sdb"
        let rehearsal = FaultingKernel(SimulatedKernel.withDisks(2, size: ByteCount(64 << 20)))
        #expect(run(line, on: rehearsal).status == 0)
        let call = try #require(rehearsal.calls.firstIndex { $0.contains("fallocate") }) + 1
        let faulting = FaultingKernel(kernel, fault: Fault(call: call, errno: .inputOutput))
        let result = run(line, on: faulting)
        #expect(result.status == 1 && result.error.contains("cannot write zeros to /dev/sda: "), "\(result.error)")
        #expect(mdadm("--examine /dev/sda").status == 1)
    }

    @Test func kernelWithoutBlockSizes() {
        let result = mdadm("--create /dev/md0 --run -l1 -n2 -e 1.2 --logical-block-size=4096 /dev/sda /dev/sdb")
        #expect(result.status == 1 && result.error.contains("Failed to set logical_block_size 4096"))
        #expect(mdadm("--detail /dev/md0").status == 1)
    }

    @Test(arguments: [("0.90", ""), ("1.2", "mdadm: device /dev/sda is too small (40K) for required metadata!\n")])
    func smallDevicesAreNotSuitable(format: String, told: String) {
        let small = SimulatedKernel.withDisks(1, size: ByteCount(40 << 10))
        let result = run("--create /dev/md0 --run -e \(format) -l1 -n2 -b none /dev/sda missing", on: small)
        let note = "mdadm: /dev/sda is not suitable for this array.\nmdadm: create aborted\n"
        #expect(result.status == 1 && result.error == told + note, "\(result)")
    }

    /// An array with a journal that is not there would not start again.
    @Test func aMissingJournalIsNone() throws {
        let line = "--create /dev/md0 --run -l5 -n2 --assume-clean -b none --write-journal missing /dev/sda /dev/sdb"
        #expect(mdadm(line).status == 0)
        let block = try #require(try MemberReader.read("/dev/sda", kernel: kernel).superblock)
        #expect(!block.features.contains(.journal))
        #expect(mdadm("--stop /dev/md0").status == 0 && mdadm("--assemble /dev/md0 /dev/sda /dev/sdb").status == 0)
    }

    /// The policy asks for a bitmap; where somebody can be asked, the answer counts.
    @Test(arguments: [("--run ", "", true), ("", "n\ny\n", false), ("", "y\ny\n", true)])
    func policyBitmapMakesOne(run: String, input: String, hasBitmap: Bool) throws {
        let line = "--create /dev/md0 \(run)-l1 -n2 -e 1.2 --assume-clean -k bitmap /dev/sda /dev/sdb"
        #expect(mdadm(line, input: input).status == 0)
        let block = try #require(try MemberReader.read("/dev/sda", kernel: kernel).superblock)
        #expect(block.features.contains(.bitmap) == hasBitmap)
    }

    @Test(arguments: ["-l1 -n2", "-l1 -n3", "-n2", "-l1"]) func writeBehindNeedsABitmap(shape: String) {
        let result = mdadm("--create /dev/md0 --run \(shape) -b none --write-behind=4 /dev/sda -W /dev/sdb")
        #expect(result.status == 1 && result.error == "mdadm: write-behind mode requires a bitmap.\n")
    }
}

/// `--create` of metadata 0.90 as a whole; the bytes have tests of their own.
@Suite struct CreateVersion0VerbTests {
    private let kernel = SimulatedKernel.withDisks(4, size: ByteCount(64 << 20))

    @Test func arrayRuns() throws {
        let result = run("--create /dev/md0 --run -e 0.90 -l5 -n3 -x1 /dev/sda /dev/sdb /dev/sdc /dev/sdd", on: kernel)
        #expect(result.status == 0 && result.output == "mdadm: array /dev/md0 started.\n" && result.error.isEmpty)
        let map = String(decoding: try kernel.read(file: "/run/mdadm/map", limit: 4096), as: UTF8.self)
        let place = try #require(SuperblockV0.location(onDeviceOf: Sectors(131_072)))
        let handle = try kernel.open("/dev/sda", [])
        let bytes = try kernel.read(Extent(offset: place.bytes, count: SuperblockV0.byteCount), of: handle)
        let block = try #require(SuperblockV0(reading: bytes))
        let uuid = block.uuidWords.map { $0.hex(width: 8) }.joined(separator: ":")
        #expect(map == "md0 0.90 \(uuid) /dev/md0\n")
        let version = try kernel.read(file: "/sys/block/md0/md/metadata_version", limit: 64)
        #expect(String(decoding: version, as: UTF8.self) == "0.90\n")
    }

    @Test func isExplained() {
        #expect(run("--create /dev/md3 --run -e 0.90 -l1 -n2 -b none /dev/sda /dev/sdb", on: kernel).status == 0)
        #expect(run("--stop /dev/md3", on: kernel).status == 0)
        let result = run("--explain /dev/sda", on: kernel)
        #expect(result.status == 0 && result.output.contains("a member of an array that does not run"))
        #expect(result.output.contains("swmdadm --assemble /dev/md3 /dev/sda /dev/sdb"))
    }

    @Test(arguments: [
        ("-l1 -n2 --data-offset=4M /dev/sda /dev/sdb", "data-offset not support for 0.90"),
        ("-l5 -n3 -k ppl /dev/sda /dev/sdb /dev/sdc", "0.90 metadata does not support PPL"),
        ("-l0 -p original -n2 /dev/sda /dev/sdb", "0.90 metadata does not support layouts for RAID0"),
        ("-l faulty -n1 -x1 /dev/sda /dev/sdb", "This level does not support spare devices"),
    ])
    func refusals(words: String, error: String) {
        let result = run("--create /dev/md0 --run -e 0.90 \(words)", on: kernel)
        #expect(result.status == 1 && result.output.isEmpty && result.error == "mdadm: \(error)\n")
    }
}
