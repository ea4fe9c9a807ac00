package import MDKernel

/// How the program speaks: its streams and the name in front of its messages.
package struct Voice: Sendable {
    package let console: any Console
    /// `mdadm` or `swmdadm`, from the name the program was called by.
    package let name: String
    /// With `--json`: what collects the lines that would go to standard error.
    var answers: JSONAnswers?

    package init(console: any Console, name: String) {
        self.console = console
        self.name = name
    }

    /// An error or a note on standard error, behind the program's name.
    package func error(_ text: String) { error(text, .other, on: nil) }

    /// The same about a device, and why in a word: with `--json` both are told.
    func error(_ text: String, _ reason: JSONAnswers.Reason, on device: String?) {
        guard let answers else { return console.writeError("\(name): \(text)\n") }
        answers.add(JSONAnswers.Problem(device: device, reason: reason, text: text))
    }

    /// A line on standard error that continues the one before.
    package func more(_ text: String) {
        guard let answers else { return console.writeError("       \(text)\n") }
        answers.add(more: text)
    }

    /// A note on standard output, behind the program's name; there is no room for it beside JSON.
    package func note(_ text: String) {
        if answers == nil { console.writeOutput("\(name): \(text)\n") }
    }

    /// A report on standard output, as it is.
    package func report(_ text: String) { console.writeOutput(text) }

    /// Speaks a message on its stream.
    package func say(_ message: Message) {
        switch message.kind {
        case .error: error(message.text)
        case .more: more(message.text)
        case .note: note(message.text)
        case .report: report(message.text + "\n")
        }
    }
}

/// A line for the user, and how much talk it belongs to.
package struct Message: Hashable, Sendable {
    /// Which stream, and how it begins.
    package enum Kind: Hashable, Sendable {
        /// Standard error with the program's name.
        case error
        /// Standard error, indented under the line before.
        case more
        /// Standard output with the program's name.
        case note
        /// Standard output as it is.
        case report
    }

    package var kind: Kind
    package var text: String
    /// The line is left out below this verbosity (`-v` counts up, `-q` down).
    package var verbosity: Int

    /// An error or a note on standard error.
    package static func error(_ text: String, from verbosity: Int = .min) -> Message {
        Message(kind: .error, text: text, verbosity: verbosity)
    }

    /// A line under the error before it.
    package static func more(_ text: String, from verbosity: Int = .min) -> Message {
        Message(kind: .more, text: text, verbosity: verbosity)
    }

    /// A note on standard output.
    package static func note(_ text: String, from verbosity: Int = 0) -> Message {
        Message(kind: .note, text: text, verbosity: verbosity)
    }

    /// A line of a report on standard output.
    package static func report(_ text: String, from verbosity: Int = .min) -> Message {
        Message(kind: .report, text: text, verbosity: verbosity)
    }
}

/// Facts that have words; no messages means that nothing is said.
package protocol Worded {
    var messages: [Message] { get }
}
