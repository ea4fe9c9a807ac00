internal import MDBytes
package import MDKernel
package import MDLocks
internal import MDModel
internal import MDOperations

/// One run of the program: from the words it was called with to its exit status.
package struct Program<K: Kernel>: Sendable {
    let kernel: K
    private(set) var voice: Voice
    /// Made when a verb asks for it: most command lines never speak to the cluster.
    let cluster: @Sendable () -> any ClusterServices
    /// mdadm.conf, once a command wanted it.
    private var configuration: Configuration?
    private let scanner: @Sendable ([String]) -> any WordScanner
    private let arguments: [String]

    /// `arguments` is argv, the program's name first; `scanner` makes the reader of them.
    package init(
        kernel: K, console: any Console, cluster: @Sendable @escaping () -> any ClusterServices,
        scanner: @Sendable @escaping ([String]) -> any WordScanner, arguments: [String]
    ) {
        self.kernel = kernel
        self.cluster = cluster
        self.scanner = scanner
        self.arguments = arguments
        voice = Voice(console: console, name: Self.name(calledBy: arguments.first ?? ""))
    }

    /// Called through a link named mdadm the program is mdadm; otherwise it is itself.
    private static func name(calledBy path: String) -> String {
        path.split(separator: "/").last == "mdadm" ? "mdadm" : "swmdadm"
    }

    /// Does what the command line says; the result is the exit status.
    package func run() -> Int32 {
        var parser = Parser(scanner(arguments))
        let outcome = parser.parse()
        guard parser.wantsJSON else { return conclude(outcome, parser) }
        var program = self
        let answers = JSONAnswers()
        program.voice.answers = answers
        let status = program.conclude(outcome, parser)
        if case .command(let command) = outcome, command.hasPlan { voice.report(answers.plan.text + "\n") }
        if let errors = answers.errors { voice.console.writeError(errors.text + "\n") }
        return status
    }

    private func conclude(_ outcome: Outcome, _ parser: Parser) -> Int32 {
        for note in parser.notes { voice.say(note) }
        switch outcome {
        case .version:
            voice.console.writeError("\(voice.name) - \(Release.text)\n")
            return 0
        case .help(let topic):
            voice.report(HelpPage(topic, program: voice.name).text)
            return 0
        case .usage:
            guard voice.answers != nil else {
                voice.console.writeError(HelpPage.usage(program: voice.name))
                return 2
            }
            voice.error("the command line makes no sense: see \(voice.name) --help", .usage, on: nil)
            return 2
        case .ended(let status, let messages):
            if let word = foreign(parser.arrayToMake) { return refuse(foreign: word) }
            if parser.isPastConfiguration { _ = configured(by: parser.line.common.config) }
            for message in messages {
                if message.kind == .error { voice.error(message.text, .usage, on: nil) } else { voice.say(message) }
            }
            return status
        case .command(let command):
            return run(command, making: parser.arrayToMake)
        }
    }

    /// The word, where it leads to something that is no array.
    private func foreign(_ array: String?) -> String? {
        array.flatMap { ForeignPath.isOne($0, kernel: kernel) ? $0 : nil }
    }

    private func refuse(foreign word: String) -> Int32 {
        voice.error("device \(word.escapedText) exists but is not an md array.", .notAnArray, on: word)
        return 1
    }

    private func run(_ command: Command, making array: String?) -> Int32 {
        guard kernel.isRoot() || command.worksWithoutRoot else {
            voice.error("this needs root: run it with sudo or as root", .root, on: nil)
            return 1
        }
        if let word = foreign(array) { return refuse(foreign: word) }
        return (command.readsConfiguration ? configured(by: command.common.config) : self).perform(command)
    }

    /// This program with the configuration that `--config=` stands for; what is wrong with that is told, whether or
    /// not the command needs it.
    private func configured(by choice: String?) -> Program {
        let configuration = ConfigurationReader.read(choice, kernel: kernel)
        for complaint in configuration.complaints { for message in complaint.messages { voice.say(message) } }
        var program = self
        program.configuration = configuration
        return program
    }

    private func perform(_ command: Command) -> Int32 {
        if command.readsMap, !command.common.dryRun { MapRebuild.runIfMissing(context(command.common)) }
        switch command {
        case .create(let request): return create(request)
        case .build(let request):
            return BuildRunner(context: context(request.common)).run(request)
        case .assemble(let request): return assemble(request)
        case .manage(let request): return manage(request)
        case .misc(let request): return misc(request)
        case .cluster(let request): return runInCluster(request)
        case .undo(let request): return UndoRunner(context: context(request.common), voice: voice).run(request)
        case .resync(let request):
            return ResyncRunner(context: context(request.common), voice: voice).run(request)
        }
    }

    /// What a verb works with.
    func context(_ options: CommonOptions) -> Context<K> {
        Context(
            kernel: kernel, options: options, listener: ConsoleListener(voice: voice, options: options),
            command: arguments, configuration: configuration)
    }
}

extension Command {
    /// mdadm's own commands read the configuration, if only for the name of the home host; with `--homehost=` they do,
    /// as ours, where they need it.
    fileprivate var readsConfiguration: Bool {
        switch self {
        case .cluster, .undo, .resync: false
        case .create, .assemble, .manage: true
        case .build: common.homeHost == nil
        case .misc(let request): common.homeHost == nil || request.goesByConfiguration
        }
    }
}

extension MiscRequest {
    fileprivate var goesByConfiguration: Bool {
        actions.contains {
            switch $0 {
            case .examine: common.isScan && items.isEmpty
            case .explain, .udevRules: true
            default: false
            }
        }
    }
}

extension Command {
    /// Whether it goes by the map of arrays, or enters some.
    fileprivate var readsMap: Bool {
        switch self {
        case .create, .build, .assemble: true
        case .manage(let request): request.start || request.stop
        case .misc(let request):
            request.actions.contains { $0 == .run || $0 == .stop || $0 == .query }
                || request.actions.contains(.detail) && (common.isScan || common.isExport || common.isJSON)
        case .cluster, .undo, .resync: false
        }
    }
}

extension Command {
    /// `--examine` needs no more than readable devices.
    var worksWithoutRoot: Bool {
        guard case .misc(let request) = self else { return false }
        return request.lastAction == .examine
    }
}

extension Command {
    /// Whether a dry run of it has steps to tell: it would change something.
    var hasPlan: Bool { common.dryRun && !isReading }
}

/// Which mdadm we are, and since when.
enum Release {
    /// The release of mdadm whose command line this is, and the day of ours; scripts read `v[0-9.]+`.
    static let text = "v4.6 - 2026-11-24 - swmdadm 0.1"
}
