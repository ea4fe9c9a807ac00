import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator
import Testing

/// An array that could start is not lost by a slip of the fingers; scripts go on as with mdadm.
@Suite struct CreateGuardTests {
    private static let old = "01234567:89abcdef:01234567:89abcdef"
    private static let again = "--create /dev/md0 -l1 -n2 -e 1.2 --assume-clean --bitmap=none /dev/sda /dev/sdb"
    private let kernel = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20))

    init() {
        let made = run("\(Self.again) --run -u \(Self.old)", on: kernel)
        #expect(made.status == 0 && !made.error.contains("destroy"))
        #expect(run("--stop /dev/md0", on: kernel).status == 0)
    }

    private func uuid() throws -> String? {
        try MemberReader.read("/dev/sda", kernel: kernel).superblock?.arrayUUID.colonText
    }

    @Test func aPersonHasToNameIt() throws {
        let result = run(Self.again, on: kernel, input: "y\n", isTerminal: true)
        #expect(result.status == 1)
        #expect(result.error.contains("--destroy=\(Self.old)"))
        #expect(try uuid() == Self.old)
        let named = run("\(Self.again) --destroy=\(Self.old)", on: kernel, input: "y\n", isTerminal: true)
        #expect(named.status == 0 && named.error.contains("this destroys array \(Self.old)"))
        #expect(try uuid() != Self.old)
    }

    @Test func scriptsAnswerTheQuestionAsEver() throws {
        let result = run(Self.again, on: kernel, input: "y\n")
        #expect(result.status == 0 && !result.error.contains("destroy"))
        #expect(try uuid() != Self.old)
    }

    @Test(arguments: [false, true])
    func runGoesOnAndSaysIt(isTerminal: Bool) throws {
        let result = run("\(Self.again) --run", on: kernel, isTerminal: isTerminal)
        #expect(result.status == 0 && !result.output.contains("destroy"))
        let lines = result.error.split(separator: "\n").filter { $0.contains("this destroys array \(Self.old)") }
        #expect(lines.count == 1)
        let quiet = run("\(Self.again) --run -q", on: SimulatedKernel.withDisks(2, size: ByteCount(64 << 20)))
        #expect(!quiet.error.contains("destroy"))
    }

    @Test func aSlipInTheUUIDIsNoticed() throws {
        let other = "--destroy=11111111:11111111:11111111:11111111"
        let result = run("\(Self.again) --run \(other)", on: kernel)
        #expect(result.status == 1 && result.error.contains(other))
        #expect(try uuid() == Self.old)
    }

    @Test func whatCannotStartIsNotGuarded() throws {
        // Half of a striped array is none.
        let disks = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20))
        #expect(run("--create /dev/md0 --run -l0 -n2 /dev/sda /dev/sdb", on: disks).status == 0)
        #expect(run("--stop /dev/md0", on: disks).status == 0)
        let result = run(
            "--create /dev/md0 -l1 -n2 -e 1.2 --bitmap=none /dev/sda /dev/sdc", on: disks, input: "y\n",
            isTerminal: true)
        #expect(result.status == 0 && !result.error.contains("destroy"))
    }

    @Test func otherContentIsAskedAboutAtATerminal() throws {
        let disks = SimulatedKernel.withDisks(2, size: ByteCount(64 << 20))
        try #require(disks.disk("sdb")).write(Array("XFSB".utf8), at: .zero)
        let line = "--create /dev/md0 -l1 -n2 -e 1.0 --assume-clean --bitmap=none /dev/sda /dev/sdb"
        let asked = run(line, on: disks, input: "n\n", isTerminal: true)
        #expect(asked.status == 1 && asked.error.contains("/dev/sdb appears to contain xfs"))
        let script = run(line, on: disks)
        #expect(script.status == 0 && !script.error.contains("xfs"))
    }
}
