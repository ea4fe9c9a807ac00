internal import MDKernel
internal import MDModel

/// What the command line says of a reshape and the copies that it kept: `--backup-file`, `--invalid-backup` and
/// `--update=revert-reshape`.
struct ReshapeBackup: Hashable, Sendable {
    var file: String?
    /// The array is to start whatever is in the file.
    var isInvalid: Bool
    /// The reshape is turned round first.
    var hasReverted: Bool

    init(_ request: AssembleRequest) {
        file = request.backupFile
        isInvalid = request.invalidBackup
        hasReverted = request.update == "revert-reshape"
    }

    /// What a search for copies came to.
    enum Outcome<K: Kernel> {
        case found(ReshapeRestorer<K>.Found)
        /// Nothing needs to be put back; or nothing can, for this reason, and that is wanted.
        case nothing(ReshapeRefusal?)
    }

    /// Looks for copies. Throws where the array must not be started: the driver would go on with the reshape, and a
    /// crash on the way, or the one that was, costs data.
    func search<K: Kernel>(
        with restorer: ReshapeRestorer<K>, _ array: String, tell: (ReshapeRemark) -> Void
    ) throws(AssembleRefusal) -> Outcome<K> {
        let hazard = restorer.reshape.hazard
        tell(.searching(array: array))
        var problem: ReshapeRefusal?
        if let file {
            do throws(ReshapeRefusal) { return .found(try restorer.found(in: file, tell: tell)) } catch {
                problem = error
            }
        }
        if case .backupNotOpened? = problem, let problem {
            guard isInvalid else { throw .reshape(problem) }
            return .nothing(problem)
        }
        if let found = restorer.foundOnMembers(tell: tell) { return .found(found) }
        guard let hazard else { return .nothing(nil) }
        if hazard == .criticalSection { tell(.notFound) }
        guard let problem else {
            if hazard == .criticalSection, !isInvalid { throw .reshape(.noBackup) }
            throw .reshape(.needsBackup(array: array, hasReverted: hasReverted))
        }
        guard hazard == .criticalSection else { return .nothing(nil) }
        guard isInvalid else { throw .reshape(problem) }
        return .nothing(problem)
    }
}
