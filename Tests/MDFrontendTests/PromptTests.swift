import MDFrontend
import MDKernel
import MDModel
import MDOperations
import Synchronization
import Testing

/// A console that remembers what was said and answers with given bytes.
final class ScriptedConsole: Console {
    private let answer: [UInt8]
    private let state = Mutex((output: "", error: ""))

    init(answer: String = "") { self.answer = Array(answer.utf8) }

    var output: String { state.withLock { $0.output } }
    var error: String { state.withLock { $0.error } }

    func writeOutput(_ text: String) { state.withLock { $0.output += text } }
    func writeError(_ text: String) { state.withLock { $0.error += text } }
    func readInput(limit: Int) -> [UInt8] { Array(answer.prefix(limit)) }
    func errorWidth() -> Int? { nil }
}

@Suite struct PromptTests {
    /// mdadm reads at most two bytes: only a letter and a newline answer the question.
    @Test(arguments: [
        ("y\n", true, ""), ("Y\n", true, ""), ("n\n", false, ""), ("", false, ""),
        ("\n", false, "mdadm: assuming no.\n"), ("yes\n", false, "mdadm: bad option.\n"),
    ])
    func answers(given: String, yes: Bool, remark: String) {
        let console = ScriptedConsole(answer: given)
        let listener = ConsoleListener(voice: Voice(console: console, name: "mdadm"), options: CommonOptions())
        #expect(listener.confirm(.create(.continueCreating)) == yes)
        #expect(console.error.hasSuffix(" [y/N]? " + remark))
    }
}
