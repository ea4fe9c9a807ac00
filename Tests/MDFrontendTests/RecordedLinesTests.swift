import MDFrontend
import MDModel
import Testing

/// Command lines as mdadm 4.6 took them, recorded in the lab.
@Suite struct RecordedLinesTests {
    /// One line of Tests/Lab/cases/command-lines.tsv.
    struct Recorded: Sendable, CustomStringConvertible {
        let decider: String
        let status: Int32
        let streams: String
        let line: String

        var description: String { line }
    }

    static func recorded() throws -> [Recorded] {
        try repositoryText("Tests/Lab/cases/command-lines.tsv").split(separator: "\n").compactMap { row in
            guard !row.hasPrefix("#") else { return nil }
            let fields = row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 4, let status = Int32(fields[1]) else { return nil }
            return Recorded(decider: fields[0], status: status, streams: fields[2], line: fields[3])
        }
    }

    @Test func enoughLinesAreRecorded() throws {
        let rows = try Self.recorded()
        #expect(rows.filter { $0.decider == "words" }.count > 600)
        #expect(rows.filter { $0.decider == "verb" }.count > 300)
    }

    @Test func lineDecides() throws {
        for row in try Self.recorded() where row.decider == "words" {
            let (status, streams) = Self.result(of: read(row.line))
            #expect(status == row.status, "\(row.line)")
            #expect(streams == row.streams, "\(row.line)")
        }
    }

    @Test func verbDecides() throws {
        for row in try Self.recorded() where row.decider == "verb" {
            guard case .command = read(row.line).outcome else {
                Issue.record("not a command: \(row.line)")
                continue
            }
        }
    }

    @Test func whatIsNotBuiltSaysSo() throws {
        for row in try Self.recorded() where row.decider == "later" {
            guard case .ended(2, let messages) = read(row.line).outcome,
                messages.count == 1, messages[0].kind == .error,
                messages[0].text.hasSuffix("not supported yet")
            else {
                Issue.record("no clear refusal: \(row.line)")
                continue
            }
        }
    }

    /// The exit status, and which streams spoke.
    private static func result(of read: ReadLine) -> (Int32, String) {
        var status: Int32 = 0
        var messages = read.notes
        var streams: Set<Character> = []
        switch read.outcome {
        case .command: return (-1, "")
        case .help: streams.insert("o")
        case .version: streams.insert("e")
        case .usage:
            status = 2
            streams.insert("e")
        case .ended(let code, let more):
            status = code
            messages += more
        }
        for message in messages {
            switch message.kind {
            case .error, .more: streams.insert("e")
            case .note, .report: streams.insert("o")
            }
        }
        let spoken = (streams.contains("o") ? "o" : "") + (streams.contains("e") ? "e" : "")
        return (status, spoken.isEmpty ? "-" : spoken)
    }
}
