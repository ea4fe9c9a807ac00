/// An option by its meaning; the raw value is the long spelling that we teach.
package enum OptionID: String, CaseIterable, Hashable, Sendable {
    // Modes.
    case manage, assemble, build, create, misc, monitor, follow, grow, incremental
    case autoDetect = "auto-detect"
    case noSharing = "no-sharing"

    // Actions on members.
    case add, remove, fail, replace, with
    case addSpare = "add-spare"
    case addJournal = "add-journal"
    case reAdd = "re-add"
    case clusterConfirm = "cluster-confirm"

    // Actions on anything.
    case query, detail, examine, explain, run, stop, readonly, readwrite, wait, dump, restore, action
    case examineBitmap = "examine-bitmap"
    case examineBadBlocks = "examine-badblocks"
    case zeroSuperblock = "zero-superblock"
    case waitClean = "wait-clean"
    case detailPlatform = "detail-platform"
    case killSubarray = "kill-subarray"
    case updateSubarray = "update-subarray"
    case udevRules = "udev-rules"

    // Neutral.
    case help, version, verbose, quiet, brief, export, offroot, prefer
    case helpOptions = "help-options"
    case noDevices = "no-devices"
    case homeHost = "homehost"
    case dryRun = "dry-run"

    // The shape of an array.
    case level, layout, chunk, size, bitmap, name, uuid, metadata, nodes, delay
    case raidDevices = "raid-devices"
    case spareDevices = "spare-devices"
    case dataOffset = "data-offset"
    case arraySize = "array-size"
    case bitmapChunk = "bitmap-chunk"
    case writeBehind = "write-behind"
    case writeMostly = "write-mostly"
    case writeJournal = "write-journal"
    case writeZeroes = "write-zeroes"
    case destroy
    case assumeClean = "assume-clean"
    case consistencyPolicy = "consistency-policy"
    case logicalBlockSize = "logical-block-size"
    case homeCluster = "home-cluster"
    case failFast = "failfast"
    case noFailFast = "nofailfast"

    // How a verb goes about it.
    case force, test, scan, config, update, auto, path
    case superMinor = "super-minor"
    case noDegraded = "no-degraded"
    case backupFile = "backup-file"
    case invalidBackup = "invalid-backup"
    case `continue`
    case rebuildMap = "rebuild-map"
    case sparc22 = "sparc2.2"

    // Monitor.
    case mail, program, increment, daemonise, oneshot, syslog
    case pidFile = "pid-file"

    // The cluster.
    case clusterAgent = "cluster-agent"
    case clusterStatus = "cluster-status"
    case json
    case join, leave, candidate, nack, slot, timeout, resync, undo
}
