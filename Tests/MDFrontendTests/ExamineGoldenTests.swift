import MDBytes
import MDFrontend
import MDKernel
import MDSimulator
import Testing

/// Members written by mdadm 4.6 and the kernel, and what mdadm printed about them; recorded by
/// Tests/Fixtures/Examine/record.py. Goal: every form byte-equal, from the command line to the streams.
@Suite(.serialized) struct ExamineGoldenTests {
    static let names = [
        "raid1-1.2-bitmap-spare", "raid10-1.0-bitmap", "raid5-1.1-degraded", "raid6-layout", "raid0",
        "raid5-journal", "raid5-ppl", "raid1-write-mostly", "mbr", "clustered", "raid1-0.90-bitmap-spare", "raid5-0.90-degraded", "raid10-0.90",
        "linear-0.90", "mutated-0.90", "mutated-1",
    ]

    @Test(arguments: names)
    func everyFormIsMdadms(name: String) throws {
        let fixture = try MemberFixture(name)
        #expect(!fixture.runs.isEmpty)
        for run in fixture.runs {
            let console = ScriptedConsole()
            let program = Program(
                kernel: fixture.kernel, console: console, cluster: { NoCluster() },
                scanner: { quietScanner($0) }, arguments: ["mdadm"] + shellWords(run.line))
            let status = takingTurns { program.run() }
            #expect(console.output == run.output, "\(name): \(run.line)")
            #expect(console.error == run.error, "\(name): \(run.line)")
            #expect(status == run.status, "\(name): \(run.line)")
        }
    }

    /// --examine of one device costs one read at its start and two near its end, where 0.90 and 1.0 have their places.
    @Test(arguments: ["raid1-1.2-bitmap-spare", "raid10-1.0-bitmap"])
    func threeReadsADevice(name: String) throws {
        let fixture = try MemberFixture(name)
        let kernel = FaultingKernel(fixture.kernel)
        let console = ScriptedConsole()
        let program = Program(
            kernel: kernel, console: console, cluster: { NoCluster() },
            scanner: { quietScanner($0) }, arguments: ["mdadm", "-E", "/dev/vdb"])
        #expect(takingTurns { program.run() } == 0)
        #expect(kernel.calls.filter { $0.hasPrefix("read /dev") }.count == 3, "\(kernel.calls)")
    }
}

/// A recorded file: disks with contents, and command lines with what they gave.
struct MemberFixture {
    /// A command line of mdadm and its outcome.
    struct Run {
        let line: String
        let status: Int32
        var output = ""
        var error = ""
    }

    let kernel: SimulatedKernel
    private(set) var runs: [Run] = []

    init(_ name: String) throws {
        var settings = SimulatedKernel.Settings()
        settings.hostName = "node1"
        kernel = SimulatedKernel(settings: settings)
        var disk: SimulatedDisk?
        for line in try repositoryText("Tests/Fixtures/Examine/\(name).txt").split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch line.first {
            case "#": continue
            case "|": runs[runs.count - 1].output += line.dropFirst() + "\n"
            case "!": runs[runs.count - 1].error += line.dropFirst() + "\n"
            case "=":
                let status = try #require(Int32(words[1]))
                runs.append(Run(line: words.dropFirst(2).joined(separator: " "), status: status))
            case "d":
                disk = kernel.addDisk(words[1], size: Sectors(try #require(UInt64(words[2]))).bytes)
            default: try Self.write(words, to: #require(disk))
            }
        }
    }

    /// `OFFSET HEX [xCOUNT]`
    private static func write(_ words: [String], to disk: SimulatedDisk) throws {
        let digits = Array(words[1].utf8)
        let row = try stride(from: 0, to: digits.count, by: 2).map { place in
            try #require(UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16))
        }
        let times = words.count > 2 ? try #require(Int(words[2].dropFirst())) : 1
        let bytes = (0..<times).flatMap { _ in row }
        _ = disk.write(bytes, at: ByteCount(try #require(UInt64(words[0]))), durably: true)
    }
}
