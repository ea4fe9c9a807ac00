internal import MDKernel
internal import Synchronization

/// A console that keeps what is printed and answers from a text.
package final class MemoryConsole: Console {
    private struct Text: Sendable {
        var output = ""
        var error = ""
        var input: [UInt8]
    }

    private let text: Mutex<Text>
    private let isTerminal: Bool

    /// `isTerminal`: somebody sits at standard input and standard error.
    package init(input: String = "", isTerminal: Bool = false) {
        self.isTerminal = isTerminal
        text = Mutex(Text(input: Array(input.utf8)))
    }

    /// What standard output had.
    package var output: String { text.withLock { $0.output } }
    /// What standard error had.
    package var error: String { text.withLock { $0.error } }

    package func writeOutput(_ words: String) { text.withLock { $0.output += words } }
    package func writeError(_ words: String) { text.withLock { $0.error += words } }

    package func readInput(limit: Int) -> [UInt8] {
        text.withLock { text in
            let taken = Array(text.input.prefix(limit))
            text.input.removeFirst(taken.count)
            return taken
        }
    }

    package func errorWidth() -> Int? { isTerminal ? 80 : nil }
    package func isInputTerminal() -> Bool { isTerminal }
}
