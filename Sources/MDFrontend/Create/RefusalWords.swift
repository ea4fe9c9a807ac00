internal import MDBytes
internal import MDModel
internal import MDOperations

extension CreateRefusal {
    var words: String {
        switch self {
        case .noRaidDevices: "no raid-devices specified."
        case .noLevel: "a RAID level is needed to create an array."
        case .metadata(let word):
            "metadata \(word.escapedText) cannot be created by this release; 0.90, 1.0, 1.1 and 1.2 can"
        case .level(let level): "level \(level.name ?? String(level.rawValue)) cannot be created by this release"
        case .policy(let word): "consistency policy \(word.escapedText) cannot be created by this release"
        case .pplForbidden: "a partial parity log needs metadata 1.1 or 1.2 and goes with no bitmap"
        case .layoutNotMeaningful(let level): "layout not meaningful for \(level.name ?? "such") arrays."
        case .layoutUnknown(let text, .raid10):
            "layout for raid10 must be 'nNN', 'oNN' or 'fNN' where NN is a number, not \(text.escapedText)"
        case .layoutUnknown(let text, let level):
            "layout \(text.escapedText) not understood for \(level.name ?? "this level")."
        case .layoutNeedsDevices(let count): "that layout requires at least \(count) devices"
        case .sparesForbidden(.multipath), .sparesForbidden(.faulty): "This level does not support spare devices"
        case .sparesForbidden(let level): "spare-devices setting is incompatible with raid level \(level.rawValue)"
        case .chunkForbidden: "specifying chunk size is forbidden for this level"
        case .sizeBelowChunk: "Size cannot be smaller than chunk."
        case .dataOffsetForbidden: "--data-offset has no meaning for version 1.0, whose data begins at 0"
        case .version0(let limit): limit.words
        case .listedTwice(let path): "failed to open \(path.escapedText) after earlier success - aborting"
        default: aboutCounts
        }
    }

    private var aboutCounts: String {
        switch self {
        case .tooFewDevices(let needed, let level): "at least \(needed) raid-devices needed for level \(level.rawValue)"
        case .tooManyForLevel(let limit, let level):
            "no more than \(limit) raid-devices supported for level \(level.rawValue)"
        case .tooManyDevices(let limit):
            "Too many devices: \(limit < 1920 ? "0.90" : "1.x") metadata only supports \(limit)"
        case .allMissing: "Subdevs can't be all missing"
        case .missingForbidden: "This level does not support missing devices"
        case .tooManyListed(let listed, let wanted):
            "You have listed more devices (\(listed)) than are in the array(\(wanted))!"
        case .tooFewListed: "You haven't given enough devices (real or missing) to create this array"
        default: aboutBitmaps
        }
    }

    private var aboutBitmaps: String {
        switch self {
        case .nodesWithoutCluster: "--nodes argument only compatible with --bitmap=clustered"
        case .tooFewNodes(let count): "clustered array needs two nodes at least: \(count)"
        case .clusterLevel: "--bitmap=clustered is currently supported with raid1/10 only"
        case .clusterLayout: "only near layout is supported with clustered raid10"
        case .clusterVersion: "Warning: cluster md only works with superblock 1.2"
        case .clusterWriteMostly(let path):
            "Can not set \(path.escapedText) --write-mostly with a clustered bitmap"
        case .bitmapNotMeaningful(let level): "bitmaps not meaningful with level \(level.name ?? "")"
        case .writeBehindNeedsBitmap: "write-behind mode requires a bitmap."
        case .notDestroyed(let uuid):
            "--destroy=\(uuid.colonText): the devices hold no such array that could start; look with --examine"
        case .locklessVersion: "lockless bitmap is only supported with creating the array with 1.2 metadata"
        case .locklessChunk: "lockless bitmap doesn't support chunksize"
        case .locklessRoom(let path, let needed):
            "the lockless bitmap on \(path.escapedText) would reach into the data: "
                + "--data-offset must be \(needed.kibibytes)K at least"
        case .bitmapChunk: "Given bitmap chunk size not supported."
        case .tooManyNodes(let most):
            "the bitmaps of so many nodes would reach into the data; there is room for \(most)"
        default: ""
        }
    }
}

extension Version0Limit {
    fileprivate var words: String {
        switch self {
        case .disks: "0.90 metadata supports at most 27 devices per array"
        case .moved:
            "0.90 metadata has no row for a disk that is moved behind 26 others to be recovered; "
                + "--force or --assume-clean leave it in its slot"
        case .dataOffset: "data-offset not support for 0.90"
        case .raid0Layout: "0.90 metadata does not support layouts for RAID0"
        case .unevenRaid0: "Need explicit layout=dangerous to create 0.90 raid0 on non-uniform sized devices"
        case .size: "0.90 metadata supports at most 4 terabytes per device"
        case .devices(let level): "devices too large for RAID level \(level.rawValue)"
        case .partialParityLog: "0.90 metadata does not support PPL"
        }
    }
}

extension ArrayOperand.Refusal {
    var words: String {
        switch self {
        case .badPath(let path, let advice):
            "\(path.escapedText) is an invalid name for an md device."
                + (advice.map { "  Try \($0.escapedText)" } ?? "")
        case .badLength(let name):
            "Value \"\(name.escapedText)\" cannot be set as devname. Reason: Too long or empty."
        case .keyword(let name):
            "Value \"\(name.escapedText)\" cannot be set as devname. "
                + "Reason: Special keyword is invalid in this context."
        }
    }
}
