internal import MDBytes
package import MDKernel
internal import MDModel

/// Reads a command line the way mdadm does: word by word, each option at its place.
package struct Parser {
    private var scanner: any WordScanner
    var line = Line()
    /// Notes that do not stop the line, in order.
    package private(set) var notes: [Message] = []

    /// The array that is to come into being, once its name is found right: if something else bears that name, this is
    /// to be told before anything that is wrong with the line otherwise.
    package internal(set) var arrayToMake: String?

    /// Whether mdadm has read its configuration by now, and told what is wrong with that.
    package internal(set) var isPastConfiguration = false

    package init(_ scanner: any WordScanner) { self.scanner = scanner }

    /// Whether `--json` was among the words that were read.
    var wantsJSON: Bool { line.common.isJSON }

    /// Reads the whole line. Complaints of getopt are on standard error by then.
    package mutating func parse() -> Outcome {
        do throws(Stop) {
            while try take(next()) {}
            let command = try judged()
            if line.writesZeroes, !line.assumeClean {
                note(.note("Disk zeroing requested, setting --assume-clean to skip resync"))
            }
            return .command(command)
        } catch {
            switch error {
            case .outcome(let outcome): return outcome
            }
        }
    }

    private mutating func next() -> ScannedWord {
        scanner.next(
            short: OptionTable.shortOptions(in: line.mode), long: OptionTable.longOptions)
    }

    /// False at the end of the line.
    private mutating func take(_ word: ScannedWord) throws(Stop) -> Bool {
        switch word {
        case .operand(let text): try take(operand: text)
        case .option(let code, let argument): try take(code: code, argument)
        case .invalid: throw .outcome(.usage)
        case .end: return false
        }
        return true
    }

    private mutating func take(operand word: String) throws(Stop) {
        let shown = word.escapedText
        if let first = line.operands.first?.word {
            switch line.mode {
            case .start:
                throw .refused(
                    "what to do with \(first.escapedText) and \(shown)?",
                    "An option must set the mode before a second device")
            case .manage where line.action == nil:
                throw .refused("what to do with \(shown)? Put --add, --remove, --fail or the like before it")
            case .grow where line.action == nil:
                throw .refused("what to do with \(shown)? Give --add before a device that is to be added")
            default: break
            }
        }
        line.operands.append(
            Line.Operand(
                word: word, action: line.action, isWriteMostly: line.isWriteMostly,
                isFailfast: line.isFailfast))
        // mdadm would have taken a journal that was named before the array for the array.
        if line.operands.count == 1 { takeJournal() }
    }

    private mutating func take(code: Int32, _ argument: String?) throws(Stop) {
        let spelling = OptionTable.spelling(code: code)
        let row = OptionTable.row(code: code, in: line.mode)
        let isLetter = !spelling.hasPrefix("--")
        if line.mode == .start, row?.id == .config, let argument,
            argument.hasPrefix("--h") || argument.hasPrefix("-h")
        {
            throw .outcome(.help(.configuration))
        }
        let isPlain = row?.plainModes.contains(line.mode) == true
        switch row?.role {
        case .neutral?:
            break
        case _ where isPlain:
            break
        case .strong(let mode)?:
            try set(mode, for: spelling)
        case .weak(let mode)? where line.mode == .start:
            try set(mode, for: spelling)
        default:
            guard line.mode != .start else {
                throw .refused("\(spelling) does not set a mode, so it cannot come first")
            }
            guard let row, isLetter || row.modes.contains(line.mode) else {
                throw .refused("option \(spelling) is not valid in \(line.mode.name) mode")
            }
        }
        guard let row else { return }
        if !row.isSupported, !isPlain { line.unsupported.append(spelling) }
        try apply(row.id, Given(spelling: spelling, argument: argument ?? "", isPresent: argument != nil))
    }

    /// Sets the mode unless the line already has another one.
    private mutating func set(_ mode: Mode, for spelling: String) throws(Stop) {
        guard line.mode == .start || line.mode == mode else {
            throw .refused(
                "\(spelling) would set the mode to \(mode.name), but it is already \(line.mode.name)")
        }
        if mode == .misc, line.mode == .start, let first = line.operands.first {
            throw .refused(
                "no action is given for \(first.word.escapedText) in misc mode",
                "An action must come before the devices it is for: write \(spelling) first")
        }
        line.mode = mode
    }

    mutating func note(_ message: Message) { notes.append(message) }

    mutating func setAction(_ action: OptionID) { line.action = action }
}

/// An option as it stood in the line.
struct Given {
    /// `-x` or `--long`.
    let spelling: String
    let argument: String
    /// Whether an optional argument was there.
    let isPresent: Bool

    /// The argument for a message.
    var shown: String { argument.escapedText }

    /// The complaint about an argument that makes no sense.
    func invalid(_ wanted: String) -> Stop {
        .refused("\(spelling): \"\(shown)\" is not \(wanted)")
    }

    /// The complaint about a second value.
    var twice: Stop { .refused("\(spelling) is given twice; the second value is \"\(shown)\"") }
}
