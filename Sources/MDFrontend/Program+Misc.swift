internal import MDModel
internal import MDOperations

/// `--misc`: one verb after another, in the order of the line; statuses are or-ed, as mdadm's are.
extension Program {
    func misc(_ request: MiscRequest) -> Int32 {
        guard !request.items.isEmpty else {
            return run(request.lastAction ?? .probe, on: [], request.common)
        }
        var status: Int32 = 0
        var rest = request.items[...]
        while let first = rest.first {
            let batch = rest.prefix { $0.action == first.action }
            status |= run(first.action, on: batch.map(\.operand), request.common)
            rest = rest.dropFirst(batch.count)
        }
        return status
    }

    /// Runs one action on the operands that follow it; none of them means `--scan`.
    private func run(_ action: MiscRequest.Action, on operands: [String], _ options: CommonOptions) -> Int32 {
        let context = context(options)
        let states = StateVerbs(context: context, voice: voice, cluster: cluster)
        switch action {
        case .stop:
            if operands.isEmpty { return states.stopAll() }
            return options.isScan ? states.refuseToStop(operands) : states.stop(operands)
        case .run: return states.run(operands)
        case .readOnly: return states.readOnly(operands)
        case .readWrite: return states.readWrite(operands)
        case .wait: return states.wait(operands)
        case .waitClean: return states.waitClean(operands)
        case .sync(let word): return states.sync(operands, word)
        case .probe: return states.probe(operands)
        case .zeroSuperblock: return ZeroRunner(context: context).run(operands)
        case .dump(let directory):
            let dumper = Dumper(context, directory: directory)
            return copy(operands) { dumper.run($0) }
        case .restore(let source):
            let restorer = Restorer(context, source: source, isForSeveral: operands.count > 1)
            return copy(operands) { restorer.run($0) }
        case .udevRules(let file): return UdevRulesRunner(context: context, voice: voice).run(file: file)
        case .query, .detail, .examine, .explain, .examineBitmap, .examineBadBlocks:
            return look(action, at: operands, context)
        }
    }

    /// One device after the other; what is hopeless ends the list.
    private func copy(_ devices: [String], _ body: (String) -> DumpOutcome) -> Int32 {
        var status: Int32 = 0
        for device in devices {
            let outcome = body(device)
            status |= outcome.status
            if outcome == .hopeless { break }
        }
        return status
    }

    /// The actions that change nothing.
    private func look(_ action: MiscRequest.Action, at operands: [String], _ context: Context<K>) -> Int32 {
        let verbs = ReadVerbs(context: context, voice: voice)
        switch action {
        case .examine: return operands.isEmpty ? verbs.examineScan() : verbs.examine(devices: operands)
        case .detail: return operands.isEmpty ? verbs.detailScan() : verbs.detail(devices: operands)
        case .explain: return verbs.explain(operands: operands)
        case .examineBitmap: return verbs.examineBitmap(devices: operands)
        case .examineBadBlocks: return verbs.examineBadBlocks(devices: operands)
        default: return verbs.query(devices: operands)
        }
    }
}
