import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Testing

/// `--json` from the command line to the streams, held to the schemas that are shipped.
@Suite(.serialized) struct JSONTests {
    private func run(
        _ line: String, on kernel: SimulatedKernel
    ) -> (status: Int32, output: String, error: String) {
        let console = ScriptedConsole()
        let program = Program(
            kernel: kernel, console: console, cluster: { NoCluster() }, scanner: { quietScanner($0) },
            arguments: ["swmdadm"] + shellWords(line))
        let status = takingTurns { program.run() }
        return (status, console.output, console.error)
    }

    /// The document on standard output; whatever is on standard error is a document, too.
    @discardableResult
    private func document(
        _ line: String, on kernel: SimulatedKernel, status wanted: Int32? = 0
    ) throws -> JSON {
        let result = run(line, on: kernel)
        if let wanted { #expect(result.status == wanted, "\(line): \(result)") }
        for text in [result.output, result.error] where !text.isEmpty {
            let complaints = try Schemas.complaints(about: text)
            #expect(complaints.isEmpty, "\(line): \(complaints)")
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isHostileToTerminals }, "\(line)")
        }
        return result.output.isEmpty ? .null : try JSONReader.read(result.output)
    }

    private func kernel(disks: Int) -> SimulatedKernel { .withDisks(disks, size: ByteCount(64 << 20)) }

    private static let readers = [
        "--examine", "--examine --brief", "--query", "--examine-bitmap", "--examine-bitmap --brief",
        "--examine-badblocks", "--examine -e 0.90", "--examine -e 1", "--examine -e mbr", "--detail",
    ]

    @Test(arguments: ExamineGoldenTests.names.filter { !$0.hasPrefix("mutated") })
    func everyFormOfEveryMemberIsOfItsSchema(name: String) throws {
        let fixture = try MemberFixture(name)
        let paths = Set(fixture.runs.flatMap { $0.line.split(separator: " ") }.filter { $0.hasPrefix("/dev/") })
        for line in Self.readers {
            try document("\(line) --json \(paths.sorted().joined(separator: " "))", on: fixture.kernel, status: nil)
        }
        try document("--examine --scan --json", on: fixture.kernel, status: nil)
    }

    /// Hundreds of superblocks with random fields: one look at all of them at once.
    @Test(arguments: ["mutated-0.90", "mutated-1"])
    func randomFieldsAreOfTheirSchema(name: String) throws {
        let fixture = try MemberFixture(name)
        let paths = Set(fixture.runs.flatMap { $0.line.split(separator: " ") }.filter { $0.hasPrefix("/dev/") })
        for line in ["--examine --scan", "--examine \(paths.sorted().joined(separator: " "))"] {
            try document("\(line) --json", on: fixture.kernel, status: nil)
        }
    }

    /// Status and words are those of the text; only their form is another.
    @Test(arguments: ExamineGoldenTests.names.filter { !$0.hasPrefix("mutated") })
    func statusAndWordsAreThoseOfTheText(name: String) throws {
        let fixture = try MemberFixture(name)
        for line in fixture.runs.map(\.line) where !line.contains("-Y") && !line.contains("--export") {
            let plain = run(line, on: fixture.kernel)
            let json = run(line + " --json", on: fixture.kernel)
            #expect(json.status == plain.status, "\(line)")
            let texts = json.error.isEmpty ? [] : try JSONReader.read(json.error)["errors"]?.elements ?? []
            let words = texts.compactMap { $0["text"]?.string }.map { "swmdadm: \($0)\n" }.joined()
            #expect(words == plain.error, "\(line)")
        }
    }

    @Test(arguments: [UInt64(0x15011)])
    func mutatedMembersAreOfTheirSchema(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for name in ["raid1-1.2-bitmap-spare", "clustered", "raid5-ppl", "raid10-0.90"] {
            let kernel = try MemberFixture(name).kernel
            let disk = try #require(kernel.disk("vdb"))
            let golden = try #require(try? MemberReader.read("/dev/vdb", kernel: kernel))
            let place = golden.superblock?.superOffset.bytes.rawValue
                ?? SuperblockV0.location(onDeviceOf: golden.size)?.bytes.rawValue ?? 0
            let image = disk.read(at: ByteCount(place), count: 8192)
            for _ in 0..<8 {
                var mutated = image
                for _ in 0..<Int.random(in: 1...24, using: &random) {
                    let field = Int.random(in: 0..<(Bool.random(using: &random) ? 260 : 8192), using: &random)
                    mutated[field] = UInt8.random(in: .min ... .max, using: &random)
                }
                _ = disk.write(mutated, at: ByteCount(place), durably: true)
                // Counting bits of absurd bitmaps takes its time and has nothing to do with their form.
                for line in Self.readers where line != "--examine-bitmap" {
                    try document("\(line) --json /dev/vdb", on: kernel, status: nil)
                }
            }
        }
    }

    @Test(arguments: [
        ("a\nPROGRAM /tmp/x\nA=1", "a\nPROGRAM /tmp/x\nA=1"), ("\u{1b}[31m", "\u{1b}[31m"), ("é:ü", "é:ü"),
        ("\u{202e}evil\"\\", "\u{202e}evil\"\\"),
    ])
    func namesComeBackAsTheyAre(name: String, wanted: String) throws {
        let kernel = kernel(disks: 1)
        var block = ArrayFixture().superblock(number: 0, deviceSectors: 131_072, members: 2)
        block.name = Array(name.utf8)
        block.seal()
        try #require(kernel.disk("sda")).write(block.image, at: ByteCount(4096))
        let answer = try document("-E --json /dev/sda", on: kernel, status: nil)
        #expect(answer["devices"]?[0]?["superblock"]?["name"]?.string == wanted)
    }

    @Test func bytesThatAreNoTextAreEscaped() throws {
        let kernel = kernel(disks: 1)
        var block = ArrayFixture().superblock(number: 0, deviceSectors: 131_072, members: 2)
        block.name = [0x61, 0xff, 0xfe, 0x62]
        block.events = .max
        block.seal()
        try #require(kernel.disk("sda")).write(block.image, at: ByteCount(4096))
        let found = try document("-E --json /dev/sda", on: kernel, status: nil)["devices"]?[0]?["superblock"]
        #expect(found?["name"]?.string == "a\\xff\\xfeb")
        #expect(found?["events"] == .large(.max))
    }

    @Test(arguments: [
        ("-l1 -n2 /dev/sda /dev/sdb", "ok", 1), ("-l5 -n3 --assume-clean /dev/sda /dev/sdb /dev/sdc", "ok", 1),
        ("-l10 -n4 --assume-clean /dev/sda /dev/sdb /dev/sdc /dev/sdd", "ok", 1),
        ("-l1 -n2 /dev/sda missing", "degraded", 0), ("-l0 -n2 /dev/sda /dev/sdb", "ok", 0),
        ("-l6 -n4 --assume-clean /dev/sda /dev/sdb /dev/sdc missing", "degraded", 1),
    ])
    func arraysTellTheirHealth(shape: String, health: String, left: Int) throws {
        let kernel = kernel(disks: 4)
        let made = run("--create /dev/md0 --run --assume-clean --bitmap=none \(shape)", on: kernel)
        #expect(made.status == 0, "\(made)")
        let found = try document("--detail --json /dev/md0", on: kernel)["arrays"]?[0]
        #expect(found?["health"]?.string == health && found?["redundancy_left"] == .number(left), "\(found as Any)")
        #expect(found?["uuid"]?.string?.utf8.count == 35)
        for line in ["--detail --scan --json", "--detail --brief --json /dev/md0"] {
            #expect(try document(line, on: kernel)["arrays"]?.elements.count == 1, "\(line)")
        }
        #expect(try document("--query --json /dev/md0 /dev/sda", on: kernel)["devices"]?[1]?["member"] != .null)
        #expect(run("--stop /dev/md0", on: kernel).status == 0)
        try document("--detail --json /dev/md0", on: kernel, status: 1)
    }

    @Test func failedMembersAreTold() throws {
        let kernel = kernel(disks: 3)
        #expect(run("--create /dev/md0 --run --assume-clean -l1 -n3 /dev/sda /dev/sdb /dev/sdc", on: kernel).status == 0)
        #expect(run("--manage /dev/md0 --fail /dev/sdb", on: kernel).status == 0)
        let found = try document("--detail --test --json /dev/md0", on: kernel, status: 1)["arrays"]?[0]
        #expect(found?["health"]?.string == "degraded" && found?["redundancy_left"] == .number(1))
        let roles = found?["members"]?.elements.compactMap { $0["role"]?.string }
        #expect(roles == ["active", "missing", "active", "faulty"])
    }

    @Test(arguments: [
        ("--examine --json /dev/none", Int32(1), "cannot-open"), ("--detail --json /dev/sda", 1, "not-an-array"),
        ("--examine --json /dev/sda", 1, "nothing-found"), ("--examine-bitmap --json /dev/sda", 1, "nothing-found"),
        ("--examine-badblocks --json /dev/sda", 1, "nothing-found"), ("--query --json /dev/none", 1, "cannot-open"),
        ("--detail --json --export /dev/md0", 2, "usage"), ("--stop --json /dev/md0", 2, "usage"),
        ("--create /dev/md0 --json -l1 -n2 /dev/sda /dev/sdb", 2, "usage"), ("--json", 2, "usage"),
        ("-Q --json /dev/sda -D /dev/md0", 2, "usage"), ("--detail --json --level=1 /dev/md0", 2, "usage"),
    ])
    func errorsAreDocuments(line: String, status: Int32, reason: String) throws {
        let kernel = kernel(disks: 1)
        try document(line, on: kernel, status: status)
        let error = try JSONReader.read(run(line, on: kernel).error)
        #expect(error["errors"]?[0]?["reason"]?.string == reason, "\(line): \(error)")
    }

    @Test func onlyRootMayLook() throws {
        var settings = SimulatedKernel.Settings()
        settings.isRoot = false
        let error = run("--detail --json /dev/md0", on: SimulatedKernel(settings: settings)).error
        #expect(try JSONReader.read(error)["errors"]?[0]?["reason"]?.string == "needs-root")
    }

    @Test(arguments: [
        "--create /dev/md1 --run -l1 -n2 /dev/sdc /dev/sdd", "--manage /dev/md0 --fail /dev/sda", "--stop /dev/md0",
        "--manage /dev/md0 --add /dev/sdc", "--readonly /dev/md0", "--zero-superblock /dev/sdc",
        "--action=check /dev/md0", "--resync /dev/md0 check",
    ])
    func plansAreDocuments(line: String) throws {
        let kernel = kernel(disks: 4)
        #expect(run("--create /dev/md0 --run --assume-clean -l1 -n2 /dev/sda /dev/sdb", on: kernel).status == 0)
        let text = run("\(line) --dry-run", on: kernel)
        let plan = try document("\(line) --dry-run --json", on: kernel, status: text.status)
        let steps = plan["steps"]?.elements ?? []
        let lines = text.output.split(separator: "\n").filter { !$0.hasPrefix("swmdadm: ") }.map(String.init)
        // Uuids and times are drawn anew each time, and both are in the words of no step.
        #expect(steps.compactMap { $0["text"]?.string } == lines, "\(line)")
        #expect(line.contains("zero") || !steps.isEmpty, "\(line)")
        #expect(steps.allSatisfy { $0["act"]?.string != "other" })
    }

    @Test func theArchiveIsADocument() throws {
        let kernel = kernel(disks: 2)
        #expect(try document("--undo --json", on: kernel)["entries"]?.elements.isEmpty == true)
        #expect(run("--create /dev/md0 --run --assume-clean -l1 -n2 /dev/sda /dev/sdb", on: kernel).status == 0)
        #expect(run("--stop /dev/md0", on: kernel).status == 0)
        #expect(run("--zero-superblock /dev/sda", on: kernel).status == 0)
        let entry = try document("--undo --json", on: kernel)["entries"]?[0]
        #expect(entry?["areas"]?[0]?["overwritten_by"]?.string == "zeros")
        let name = entry?["id"]?.string ?? ""
        #expect(try document("--undo \(name) --dry-run --json", on: kernel)["steps"]?.elements.isEmpty == false)
        try document("--undo 0000000000-0000 --json", on: kernel, status: nil)
    }

    @Test(arguments: Schemas.names)
    func schemasAreWellFormed(name: String) throws {
        let schema = try Schemas.schema(name)
        #expect(schema["title"]?.string == "swmdadm.\(name)/1")
        #expect(Schemas.complaints(.members(["schema": .text("swmdadm.\(name)/2")]), schema, at: "").count > 1)
    }
}
