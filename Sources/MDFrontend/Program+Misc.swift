internal import MDModel

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
        case .stop: return operands.isEmpty ? states.stopAll() : states.stop(operands)
        case .run: return states.run(operands)
        case .readOnly: return states.readOnly(operands)
        case .readWrite: return states.readWrite(operands)
        case .wait: return states.wait(operands)
        case .probe: return states.probe(operands)
        case .examine where !operands.isEmpty:
            return ReadVerbs(context: context, voice: voice).examine(devices: operands)
        case .detail:
            let verbs = ReadVerbs(context: context, voice: voice)
            return operands.isEmpty ? verbs.detailScan() : verbs.detail(devices: operands)
        case .zeroSuperblock:
            let runner = ZeroRunner(context: context)
            return operands.reduce(0) { $0 | runner.run($1) }
        case .query, .examine, .examineBitmap:
            return notBuilt("\(action)")
        }
    }
}
