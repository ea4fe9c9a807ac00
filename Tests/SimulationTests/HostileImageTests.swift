import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// Bytes from disks are hostile. Goal: nobody traps, no report grows without bound, and no control byte
/// reaches a terminal, whatever a superblock or a bitmap header says.
@Suite struct HostileImageTests {
    /// Golden members: a mirror with a bitmap, a clustered one, a raid5 and a raid0.
    private static func members() -> [[UInt8]] {
        var fixtures = [ArrayFixture(), ArrayFixture(), ArrayFixture(level: 5, raidDisks: 3), ArrayFixture(level: 0, raidDisks: 2)]
        fixtures[0].bitmap = .internal
        fixtures[1].bitmap = .clustered(nodes: 3, cluster: "lab")
        return fixtures.map { fixture in
            let block = fixture.superblock(number: 0, deviceSectors: 131_072, members: Int(fixture.raidDisks))
            var image = [UInt8](repeating: 0, count: 4096) + block.image
            if let header = fixture.bitmapHeader(syncSize: block.size.rawValue) { image += header.image }
            return image + [UInt8](repeating: 0, count: 16384 - image.count)
        }
    }

    private func kernel() -> SimulatedKernel {
        SimulatedKernel.withDisks(1, size: ByteCount(64 << 20))
    }

    private static let forms = ["--examine /dev/sda", "--examine --brief /dev/sda", "--examine --export /dev/sda"]

    /// What every answer must look like.
    private func judge(_ result: CommandResult, _ what: @autoclosure () -> String) {
        #expect(result.output.utf8.count + result.error.utf8.count <= 65536, "\(what())")
        let isClean = (result.output + result.error).unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || !$0.isHostileToTerminals
        }
        #expect(isClean, "control bytes: \(what())")
    }

    /// Any one byte flipped: the kernel's and our own reading agree on whether it is a superblock.
    @Test func anyFlippedByteIsReadWithoutHarm() throws {
        let kernel = kernel()
        let disk = try #require(kernel.disk("sda"))
        for (number, golden) in Self.members().enumerated() {
            for place in 4096..<4096 + 256 + 256 {
                var image = golden
                image[place] ^= 1 << UInt8(place % 8)
                disk.write(image, at: .zero)
                let member = try MemberReader.read("/dev/sda", kernel: kernel)
                let isCovered = place < 4096 + 256 + 2 * 128
                let found = member.superblocks.first
                #expect(found == nil || found?.isChecksumCorrect == !isCovered, "member \(number) byte \(place)")
            }
        }
    }

    /// A seeded mutator over whole members, through the reader, the facts and every form of the report.
    @Test(arguments: [UInt64(0x5eed)])
    func mutatedMembersAreExaminedWithoutHarm(_ seed: UInt64) throws {
        let kernel = kernel()
        let disk = try #require(kernel.disk("sda"))
        var mutator = Mutator(seed: seed)
        let goldens = Self.members()
        for round in 0..<1500 {
            disk.write(mutator.mutate(goldens[round % goldens.count]), at: .zero)
            let form = Self.forms[round % Self.forms.count]
            judge(run(form, on: kernel), "seed \(seed) round \(round) \(form)")
        }
        #expect(kernel.openHandles.isEmpty)
    }

    /// The decoders alone, many times faster.
    @Test(arguments: [UInt64(0xdec0de)])
    func mutatedImagesAreDecodedWithoutHarm(_ seed: UInt64) {
        var mutator = Mutator(seed: seed)
        let goldens = Self.members().map { Array($0[4096..<8192]) }
        var accepted = 0
        for round in 0..<200_000 {
            let image = mutator.mutate(goldens[round % goldens.count], reseal: false)
            do throws(SuperblockV1.Rejection) {
                guard let block = try SuperblockV1(reading: image, at: Sectors(8)) else { continue }
                accepted += 1
                if round % 16 == 0 { #expect(block.writtenBytes.count <= SuperblockV1.areaBytes) }
                _ = block.ownRole
                _ = Member.bitmapPlace(of: block)
            } catch { continue }
        }
        #expect(accepted > 50_000, "the mutator of seed \(seed) spares too little")
    }
}

/// Changes a few fields of an image, with a taste for extremes.
struct Mutator {
    private var dice: SeededGenerator
    private static let extremes: [UInt64] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, .max, 1 << 63]

    init(seed: UInt64) { dice = SeededGenerator(seed: seed) }

    /// A changed copy. Most copies keep a valid checksum, so that what lies behind it is reached.
    mutating func mutate(_ golden: [UInt8], reseal: Bool = true) -> [UInt8] {
        var image = golden
        let first = image.count > 4096 ? 4096 : 0
        let span = image.count > 8448 ? 4352 : 512
        for _ in 0..<1 + dice.next() % 6 {
            let place = first + Int(dice.next() % UInt64(span))
            switch dice.next() % 4 {
            case 0: image[place] ^= 1 << UInt8(dice.next() % 8)
            case 1: image[place] = UInt8(truncatingIfNeeded: dice.next())
            case 2: put(Self.extremes[Int(dice.next() % UInt64(Self.extremes.count))], at: place & ~3, 4, &image)
            default: put(Self.extremes[Int(dice.next() % UInt64(Self.extremes.count))], at: place & ~7, 8, &image)
            }
        }
        if dice.next() % 8 != 0, reseal { seal(&image) }
        return image
    }

    private func put(_ value: UInt64, at place: Int, _ count: Int, _ image: inout [UInt8]) {
        for index in 0..<count where place + index < image.count {
            image[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }

    private func seal(_ image: inout [UInt8]) {
        do throws(SuperblockV1.Rejection) {
            guard var block = try SuperblockV1(reading: Array(image[4096..<8192]), at: Sectors(8)) else { return }
            block.seal()
            image.replaceSubrange(4096..<8192, with: block.image)
        } catch { return }
    }
}
