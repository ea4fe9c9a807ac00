import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Testing

/// `--explain` over the simulated driver, in words and as JSON.
@Suite(.serialized) struct ExplainCommandTests {
    private let kernel = SimulatedKernel.withDisks(4, size: ByteCount(64 << 20))

    private func run(_ line: String) -> (status: Int32, output: String, error: String) {
        let console = ScriptedConsole()
        let program = Program(
            kernel: kernel, console: console, cluster: { NoCluster() }, scanner: { quietScanner($0) },
            arguments: ["swmdadm"] + shellWords(line))
        let status = takingTurns { program.run() }
        return (status, console.output, console.error)
    }

    /// The subject of `operand` in a document that is of its schema; the text begins with the same words.
    private func explained(_ operand: String) throws -> JSON {
        let result = run("--explain --json \(operand)")
        #expect(result.status == 0 && result.error.isEmpty, "\(result)")
        let complaints = try Schemas.complaints(about: result.output)
        #expect(complaints.isEmpty, "\(complaints)")
        let subject = try #require(try JSONReader.read(result.output)["subjects"]?[0])
        let text = run("--explain \(operand)").output
        #expect(text.hasPrefix("\(operand): \(subject["text"]?.string ?? "?")\n"), "\(text)")
        return subject
    }

    private func commands(_ subject: JSON) -> [String] {
        subject["advice"]?.elements.flatMap { $0["commands"]?.elements.compactMap(\.string) ?? [] } ?? []
    }

    @Test func aMirrorThatLostAMember() throws {
        #expect(run("--create /dev/md0 --run --assume-clean --bitmap=none -l1 -n2 /dev/sda /dev/sdb").status == 0)
        #expect(try explained("/dev/md0")["verdict"]?.string == "ok")
        #expect(try explained("/dev/sda")["verdict"]?.string == "member")
        #expect(run("--manage /dev/md0 --fail /dev/sdb").status == 0)
        let array = try explained("/dev/md0")
        #expect(array["verdict"]?.string == "degraded" && array["missing_slots"] == .list([.number(1)]))
        #expect(commands(array).first == "swmdadm --manage /dev/md0 --remove /dev/sdb")
        #expect(try explained("/dev/sdb")["verdict"]?.string == "faulty")
        #expect(run("--manage /dev/md0 --remove /dev/sdb").status == 0)
        let left = try explained("/dev/sdb")
        #expect(left["verdict"]?.string == "left")
        let advice = left["advice"]?[0]
        #expect(advice?["overwrites"]?.string == "/dev/sdb" && advice?["text"]?.string?.hasPrefix("OVERWRITES") == true)
    }

    @Test func anArrayThatDoesNotRun() throws {
        #expect(run("--create /dev/md0 --run --assume-clean -l5 -n3 /dev/sda /dev/sdb /dev/sdc").status == 0)
        #expect(run("--stop /dev/md0").status == 0)
        let member = try explained("/dev/sda")
        #expect(member["verdict"]?.string == "waits" && member["members"]?.elements.count == 3)
        #expect(commands(member).count == 1 && commands(member)[0].hasSuffix("/dev/sda /dev/sdb /dev/sdc"))
        let words = commands(member)[0].split(separator: " ").dropFirst().joined(separator: " ")
        #expect(run(words).status == 0, "the advice is a command that works: \(words)")
    }

    @Test func devicesOfNobody() throws {
        #expect(try explained("/dev/sdd")["verdict"]?.string == "blank")
        let result = run("--explain /dev/none")
        #expect(result.status == 1 && result.error.contains("cannot open /dev/none"))
    }

    /// Every command that costs something says so in capitals, and no other does.
    @Test func nothingIsLostInSilence() {
        let advice: [Explanation.Advice] = [
            .wait, .resume, .start, .readWrite, .reAdd("/dev/sda"), .add("/dev/sda"), .addNew, .remove("/dev/sda"),
            .find(slots: [1]), .assemble(devices: ["/dev/sda"], isDegraded: true, isActive: true),
            .assembleByForce(
                devices: ["/dev/sda"], behind: .init(events: 1, seconds: 1), isUnclean: false, isActive: true),
            .assembleByForce(devices: ["/dev/sda"], behind: .nothing, isUnclean: true, isActive: false),
        ]
        for advice in advice {
            var facts = ExplainFacts(path: "/dev/md0", explanation: Explanation(.unknown, [advice]))
            facts.array = ArrayEvidence(path: "/dev/md0")
            let surroundings = Surroundings(homeHost: nil) { _ in
                LocalTime(year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0, weekday: 4)
            }
            let text = ExplainText(surroundings).text(facts)
            let isCostly = text.contains("--force") || text.contains(" --add ")
            #expect(isCostly == (text.contains("LOSES DATA") || text.contains("OVERWRITES")), "\(text)")
        }
    }

    @Test(arguments: [
        ("/dev/sda", "/dev/sda"), ("/dev/md/a b", "'/dev/md/a b'"), ("/dev/it's", "'/dev/it'\\''s'"),
        ("/dev/$(id)\n", "'/dev/$(id)\\x0a'"),
    ])
    func commandsAreSafeToPaste(path: String, quoted: String) {
        #expect(ShellWords.quoted(path) == quoted)
    }
}
