internal import MDBytes
internal import MDModel

extension Parser {
    /// Options that say which array is meant, and where it belongs.
    mutating func applyIdentity(_ id: OptionID, _ given: Given) throws(Stop) -> Bool {
        switch id {
        case .uuid:
            guard line.uuid == nil else { throw given.twice }
            guard let uuid = UUID(parsing: given.argument) else {
                throw given.invalid("a uuid: 32 hex digits")
            }
            line.uuid = uuid
        case .destroy:
            guard let uuid = UUID(parsing: given.argument) else {
                throw given.invalid("a uuid: 32 hex digits")
            }
            line.destroyed.append(uuid)
        case .name:
            guard line.name == nil else { throw given.twice }
            guard (1...32).contains(given.argument.utf8.count) else {
                throw given.invalid("a name of 1 to 32 bytes")
            }
            line.name = given.argument
        case .superMinor: try takeSuperMinor(given)
        case .nodes:
            guard let count = Numbers.count(given.argument), count >= 2 else {
                throw given.invalid("a number of nodes, at least 2")
            }
            line.nodes = count
        case .homeCluster:
            guard given.argument.utf8.count <= 64 else {
                throw given.invalid("a cluster name of at most 64 bytes")
            }
            line.common.homeCluster = given.argument
        case .metadata:
            guard line.common.metadata == nil else { throw given.twice }
            guard MetadataWord(given.argument) != nil else {
                throw given.invalid("a metadata format that is known here")
            }
            line.common.metadata = given.argument
        case .config:
            guard line.common.config == nil else { throw given.twice }
            line.common.config = given.argument
        default: return false
        }
        return true
    }

    private mutating func takeSuperMinor(_ given: Given) throws(Stop) {
        guard line.superMinor == nil else { throw given.twice }
        if given.argument == "dev" {
            line.superMinor = 0
            line.takesMinorFromNode = true
        } else if let number = Numbers.count(given.argument) {
            line.superMinor = number
        } else {
            throw given.invalid("a number, or dev")
        }
    }

    /// Puts the journal among the devices: its place in the list decides about the numbers of those behind it.
    mutating func takeJournal() {
        guard let word = line.journal else { return }
        line.operands.append(Line.Operand(word: word, isJournal: true))
    }

    /// What is left: updates, files, the monitor's options and the cluster's.
    mutating func applyRest(_ id: OptionID, _ given: Given) throws(Stop) {
        switch id {
        case .update: try takeUpdate(given)
        case .backupFile:
            guard line.backupFile == nil else { throw given.twice }
            line.backupFile = given.argument
        case .invalidBackup: line.invalidBackup = true
        case .writeJournal:
            guard line.journal == nil else {
                note(.error("only one --write-journal is possible; \(given.shown) is ignored"))
                return
            }
            line.journal = given.argument
            if !line.operands.isEmpty { takeJournal() }
        case .increment:
            guard let step = Numbers.count(given.argument), (1...99).contains(step) else {
                throw given.invalid("a percentage from 1 to 99")
            }
        case .mail, .program, .pidFile:
            guard line.monitorValues.insert(id).inserted else {
                note(.error("\(given.spelling) is given twice; \(given.shown) is ignored"))
                return
            }
        case .slot:
            guard line.slot == nil else { throw given.twice }
            guard let slot = Numbers.count(given.argument) else { throw given.invalid("a device number") }
            line.slot = slot
        case .timeout:
            guard line.timeout == nil else { throw given.twice }
            line.timeout = try seconds(given)
        case .wait:
            guard given.isPresent else { throw .refused("--wait needs =SECS with --join") }
            guard line.wait == nil else { throw given.twice }
            line.wait = try seconds(given)
        default: break
        }
    }

    private func seconds(_ given: Given) throws(Stop) -> Int {
        guard let seconds = Numbers.count(given.argument) else {
            throw given.invalid("a number of seconds")
        }
        return seconds
    }

    private mutating func takeUpdate(_ given: Given) throws(Stop) {
        guard line.update == nil else {
            throw given.twice
        }
        if line.mode == .manage {
            guard line.action == .reAdd else {
                throw .refused("--update in Manage mode only allowed with --re-add.", status: 1)
            }
            guard UpdateWord.ofReAdd.contains(given.argument) else {
                throw given.invalid("one of \(UpdateWord.ofReAdd.joined(separator: ", "))")
            }
        } else {
            let words = line.mode == .misc ? UpdateWord.ofSubarray : UpdateWord.all
            let list = UpdateWord.lines(words)
            if given.argument == "help" || given.argument == "?" {
                let text = ["The words that --update= understands are:"] + list
                throw .outcome(.ended(status: 0, text.map { .report($0) }))
            }
            guard words.contains(given.argument) else {
                let complaint = Message.error("--update: \"\(given.shown)\" is not one of these words:")
                throw .outcome(.ended(status: 2, [complaint] + list.map { .more($0) }))
            }
        }
        line.update = given.argument
    }
}
