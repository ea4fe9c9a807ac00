import MDBytes
import MDFrontend
import MDKernel
import MDLocks
import MDSimulator

/// What a command came to.
struct CommandResult: Sendable {
    var status: Int32
    var output: String
    var error: String
}

/// Runs whole command lines on a kernel.
func run<K: Kernel>(
    _ line: String, on kernel: K, cluster: any ClusterServices = QuietCluster(), input: String = "",
    isTerminal: Bool = false
) -> CommandResult {
    let console = MemoryConsole(input: input, isTerminal: isTerminal)
    let program = Program(
        kernel: kernel, console: console, cluster: { cluster },
        scanner: { PlainScanner($0) },
        arguments: ["mdadm"] + line.split(separator: " ").map(String.init))
    let status = program.run()
    return CommandResult(status: status, output: console.output, error: console.error)
}

/// Command lines without getopt's global state: exact long names, `=` or a word for arguments, clusters
/// of letters. Enough for tests that know what they type.
struct PlainScanner: WordScanner {
    private var words: [String]
    private var letters: Substring = ""

    init(_ arguments: [String]) { words = Array(arguments.dropFirst().reversed()) }

    mutating func next(short: String, long: [LongOption]) -> ScannedWord {
        if let letter = letters.popFirst() { return option(letter, short) }
        guard let word = words.popLast() else { return .end }
        if word.hasPrefix("--") { return option(named: word.dropFirst(2), long) }
        if word.hasPrefix("-"), word.count > 1 {
            letters = word.dropFirst()
            return next(short: short, long: long)
        }
        return .operand(word)
    }

    private mutating func option(_ letter: Character, _ short: String) -> ScannedWord {
        guard let place = short.firstIndex(of: letter), let value = letter.asciiValue else { return .invalid }
        let colons = short[short.index(after: place)...].prefix { $0 == ":" }.count
        var argument: String?
        if colons > 0, !letters.isEmpty {
            argument = String(letters)
            letters = ""
        } else if colons == 1 {
            argument = words.popLast()
        }
        return .option(code: Int32(value), argument: argument)
    }

    private mutating func option(named text: Substring, _ long: [LongOption]) -> ScannedWord {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let row = long.first(where: { $0.name == parts[0] }) else { return .invalid }
        var argument = parts.count > 1 ? String(parts[1]) : nil
        if row.argument == .required, argument == nil { argument = words.popLast() }
        return .option(code: row.code, argument: argument)
    }
}

/// A cluster whose command lock is always free.
struct QuietCluster: ClusterServices {
    var name = "lab"

    final class Lock: HeldCommandLock {
        func release() throws(ClusterFailure) {}
    }

    func clusterName() throws(ClusterFailure) -> String { name }

    func commandLock(cluster: String, waitingAtMost limit: Milliseconds) throws(ClusterFailure)
        -> any HeldCommandLock
    {
        Lock()
    }

    func dropCommandLockspace(cluster: String) throws(ClusterFailure) {}
}
