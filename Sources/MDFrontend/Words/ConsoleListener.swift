internal import MDKernel
package import MDModel
package import MDOperations

/// Puts what a verb tells into words on the console.
package struct ConsoleListener: Listener {
    private let voice: Voice
    private let verbosity: Int

    package init(voice: Voice, options: CommonOptions) {
        self.voice = voice
        verbosity = options.verbosity
    }

    package var isInteractive: Bool { voice.console.errorWidth() != nil && voice.console.isInputTerminal() }

    package func tell(_ notice: Notice) {
        if case .wouldDo(let step) = notice, let answers = voice.answers { return answers.add(step) }
        if case .create(.zeroProgress(let progress)) = notice {
            if voice.answers == nil, verbosity >= 0 { show(progress) }
            return
        }
        for message in notice.messages where verbosity >= message.verbosity { voice.say(message) }
    }

    /// Nil is the end.
    private func show(_ progress: ZeroProgress?) {
        if let progress { return progress.show(on: voice.console) }
        if ProgressBar.width(on: voice.console) != nil { ProgressBar.leave(voice.console) }
    }

    /// Asks on standard error and reads the answer from standard input: `y` or `Y` and a newline is yes,
    /// the end of input is no.
    package func confirm(_ question: Question) -> Bool {
        if voice.answers == nil {
            voice.console.writeError("\(question.text) [y/N]? ")
        } else {
            voice.error(question.text, .question, on: nil)
        }
        let answer = voice.console.readInput(limit: 2)
        switch answer {
        case [0x79, 0x0a], [0x59, 0x0a]: return true
        case [0x6e, 0x0a], [0x4e, 0x0a], []: return false
        default:
            if answer.count == 1 { voice.error("assuming no.") } else { voice.error("bad option.") }
            return false
        }
    }
}

extension Notice: Worded {
    package var messages: [Message] {
        switch self {
        case .wouldDo(let step): [.report(step.words)]
        case .undoFailed(let step, let error):
            [.error("could not take back: \(step.words): \(error.errno.words)")]
        case .create(let notice): notice.messages
        case .build(let notice): notice.messages
        case .zero(let notice): notice.messages
        case .assemble(let notice): notice.messages
        case .state(let notice): notice.messages
        case .manage(let notice): notice.messages
        case .misc(let notice): notice.messages
        case .cluster(let notice): notice.messages
        case .resync(let notice): notice.messages
        case .archive(let notice): notice.messages
        case .dump(let notice): notice.messages
        }
    }
}

extension Question {
    var text: String {
        switch self {
        case .create(let question): question.text
        }
    }
}
