package import MDKernel
package import MDModel

/// What every verb works with: the kernel, the options common to all verbs, and somebody to tell.
package struct Context<K: Kernel>: Sendable {
    package let kernel: K
    package let options: CommonOptions
    package let listener: any Listener
    /// The command line with the program's name, for the archive of what it overwrites.
    package let command: [String]
    /// mdadm.conf, where that was read already.
    private let known: KnownConfiguration?

    package init(
        kernel: K, options: CommonOptions, listener: any Listener, command: [String] = [],
        configuration: Configuration? = nil
    ) {
        self.kernel = kernel
        self.options = options
        self.listener = listener
        self.command = command
        known = configuration.map { KnownConfiguration($0) }
    }

    /// What mdadm.conf says.
    package var configuration: Configuration {
        known?.configuration ?? ConfigurationReader.read(options.config, kernel: kernel)
    }
}

/// A configuration behind one reference: contexts are copied everywhere, and code for copying all of it would be, too.
private final class KnownConfiguration: Sendable {
    let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }
}

/// Hears what happens while a verb runs. The front end puts it into words.
package protocol Listener: Sendable {
    /// Something happened that a user may want to know.
    func tell(_ notice: Notice)

    /// Asks for leave to go on; false where nobody answers.
    func confirm(_ question: Question) -> Bool

    /// Whether a person reads what is told and could answer.
    var isInteractive: Bool { get }
}

extension Listener {
    /// Nobody is there, unless a listener knows better.
    package var isInteractive: Bool { false }
}

/// Facts told while a verb runs; each verb has a vocabulary of its own in its folder.
package enum Notice: Hashable, Sendable {
    /// With `--dry-run`: a step that would be done now.
    case wouldDo(Step)
    /// A step could not be undone after a failure.
    case undoFailed(Step, SystemCallError)
    case create(CreateNotice)
    case build(BuildNotice)
    case zero(ZeroNotice)
    case assemble(AssembleNotice)
    case state(StateNotice)
    case manage(ManageNotice)
    case misc(MiscNotice)
    case cluster(ClusterNotice)
    case resync(ResyncNotice)
    case archive(ArchiveNotice)
    case dump(DumpNotice)
}

/// A yes-or-no question.
package enum Question: Hashable, Sendable {
    case create(CreateQuestion)
}
