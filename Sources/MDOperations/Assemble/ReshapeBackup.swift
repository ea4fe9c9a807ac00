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

    /// Throws where the array must not be started: the driver would go on with the reshape, and a crash on the way,
    /// or the one that was, costs data. The result is why the file cannot be used, where that does not matter.
    func check(_ hazard: Reshape.Hazard, _ array: String, _ kernel: some Kernel)
        throws(AssembleRefusal) -> ReshapeRefusal?
    {
        guard let file else {
            if hazard == .criticalSection, !isInvalid { throw .reshape(.noBackup) }
            throw .reshape(.needsBackup(array: array, hasReverted: hasReverted))
        }
        var problem: ReshapeRefusal?
        do throws(SystemCallError) {
            let start = try kernel.read(file: file, limit: 16)
            let isBackup = start.starts(with: Array("md_backup_data-".utf8))
            if hazard == .criticalSection { problem = isBackup ? .notRestored(path: file) : .noneInBackup }
        } catch { problem = .backupNotOpened(path: file, error) }
        if let problem, !isInvalid { throw .reshape(problem) }
        return problem
    }
}
