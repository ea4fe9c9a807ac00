internal import MDBytes
internal import MDModel

extension Parser {
    /// The line as a whole, checked in mdadm's order, as a command.
    mutating func judged() throws(Stop) -> Command {
        try checkBlockSize()
        if let help = line.help { throw .outcome(.help(topic(help))) }
        if line.mode == .create { try checkPolicy() }
        if line.mode == .start { return try bareOperand() }
        try checkOperands()
        try checkName()
        arrayToMake = isForNewArray ? line.operands.first?.word : nil
        try checkLoneDevice()
        let looksUpHomeHost = [.create, .build, .assemble, .misc].contains(line.mode) && line.common.homeHost == nil
        isPastConfiguration = looksUpHomeHost
        if line.mode == .misc { try checkMiscOperands() }
        try checkCombinations()
        if !line.mode.isSupported { throw .refused("\(line.mode.name) mode is not supported yet") }
        if let option = line.unsupported.first { throw .refused("\(option) is not supported yet") }
        let command = try command()
        try checkJSON(command)
        return command
    }

    /// Whether the first operand names an array that is to come into being. A scan looks it up in the configuration.
    private var isForNewArray: Bool {
        line.mode == .create || line.mode == .build || line.mode == .assemble && !line.common.isScan
    }

    /// JSON comes from verbs that report, and from the plans of the others.
    private func checkJSON(_ command: Command) throws(Stop) {
        guard line.common.isJSON else { return }
        if line.common.isExport { throw .refused("--json does not go with --export") }
        if case .misc(let request) = command, Set(request.actions).count > 1 {
            throw .refused("--json is for one action at a time")
        }
        let isJoining = line.mode == .join || line.mode == .leave
        guard command.isReading || line.common.dryRun || isJoining else {
            throw .refused("--json is for what only reports, and for --dry-run")
        }
    }

    private func topic(_ help: HelpTopic) -> HelpTopic {
        line.mode == .start || line.mode == .autoDetect || help == .options ? help : .mode(line.mode)
    }

    private func checkBlockSize() throws(Stop) {
        guard line.logicalBlockSize != nil, let metadata = line.common.metadata else { return }
        guard case .version1 = MetadataWord(metadata) else {
            throw .refused("--logical-block-size needs 1.x metadata, not \(metadata.escapedText)")
        }
    }

    /// Journal, PPL, bitmap and consistency policy must agree.
    private func checkPolicy() throws(Stop) {
        let policy = line.policy
        if line.journal != nil {
            guard line.level?.hasParity == true else {
                throw .refused("--write-journal needs level 4, 5 or 6")
            }
            guard policy == nil || policy == "journal" else {
                throw .refused("--write-journal does not go with consistency policy \(policy ?? "")")
            }
        }
        guard let policy else { return }
        if let level = line.level, level.rawValue <= 0 {
            throw .refused("--consistency-policy means nothing at level \(level.name ?? "")")
        }
        if policy == "ppl", line.level != .raid5 {
            throw .refused("consistency policy ppl needs level 5")
        }
        if policy == "journal", line.journal == nil {
            throw .refused("consistency policy journal needs --write-journal")
        }
        switch line.bitmap {
        case .none where policy == "bitmap":
            throw .refused("consistency policy bitmap does not go with --bitmap=none")
        case .internal, .clustered, .lockless:
            if policy == "resync" || policy == "ppl" {
                throw .refused("--bitmap does not go with consistency policy \(policy)")
            }
        default: break
        }
    }

    /// Operands and no mode: `mdadm DEV` asks what DEV is.
    private func bareOperand() throws(Stop) -> Command {
        guard let operand = line.operands.first else { throw .outcome(.usage) }
        var request = MiscRequest(common: line.common)
        request.items = [MiscRequest.Item(action: .query, operand: operand.word)]
        try checkJSON(.misc(request))
        return .misc(request)
    }

