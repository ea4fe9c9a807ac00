package import MDBytes


/// Why a request to create an array cannot be met, as far as the request itself shows it.
package enum CreateRefusal: Error, Hashable, Sendable {
    case noRaidDevices
    case noLevel
    /// A metadata format that this release cannot create.
    case metadata(String)
    /// A level that this release cannot create.
    case level(Level)
    /// A consistency policy that this release cannot create.
    case policy(String)
    /// A partial parity log goes neither with a bitmap nor with version 1.0.
    case pplForbidden
    case layoutNotMeaningful(Level)
    case layoutUnknown(String, Level)
    case layoutNeedsDevices(Int)
    case tooFewDevices(needed: Int, Level)
    case tooManyForLevel(limit: Int, Level)
    case tooManyDevices(limit: Int)
    case sparesForbidden(Level)
    case chunkForbidden
    case allMissing
    case missingForbidden
    case tooManyListed(listed: Int, wanted: Int)
    case tooFewListed
    case nodesWithoutCluster
    case tooFewNodes(Int)
    case clusterLevel
    case clusterLayout
    case clusterVersion
    case clusterWriteMostly(String)
    case bitmapNotMeaningful(Level)
    case bitmapChunk
    case locklessVersion
    case locklessChunk
    /// A lockless bitmap does not fit between the superblock and so many sectors.
    case locklessRoom(path: String, needed: Sectors)
    case writeBehindNeedsBitmap
    /// `--destroy` names an array that is not on the devices, or not able to start.
    case notDestroyed(UUID)
    /// The bitmaps of so many nodes do not fit in front of the data.
    case tooManyNodes(most: UInt64)
    case sizeBelowChunk
    case dataOffsetForbidden
    case version0(Version0Limit)
    /// The same device stands twice in the list.
    case listedTwice(String)

    /// Whether mdadm takes it for a wrong command line (exit status 2) and not for a failure (1).
    package var isUsageError: Bool {
        switch self {
        case .layoutNotMeaningful, .layoutUnknown, .tooFewNodes: true
        case .sparesForbidden(let level): level == .raid0 || level == .linear
        default: false
        }
    }
}
