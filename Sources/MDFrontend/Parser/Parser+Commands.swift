internal import MDBytes
internal import MDModel

extension Parser {
    /// The command that a line in a supported mode asks for.
    func command() throws(Stop) -> Command {
        var common = line.common
        // A scan prints lines for mdadm.conf unless much more talk is asked for.
        if common.isScan, common.verbosity < 2 { common.isBrief = true }
        guard line.mode != .misc else { return .misc(try miscRequest(common)) }
        if line.mode == .assemble { return .assemble(assembleRequest(common)) }
        if line.mode == .status {
            return .cluster(.status(common: common, arrays: line.operands.map(\.word)))
        }
        if line.mode == .undo { return .undo(UndoRequest(common: common, entry: line.operands.first?.word)) }
        if line.mode == .agent { return .cluster(.agent(common: common)) }
        guard let array = line.operands.first?.word else { throw .outcome(.usage) }
        switch line.mode {
        case .create: return .create(createRequest(common, array))
        case .build: return .build(buildRequest(common, array))
        case .manage: return .manage(try manageRequest(common, array))
        case .join: return .cluster(.join(joinRequest(common, array)))
        case .leave: return .cluster(.leave(common: common, array: array))
        case .nack: return .cluster(.nack(common: common, array: array))
        case .candidate: return .cluster(.candidate(candidateRequest(common, array)))
        case .resync: return .resync(try resyncRequest(common, array))
        default: throw .outcome(.usage)
        }
    }

    private func createRequest(_ common: CommonOptions, _ array: String) -> CreateRequest {
        var request = CreateRequest(common: common, array: array)
        request.devices = line.operands.dropFirst().map(\.device)
        request.level = line.level
        request.layout = line.layout
        request.raidDevices = line.raidDevices
        request.spareDevices = line.spareDevices
        request.chunkKiB = line.chunkKiB
        request.size = line.size
        switch line.dataOffset {
        case .all(let offset)?: request.dataOffset = offset
        case .perDevice?:
            request.hasOwnOffsets = true
            request.devices = request.devices.map(withOwnOffset)
        case nil: break
        }
        request.bitmap = line.bitmap
        request.bitmapChunk = line.bitmapChunk
        request.writeBehind = line.writeBehind
        request.bitmapDelay = line.delay.flatMap { UInt32(exactly: $0) }
        request.nodes = line.nodes
        request.name = line.name
        request.uuid = line.uuid
        // Zeroed devices are alike.
        request.assumeClean = line.assumeClean || line.writesZeroes
        request.writesZeroes = line.writesZeroes
        request.logicalBlockSize = line.logicalBlockSize.flatMap { UInt32(exactly: $0) }
        request.destroyed = line.destroyed
        request.consistencyPolicy = line.policy
        return request
    }

    /// With `--data-offset=variable` a device may have its offset behind the last colon; paths have colons, too. Zero
    /// is no offset, but may be said.
    private func withOwnOffset(_ operand: DeviceOperand) -> DeviceOperand {
        guard let colon = operand.path.lastIndex(of: ":") else { return operand }
        let word = String(operand.path[operand.path.index(after: colon)...])
        let offset = Numbers.size(word)
        guard offset != nil || Numbers.isNothing(word) else { return operand }
        var operand = operand
        operand.path = String(operand.path[..<colon])
        operand.dataOffset = offset
        return operand
    }

    private func buildRequest(_ common: CommonOptions, _ array: String) -> BuildRequest {
        var request = BuildRequest(common: common, array: array)
        request.devices = line.operands.dropFirst().map(\.device)
        request.level = line.level
        request.layout = line.layout
        request.raidDevices = line.raidDevices
        request.chunkKiB = line.chunkKiB
        request.size = line.size
        request.bitmap = line.bitmap
        request.writeBehind = line.writeBehind
        request.assumeClean = line.assumeClean
        return request
    }

    private func assembleRequest(_ common: CommonOptions) -> AssembleRequest {
        var request = AssembleRequest(common: common)
        request.array = line.operands.first?.word
        request.devices = line.operands.dropFirst().map(\.device)
        request.uuid = line.uuid
        request.name = line.name
        request.superMinor = line.takesMinorFromNode ? nil : line.superMinor
        request.takesMinorFromNode = line.takesMinorFromNode
        request.noDegraded = line.noDegraded
        request.update = line.update
        request.nodes = line.nodes
        request.backupFile = line.backupFile
        request.invalidBackup = line.invalidBackup
        return request
    }