    private func checkOperands() throws(Stop) {
        switch line.mode {
        case .manage, .create, .build, .grow, .join, .leave, .candidate, .nack, .resync:
            if line.operands.isEmpty {
                throw .refused("an md device must be given in \(line.mode.name) mode")
            }
        case .assemble:
            if line.operands.isEmpty, !line.common.isScan {
                throw .refused("an md device must be given in assemble mode, or --scan")
            }
        case .agent:
            if let surplus = line.operands.first {
                throw .refused("--cluster-agent is for all arrays; \(surplus.word.escapedText) is too much")
            }
        case .undo:
            if line.operands.count > 1 {
                throw .refused("--undo takes one entry; \(line.operands[1].word.escapedText) is too much")
            }
        default: break
        }
        guard [.leave, .candidate, .nack].contains(line.mode), line.operands.count > 1 else { return }
        let surplus = line.operands[1].word.escapedText
        throw .refused("--\(line.mode.name) takes one md device; \(surplus) is too much")
    }

    private func checkMiscOperands() throws(Stop) {
        guard line.operands.isEmpty else {
            if line.action == .udevRules { throw .refused("--udev-rules takes no devices", status: 1) }
            return
        }
        switch line.action {
        case .udevRules, .detailPlatform: return
        case .detail, .examine, .stop, .waitClean:
            if line.common.isScan { return }
        default: break
        }
        throw .refused(line.action == .examine ? "No devices to examine" : "No devices given.")
    }

    /// The array's name as far as the words alone tell: its length, and words that are no name. An array that is there
    /// may be given by any path, however long.
    private func checkName() throws(Stop) {
        let isForNew: Bool
        switch line.mode {
        case .create, .build, .assemble: isForNew = true
        case .manage, .grow, .join: isForNew = false
        default: return
        }
        guard let word = line.operands.first?.word else { return }
        let bare = word.hasPrefix("/dev/md/") ? word.dropFirst(8) : Substring(word)
        if bare.contains("/"), !isForNew { return }
        guard (1...32).contains(bare.utf8.count) else { throw noName(bare, "Too long or empty") }
        guard bare != "<ignore>" else { throw noName(bare, "Special keyword is invalid in this context") }
    }

    private func noName(_ word: Substring, _ reason: String) -> Stop {
        .refused("Value \"\(word.escapedText)\" cannot be set as devname. Reason: \(reason).", status: 1)
    }

    private func checkLoneDevice() throws(Stop) {
        guard line.raidDevices == 1, line.mode != .grow, !line.common.force, line.level != .faulty else {
            return
        }
        throw .refused(
            "an array of one device is probably a mistake",
            "If it is what you want, add --force")
    }

    private func checkCombinations() throws(Stop) {
        if line.update == "byteorder", line.common.metadata != nil {
            throw .refused("--update=byteorder looks for the format itself: -e does not go with it")
        }
        // Whether there is an array to take a number from is asked before that.
        if line.update == "nodes", line.nodes == nil, !line.takesMinorFromNode {
            throw .refused("Please specify nodes number with --nodes", status: 1)
        }
        switch line.mode {
        case .create: try checkNodes()
        case .assemble: try checkAssemble()
        default: break
        }
    }

    private func checkNodes() throws(Stop) {
        if line.nodes != nil, line.bitmap != .clustered {
            throw .refused("--nodes is only for --bitmap=clustered", status: 1)
        }
    }

    private func checkAssemble() throws(Stop) {
        let isOverAll = line.common.isScan && line.operands.isEmpty
        if isOverAll, line.update != nil {
            throw .refused("--update not meaningful with a --scan assembly.", status: 1)
        }
        if isOverAll, line.backupFile != nil {
            throw .refused("--backup_file not meaningful with a --scan assembly.", status: 1)
        }
        guard line.common.isScan, line.operands.count > 1 else { return }
        if line.update != nil { throw .refused("can only update a single array at a time", status: 1) }
        if line.backupFile != nil {
            throw .refused("can only assemble a single array when providing a backup file.", status: 1)
        }
    }
}
