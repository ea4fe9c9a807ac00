internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel
package import MDOperations

/// Runs `--examine` and prints what it found.
package struct ExamineRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice
    private let report: ExamineReport

    package init(context: Context<K>, voice: Voice, surroundings: Surroundings) {
        self.context = context
        self.voice = voice
        report = ExamineReport(surroundings)
    }

    /// Examines `devices`; the exit status.
    package func run(_ devices: [String]) -> Int32 {
        let examiner = Examiner(
            kernel: context.kernel, format: SoughtFormat(descriptor: context.options.metadata),
            namesDisks: !context.options.isBrief && !context.options.isExport,
            looksForBitmaps: !context.options.isBrief,
            mendsSparc: context.options.mendsSparc)
        var brief = ExamineBrief(verbose: context.options.verbosity > 0)
        var status: Int32 = 0
        let found = examiner.examine(devices)
        for facts in found {
            if context.options.mendsSparc, case .version0 = facts.answer {
                voice.error("adjusting superblock of \(facts.path.escapedText) for 2.2/sparc compatibility.")
            }
            status |= context.options.isBrief ? shorten(facts, into: &brief) : show(facts)
        }
        if context.options.isJSON {
            let document = context.options.isBrief ? brief.json : ExamineJSON.document(found)
            voice.report(document.text + "\n")
        } else if context.options.isBrief {
            voice.report(brief.text)
        }
        return status
    }

    /// The text of a device, which JSON has a document for instead.
    private func output(_ text: @autoclosure () -> String) {
        if !context.options.isJSON { voice.report(text()) }
    }

    private func shorten(_ facts: ExamineFacts, into brief: inout ExamineBrief) -> Int32 {
        switch facts.answer {
        case .unreadable(let error): return complain(facts.path, error)
        case .version1(let found, _):
            brief.add(path: facts.path, .version1(found.superblock))
            return doubt(found.superblock.impossibilities, on: facts.path)
        case .version0(let found):
            brief.add(path: facts.path, .version0(found.superblock))
            return doubt(found.superblock.impossibilities, on: facts.path)
        // A scan comes by disks with partitions all the time.
        case .partitions where context.options.isScan: break
        case .partitions: voice.error(
                "No brief listing for mbr on \(facts.path.escapedText)", .nothingFound, on: facts.path)
        case .nothing(let misses):
            guard let lie = misses.first(where: \.isLie) else { break }
            tell([lie], path: facts.path)
            return context.options.isScan ? 0 : 1
        case .missed: break
        }
        return 0
    }

    private func show(_ facts: ExamineFacts) -> Int32 {
        switch facts.answer {
        case .unreadable(let error): return complain(facts.path, error)
        case .version1(let found, let misses):
            tell(misses, path: facts.path)
            output(
                context.options.isExport ? ExamineExport.text(found) : report.text(path: facts.path, found))
            return doubt(found.superblock.impossibilities, on: facts.path)
        case .version0(let found):
            output(
                context.options.isExport
                    ? ExamineExport.text(found.superblock) : report.text(path: facts.path, found))
            return doubt(found.superblock.impossibilities, on: facts.path)
        case .partitions(let partitions):
            if !context.options.isExport { output(report.text(path: facts.path, partitions)) }
        case .missed(let misses): tell(misses, path: facts.path)
        case .nothing(let misses):
            if let lie = misses.first(where: \.isLie) {
                tell([lie], path: facts.path)
            } else {
                voice.error(
                    "No md superblock detected on \(facts.path.escapedText).", .nothingFound, on: facts.path)
            }
            return 1
        }
        return 0
    }

    /// A scan passes over what cannot be opened.
    private func complain(_ path: String, _ error: SystemCallError) -> Int32 {
        guard !context.options.isScan else { return 0 }
        voice.error("cannot \(error.attempt) \(path.escapedText): \(error.errno.words)", .cannotOpen, on: path)
        return 1
    }

    /// Says what cannot be true in a superblock. One such disk does not fail what is asked for the sake of ARRAY lines.
    private func doubt(_ impossible: [Impossibility], on path: String) -> Int32 {
        guard !impossible.isEmpty else { return 0 }
        let reasons = impossible.map(\.words).joined(separator: ", ")
        let words = "the superblock on \(path.escapedText) is damaged or made up: \(reasons)"
        voice.error(words, .damaged, on: path)
        return context.options.isScan || context.options.isBrief ? 0 : 1
    }

    /// Where nobody named the devices, what is not there is no news.
    private func tell(_ misses: [MetadataMiss], path: String) {
        for miss in misses where !context.options.isScan || miss.isLie {
            voice.error(miss.words(path: path.escapedText), miss.reason, on: path)
        }
    }
}

extension MetadataMiss {
    /// Whether something is there that passes itself off as a superblock.
    fileprivate var isLie: Bool {
        if case .rejected(.tooManyRoles) = self { true } else { false }
    }

    fileprivate var reason: JSONAnswers.Reason {
        switch self {
        case .rejected, .dataBeyondEnd: .damaged
        case .unsupportedFormat: .unsupported
        case .partitionTableUnreadable: .unreadable
        case .magic, .deviceTooSmall, .deviceTooSmallForVersion0, .noPartitionTable, .partitionTable: .nothingFound
        }
    }

    /// Why the format asked for is not on `path`.
    func words(path: String) -> String {
        switch self {
        case .magic(let word):
            "No super block found on \(path) (Expected magic a92b4efc, got \(word.hex(width: 8)))"
        case .rejected(.unsupportedMajor(let major)):
            "Cannot interpret superblock on \(path) - version is \(Int32(bitPattern: major))"
        case .rejected(.misplaced): "No superblock found on \(path) (super_offset is wrong)"
        case .rejected(.tooManyRoles(let count)):
            "Cannot interpret superblock on \(path) - its table of \(count) roles is longer than any can be"
        case .deviceTooSmall(let size): "\(path) is too small for md: size is \(size.rawValue) sectors."
        case .deviceTooSmallForVersion0(let size):
            "\(path) is too small for md: size is \(size.rawValue) sectors."
        case .dataBeyondEnd: "Device \(path) is not large enough for data described in superblock"
        case .partitionTable: "Cannot assemble mbr metadata on \(path)"
        case .noPartitionTable: "No partition table found on \(path)"
        case .partitionTableUnreadable: "Cannot read partition table on \(path)"
        case .unsupportedFormat(let format): "metadata format \(format.escapedText) cannot be read on \(path)"
        }
    }
}

extension Impossibility {
    /// The clause that says so.
    var words: String {
        switch self {
        case .level(let number): "there is no level \(number)"
        case .raid10Layout(let layout): "raid10 layout 0x\(layout.hex()) keeps no copies"
        case .raidDisks(let count, let limit): "\(count) raid devices, but no array has more than \(limit)"
        case .controlsInName: "control characters in its name"
        case .pathInName: "its name leads to another directory"
        }
    }
}