    private func manageRequest(_ common: CommonOptions, _ array: String) throws(Stop) -> ManageRequest {
        var common = common
        var request = ManageRequest(common: common, array: array)
        request.makeReadOnly = common.readOnly
        common.readOnly = false
        request.common = common
        request.update = line.update
        request.start = line.start
        request.stop = line.stop
        for operand in line.operands.dropFirst() {
            guard let action = operand.action.flatMap(ManageRequest.Action.init) else {
                throw .refused("what to do with \(operand.word.escapedText)?")
            }
            request.operations.append(ManageRequest.Operation(action: action, device: operand.device))
        }
        return request
    }

    private func miscRequest(_ common: CommonOptions) throws(Stop) -> MiscRequest {
        var request = MiscRequest(common: common)
        request.lastAction = line.action.flatMap({ MiscRequest.Action($0, line) })
        for operand in line.operands {
            guard let wanted = operand.action else {
                request.items.append(MiscRequest.Item(action: .probe, operand: operand.word))
                continue
            }
            guard let action = MiscRequest.Action(wanted, line) else {
                throw .refused("--\(wanted.rawValue) is not supported yet")
            }
            request.items.append(MiscRequest.Item(action: action, operand: operand.word))
        }
        return request
    }

    private func joinRequest(_ common: CommonOptions, _ array: String) -> JoinRequest {
        var request = JoinRequest(common: common, array: array)
        request.devices = line.operands.dropFirst().map(\.device)
        request.uuid = line.uuid
        request.name = line.name
        request.nodes = line.nodes
        request.wait = line.wait
        return request
    }

    private func resyncRequest(_ common: CommonOptions, _ array: String) throws(Stop) -> ResyncRequest {
        var request = ResyncRequest(common: common, array: array)
        request.follows = line.follows
        let words = line.operands.map(\.word)
        if words.count > 1 {
            let word = words[1]
            guard let verb = SyncVerb(rawValue: word) else {
                let verbs = SyncVerb.allCases.map(\.rawValue).joined(separator: ", ")
                throw .refused("--resync: \"\(word.escapedText)\" is not one of \(verbs)")
            }
            request.verb = verb
        }
        if words.count > 2 {
            throw .refused("--resync takes one md device and one word; \(words[2].escapedText) is too much")
        }
        if let verb = request.verb {
            if common.isJSON, !common.dryRun {
                throw .refused("--json is for --resync without a word, not for \(verb.rawValue)")
            }
            if line.follows, !verb.leavesSomethingRunning {
                throw .refused("--follow does not go with \(verb.rawValue): nothing runs then that could be followed")
            }
        } else if common.isJSON, line.follows {
            throw .refused("--follow does not go with --json")
        }
        return request
    }

    private func candidateRequest(_ common: CommonOptions, _ array: String) -> CandidateRequest {
        var request = CandidateRequest(common: common, array: array)
        request.slot = line.slot
        request.uuid = line.uuid
        request.timeout = line.timeout
        return request
    }
}

extension ManageRequest.Action {
    init?(_ id: OptionID) {
        switch id {
        case .add: self = .add
        case .addSpare: self = .addSpare
        case .addJournal: self = .addJournal
        case .reAdd: self = .reAdd
        case .remove: self = .remove
        case .fail: self = .fail
        case .replace: self = .replace
        case .with: self = .with
        case .clusterConfirm: self = .clusterConfirm
        default: return nil
        }
    }
}

extension MiscRequest.Action {
    init?(_ id: OptionID, _ line: Line) {
        switch id {
        case .query: self = .query
        case .detail: self = .detail
        case .examine: self = .examine
        case .explain: self = .explain
        case .examineBitmap: self = .examineBitmap
        case .examineBadBlocks: self = .examineBadBlocks
        case .zeroSuperblock: self = .zeroSuperblock
        case .run: self = .run
        case .stop: self = .stop
        case .readonly: self = .readOnly
        case .readwrite: self = .readWrite
        case .wait: self = .wait
        case .waitClean: self = .waitClean
        case .action: self = .sync(line.syncAction ?? "")
        case .dump: self = .dump(line.directory ?? "")
        case .restore: self = .restore(line.directory ?? "")
        case .udevRules: self = .udevRules(line.rulesFile)
        default: return nil
        }
    }
}
