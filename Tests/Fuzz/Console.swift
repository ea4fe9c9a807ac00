import MDBytes
import MDKernel
import MDLocks
import Synchronization

/// Keeps what is printed; nobody types anything.
final class KeepingConsole: Console {
    private let kept = Mutex("")

    var text: String { kept.withLock { $0 } }

    func writeOutput(_ text: String) { kept.withLock { $0 += text } }
    func writeError(_ text: String) { kept.withLock { $0 += text } }
    func readInput(limit: Int) -> [UInt8] { [] }
    func errorWidth() -> Int? { nil }
}

/// Long options with `=`, and operands.
struct WordsAsTheyAre: WordScanner {
    private var words: ArraySlice<String>

    init(_ arguments: [String]) { words = arguments.dropFirst() }

    mutating func next(short: String, long: [LongOption]) -> ScannedWord {
        guard let word = words.popFirst() else { return .end }
        guard word.hasPrefix("--") else { return .operand(word) }
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
        guard let row = long.first(where: { $0.name == parts[0] }) else { return .invalid }
        return .option(code: row.code, argument: parts.count > 1 ? parts[1] : nil)
    }
}

/// A host that is in no cluster.
struct NoCluster: ClusterServices {
    func clusterName() throws(ClusterFailure) -> String { throw ClusterFailure.corosyncNotRunning }
    func commandLock(cluster: String, waitingAtMost limit: Milliseconds) throws(ClusterFailure) -> any HeldCommandLock {
        throw ClusterFailure.corosyncNotRunning
    }
    func dropCommandLockspace(cluster: String) throws(ClusterFailure) {}
}
