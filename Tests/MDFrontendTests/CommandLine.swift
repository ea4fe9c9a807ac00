import MDFrontend
import MDKernel
import MDLinux
import Synchronization

/// getopt's position is global, so the lines of all tests are read one at a time.
private let turn = Mutex(())

/// What a line came to, and the notes it earned on the way.
struct ReadLine {
    let outcome: Outcome
    let notes: [Message]
}

/// Reads a command line through the real getopt, whose own complaints are not printed.
func read(_ words: [String]) -> ReadLine {
    takingTurns {
        var parser = Parser(quietScanner(["mdadm"] + words))
        let outcome = parser.parse()
        return ReadLine(outcome: outcome, notes: parser.notes)
    }
}

/// Runs `body` while no other test is inside getopt.
func takingTurns<Result: Sendable>(_ body: () -> Result) -> Result { turn.withLock { _ in body() } }

/// The real getopt without its complaints.
func quietScanner(_ arguments: [String]) -> any WordScanner {
    SilentScanner(GetoptScanner(arguments: arguments))
}

func read(_ line: String) -> ReadLine { read(shellWords(line)) }

/// The first word of a line under the tables of `mode`.
func scan(_ words: [String], in mode: Mode = .start) -> ScannedWord {
    takingTurns {
        var scanner = quietScanner(["mdadm"] + words)
        return scanner.next(short: OptionTable.shortOptions(in: mode), long: OptionTable.longOptions)
    }
}

/// A colon in front of the option string keeps getopt quiet; it then tells a missing argument by a colon.
private struct SilentScanner: WordScanner {
    private var scanner: GetoptScanner

    init(_ scanner: GetoptScanner) { self.scanner = scanner }

    mutating func next(short: String, long: [LongOption]) -> ScannedWord {
        let word = scanner.next(short: ":" + short, long: long)
        guard case .option(code: 0x3a, argument: _) = word else { return word }
        return .invalid
    }
}

/// The words of a line in shell quoting: blanks part, single quotes keep together.
func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in line {
        if character == "'" {
            isQuoted.toggle()
            word = word ?? ""
        } else if character == " ", !isQuoted {
            if let done = word { words.append(done) }
            word = nil
        } else {
            word = (word ?? "") + String(character)
        }
    }
    if let done = word { words.append(done) }
    return words
}

/// A file of the repository, by its path from the root.
func repositoryPath(_ path: String, from file: String = #filePath) -> String {
    let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/\(path)"
}

/// The text of a file of the repository.
func repositoryText(_ path: String) throws -> String {
    let bytes = try LinuxKernel().read(file: repositoryPath(path), limit: 1 << 20)
    return String(decoding: bytes, as: UTF8.self)
}
