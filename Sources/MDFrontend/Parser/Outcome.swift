package import MDModel

/// What a command line came to.
package enum Outcome: Hashable, Sendable {
    case command(Command)
    case help(HelpTopic)
    case version
    /// Lines to print, and the exit status.
    case ended(status: Int32, [Message])
    /// The two lines that say where help is.
    case usage
}

/// A page of help.
package enum HelpTopic: Hashable, Sendable {
    case general, options, configuration
    case mode(Mode)
}

/// Why the scanner stopped before the end of the line.
enum Stop: Error {
    case outcome(Outcome)

    /// The line is wrong: one line of reason, perhaps more, and the exit status.
    static func refused(_ text: String, _ more: String..., status: Int32 = 2) -> Stop {
        .outcome(.ended(status: status, [.error(text)] + more.map { .more($0) }))
    }
}
