internal import MDBytes
internal import MDModel

extension Parser {
    /// What one accepted option does.
    mutating func apply(_ id: OptionID, _ given: Given) throws(Stop) {
        if try applyNeutral(id, given) { return }
        if line.mode == .misc, try applyMisc(id, given) { return }
        if line.mode == .manage, try applyManage(id, given) { return }
        if try applyFlag(id) { return }
        if try applyShape(id, given) { return }
        if try applyIdentity(id, given) { return }
        try applyRest(id, given)
    }

    private mutating func applyNeutral(_ id: OptionID, _ given: Given) throws(Stop) -> Bool {
        switch id {
        case .help: line.help = line.help == .options ? .options : .general
        case .helpOptions: line.help = .options
        case .version: throw .outcome(.version)
        case .verbose: line.common.verbosity += 1
        case .quiet: line.common.verbosity -= 1
        case .brief: line.common.isBrief = true
        case .export: line.common.isExport = true
        case .noDevices: line.common.noDevices = true
        case .homeHost: line.common.homeHost = given.argument
        case .prefer: line.common.prefer = given.argument
        case .dryRun: line.common.dryRun = true
        case .json: line.common.isJSON = true
        case .offroot: break
        default: return false
        }
        return true
    }

    private mutating func takeRulesFile(_ given: Given) {
        guard line.rulesFile != nil else {
            line.rulesFile = given.argument
            return
        }
        note(.error("only specify one udev rule filename. \(given.argument.escapedText) ignored."))
    }

    /// Actions and options that mean something of their own in misc mode.
    private mutating func applyMisc(_ id: OptionID, _ given: Given) throws(Stop) -> Bool {
        switch id {
        case .query, .detail, .examine, .explain, .examineBitmap, .examineBadBlocks, .zeroSuperblock, .run, .stop,
            .readonly, .readwrite, .wait, .waitClean, .detailPlatform, .udevRules:
            if id == .udevRules, given.isPresent { takeRulesFile(given) }
            if id == .wait, given.isPresent { throw .refused("--wait takes SECS only with --join") }
            try setMiscAction(id, given)
        case .killSubarray, .updateSubarray:
            guard line.subarray == nil else { throw given.twice }
            try setMiscAction(id, given)
            line.subarray = given.argument
        case .dump, .restore:
            guard line.directory == nil else { throw given.twice }
            try setMiscAction(id, given)
            line.directory = given.argument
        case .action:
            guard ["idle", "frozen", "check", "repair"].contains(given.argument) else {
                throw given.invalid("one of idle, frozen, check, repair")
            }
            guard line.syncAction == nil else { throw given.twice }
            try setMiscAction(id, given)
            line.syncAction = given.argument
        case .name, .update:
            guard line.subarray != nil else {
                throw .refused("\(given.spelling) in misc mode is only for --update-subarray")
            }
            return false
        case .sparc22:
            guard line.action == .examine else { throw .refused("--sparc2.2 is only for --examine") }
            line.common.mendsSparc = true
        default: return false
        }
        return true
    }

    /// `--examine` shares the line with no other action but a `--query` before it, whose devices it takes over.
    private mutating func setMiscAction(_ id: OptionID, _ given: Given) throws(Stop) {
        if let before = line.action {
            let clashes = id == .examine ? before != .examine && before != .query : before == .examine
            if clashes {
                let other = id == .examine ? before : id
                throw .refused("--examine cannot be combined with --\(other.rawValue)")
            }
        }
        if id == .examine {
            for index in line.operands.indices { line.operands[index].action = .examine }
        }
        setAction(id)
    }

    private mutating func applyManage(_ id: OptionID, _ given: Given) throws(Stop) -> Bool {
        switch id {
        case .add, .addSpare, .addJournal, .reAdd, .remove, .fail, .replace, .clusterConfirm:
            setAction(id)
        case .with:
            guard line.action == .replace else { throw .refused("--with must follow --replace") }
            setAction(id)
        case .run:
            if line.stop { throw .refused("cannot both stop and run an array") }
            line.start = true
        case .stop:
            if line.start { throw .refused("cannot both run and stop an array") }
            line.stop = true
        case .readonly: line.common.readOnly = true
        case .readwrite: line.isWriteMostly = false
        case .noFailFast: line.isFailfast = false
        default: return false
        }
        return true
    }

    /// Options that only switch something on.
    private mutating func applyFlag(_ id: OptionID) throws(Stop) -> Bool {
        switch id {
        case .force: line.common.force = true
        case .test: line.common.test = true
        case .scan: line.common.isScan = true
        case .run where line.noDegraded: throw .refused("cannot both hold back and run an array")
        case .run: line.common.run = true
        case .readonly: line.common.readOnly = true
        case .writeMostly: line.isWriteMostly = true
        case .failFast: line.isFailfast = true
        case .assumeClean: line.assumeClean = true
        // The last of --run and --no-degraded counts, and the other order is refused above.
        case .noDegraded:
            line.noDegraded = true
            line.common.run = false
        case .follow: line.follows = true
        case .add where line.mode == .grow: setAction(.add)
        case .writeZeroes: line.writesZeroes = true
        case .auto: note(.note("--auto is deprecated and will be removed in future releases."))
        default: return false
        }
        return true
    }
}
