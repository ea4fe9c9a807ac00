import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// Bytes from disks are hostile. Goal: nobody traps, no report grows without bound, and no control byte
/// reaches a terminal, whatever a superblock or a bitmap header says.
@Suite struct HostileImageTests {
    private func kernel() -> SimulatedKernel {
        SimulatedKernel.withDisks(1, size: ByteCount(64 << 20))
    }

    private static let forms = [
        "--examine /dev/sda", "--examine --brief /dev/sda", "--examine --export /dev/sda",
        "--examine-bitmap /dev/sda", "--query /dev/sda",
    ]

    /// What every answer must look like.
    private func judge(_ result: CommandResult, _ what: @autoclosure () -> String) {
        #expect(result.output.utf8.count + result.error.utf8.count <= 65536, "\(what())")
        let isClean = (result.output + result.error).unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || !$0.isHostileToTerminals
        }
        #expect(isClean, "control bytes: \(what())")
    }

    private static let lies: [(String, @Sendable (inout SuperblockV1) -> Void)] = [
        ("there is no level 2147483647", { $0.level = .max }),
        ("there is no level -100", { $0.level = -100 }),
        ("raid10 layout 0x0 keeps no copies", { ($0.level, $0.layout) = (10, 0) }),
        ("raid10 layout 0x100 keeps no copies", { ($0.level, $0.layout) = (10, 0x100) }),
        ("4294967295 raid devices, but no array has more than 1920", { $0.raidDisks = .max }),
        ("control characters in its name", { $0.name = Array("a\nPROGRAM /tmp/x\nA=1".utf8) }),
        ("control characters in its name", { $0.name = Array("\u{1b}[31m".utf8) }),
        ("its name leads to another directory", { $0.name = Array("x$(id)`id`;\"' a/../../b".utf8) }),
        ("its name leads to another directory", { $0.name = Array("sim:..".utf8) }),
        ("there is no level 7, its name leads to another directory", { ($0.level, $0.name) = (7, Array("..".utf8)) }),
    ]

    /// What cannot be true costs one line and the exit status, whatever the form; the report is still there, and a
    /// scan of a whole machine does not fail for one disk.
    @Test(arguments: lies.indices)
    func liesAreNamed(_ index: Int) throws {
        let (reason, lie) = Self.lies[index]
        let kernel = kernel()
        var block = ArrayFixture().superblock(number: 0, deviceSectors: 131_072, members: 2)
        lie(&block)
        block.seal()
        try #require(kernel.disk("sda")).write(block.image, at: ByteCount(4096))
        let line = "mdadm: the superblock on /dev/sda is damaged or made up: \(reason)\n"
        for form in ["--examine", "--examine --export", "--examine --brief", "--examine --verbose --brief"] {
            let result = run("\(form) /dev/sda", on: kernel)
            #expect(result.status == (form.contains("brief") ? 0 : 1), "\(form)")
            #expect(result.error == line && !result.output.isEmpty, "\(form)")
        }
        let scan = run("--examine --scan", on: kernel)
        #expect(scan.status == 0 && scan.error == line && !scan.output.isEmpty)
    }

    /// A role table that reaches beyond the superblock: nothing of it can be shown, in any form.
    @Test(arguments: ["--examine", "--examine --brief", "--examine --export", "--examine --scan"])
    func aTableWithoutEndIsNamed(form: String) throws {
        let kernel = kernel()
        var block = ArrayFixture().superblock(number: 0, deviceSectors: 131_072, members: 2).image
        block[Field<UInt32>(at: 220)] = 65535
        try #require(kernel.disk("sda")).write(block, at: ByteCount(4096))
        let result = run(form == "--examine --scan" ? form : form + " /dev/sda", on: kernel)
        let line = "Cannot interpret superblock on /dev/sda - its table of 65535 roles is longer than any can be"
        #expect(result.error == "mdadm: \(line)\n" && result.output.isEmpty)
        #expect(result.status == (form == "--examine --scan" ? 0 : 1))
    }

    @Test(arguments: [Int32(-5), -4, -1, 0, 1, 4, 5, 6, 10])
    func ordinarySuperblocksAreBelieved(level: Int32) throws {
        let kernel = kernel()
        var block = ArrayFixture(level: level, raidDisks: 4).superblock(number: 0, deviceSectors: 131_072, members: 4)
        block.name = Array("häuschen:my data..$x".utf8)
        block.seal()
        try #require(kernel.disk("sda")).write(block.image, at: ByteCount(4096))
        let result = run("--examine /dev/sda", on: kernel)
        #expect(result.status == 0 && result.error.isEmpty)
    }

    /// Any one byte flipped: the kernel's and our own reading agree on whether it is a superblock.
    @Test func anyFlippedByteIsReadWithoutHarm() throws {
        let kernel = kernel()
        let disk = try #require(kernel.disk("sda"))
        for (number, golden) in Mutator.members().enumerated() {
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
        let goldens = Mutator.members()
        for round in 0..<500 {
            disk.write(mutator.mutate(goldens[round % goldens.count]), at: .zero)
            let form = Self.forms[round % Self.forms.count]
            judge(run(form, on: kernel), "seed \(seed) round \(round) \(form)")
        }
        #expect(kernel.openHandles.isEmpty)
    }

    /// The same for metadata 0.90, whose superblock lies at the end.
    @Test(arguments: [UInt64(0x090)])
    func mutatedEldersAreExaminedWithoutHarm(_ seed: UInt64) throws {
        let kernel = kernel()
        let disk = try #require(kernel.disk("sda"))
        var mutator = Mutator(seed: seed)
        let golden = Mutator.elder()
        let forms = Self.forms + ["--examine -e 0.90 /dev/sda", "--examine -e 0.swap /dev/sda", "--examine-badblocks /dev/sda"]
        for round in 0..<1000 {
            disk.write(mutator.mutate(elder: golden), at: ByteCount((64 << 20) - 65536))
            let form = forms[round % forms.count]
            judge(run(form, on: kernel), "seed \(seed) round \(round) \(form)")
        }
        #expect(kernel.openHandles.isEmpty)
    }

    /// What cannot be true of 0.90, by the word that says it.
    @Test(arguments: [(7, UInt32(2), "there is no level 2"), (10, 28, "28 raid devices, but no array has more than 27")])
    func liesOfEldersAreNamed(_ word: Int, _ value: UInt32, _ reason: String) throws {
        let kernel = kernel()
        var image = Mutator.elder()
        image[Field<UInt32>(at: 4 * word)] = value
        try #require(kernel.disk("sda")).write(image, at: ByteCount((64 << 20) - 65536))
        let line = "mdadm: the superblock on /dev/sda is damaged or made up: \(reason)\n"
        for form in ["--examine", "--examine --brief", "--examine --export"] {
            let result = run("\(form) /dev/sda", on: kernel)
            #expect(result.status == (form.contains("brief") ? 0 : 1), "\(form)")
            #expect(result.error == line && !result.output.isEmpty, "\(form)")
        }
    }

    /// 200,000 members through the decoders and the facts, some of them through every rendering.
    @Test(arguments: [UInt64(0xdec0de)])
    func mutatedImagesAreDecodedWithoutHarm(_ seed: UInt64) {
        var mutator = Mutator(seed: seed)
        let goldens = Mutator.members()
        let report = ExamineReport(Surroundings(homeHost: "sim") { _ in
            LocalTime(year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0, weekday: 4)
        })
        var accepted = 0
        for round in 0..<200_000 {
            let image = mutator.mutate(goldens[round % goldens.count], reseal: round % 25 == 0)
            do throws(SuperblockV1.Rejection) {
                guard let block = try SuperblockV1(reading: Array(image[4096..<8192]), at: Sectors(8)) else { continue }
                accepted += 1
                _ = block.bitmapPlace
                guard round % 25 == 0 else { continue }
                let facts = Version1Facts(
                    superblock: block, bitmap: BitmapSuperblock(reading: Array(image[8192...])),
                    deviceSize: Sectors(131_072))
                var brief = ExamineBrief(verbose: true)
                brief.add(path: "/dev/sda", .version1(facts.superblock))
                let text = report.text(path: "/dev/sda", facts) + ExamineExport.text(facts) + brief.text
                judge(CommandResult(status: 0, output: text, error: ""), "seed \(seed) round \(round)")
            } catch { continue }
        }
        #expect(accepted > 100_000, "the mutator of seed \(seed) spares too little")
    }
}
