package import MDBytes
internal import MDFormats

/// A request to create an array, judged: all that can be known before a device is looked at.
package struct CreateShape: Hashable, Sendable {
    package var level: Level
    /// The layout as it is stored.
    package var layout: Int32
    /// Zero for levels without a chunk.
    package var chunk: Sectors
    package var raidDisks: Int
    package var spareDisks: Int
    package var format: CreateFormat
    package var bitmap: Bitmap
    /// `-k ppl`: each member gets a partial parity log.
    package var hasPPL: Bool
    /// The operands; the first `raidDisks` are the slots.
    package var operands: [DeviceOperand]
    /// Whether somebody asked for a place of the data, be it one for each device.
    package var placesData: Bool
    /// What was chosen here because the user said nothing.
    package var defaults: Defaults = []

    /// The bitmap the array gets.
    package enum Bitmap: Hashable, Sendable {
        case none, `internal`, lockless
        case clustered(nodes: Int)
    }

    /// What was chosen because nobody asked for anything.
    package struct Defaults: OptionSet, Hashable, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let metadata = Defaults(rawValue: 1)
        package static let layout = Defaults(rawValue: 2)
        package static let chunk = Defaults(rawValue: 4)
    }

    /// `--bitmap=clustered` without `--nodes`.
    package static let defaultNodes = 4
    private static let defaultChunk = Sectors(1024)

    /// Judges `request`; `metadata` is the CREATE line's, for where the request has none.
    package init(judging request: CreateRequest, metadata: String?) throws(CreateRefusal) {
        guard let raidDevices = request.raidDevices, raidDevices > 0 else { throw .noRaidDevices }
        guard let level = request.level else { throw .noLevel }
        guard level != .container else { throw .level(level) }
        self.level = level
        raidDisks = raidDevices
        spareDisks = request.spareDevices ?? 0
        operands = request.devices
        placesData = request.dataOffset != nil || request.hasOwnOffsets
        let word = request.common.metadata ?? metadata
        guard let format = CreateFormat(word: word) else { throw .metadata(word ?? "") }
        self.format = format
        if word == nil { defaults.insert(.metadata) }
        layout = try Self.layout(request.layout, level: level)
        if request.layout == nil, level == .raid5 || level == .raid6 || level == .raid10 || level == .faulty {
            defaults.insert(.layout)
        }
        chunk = Self.chunk(request.chunkKiB, level: level)
        if request.chunkKiB == nil, chunk != .zero { defaults.insert(.chunk) }
        bitmap = try Self.bitmap(request, level: level)
        hasPPL = request.consistencyPolicy == "ppl"
        try checkCounts()
        guard bitmap == .none || level.rawValue > 0 else { throw .bitmapNotMeaningful(level) }
        guard raidDisks >= copies else { throw .layoutNeedsDevices(copies) }
        guard request.chunkKiB == nil || level.isStriped || level == .linear else { throw .chunkForbidden }
        try checkLimits()
        try checkCluster()
        if bitmap == .lockless {
            guard format == .version1(.fourKiBIn) else { throw .locklessVersion }
            guard request.bitmapChunk == nil else { throw .locklessChunk }
        }
        if hasPPL, format == .version0 { throw .version0(.partialParityLog) }
        if level == .raid0, format == .version0, request.layout != nil, !isDangerous { throw .version0(.raid0Layout) }
        // mdadm writes a log for 1.0 to a place that it takes for a positive one.
        if hasPPL, format.isAtEnd || bitmap != .none { throw .pplForbidden }
        let namesOffset = request.dataOffset != nil || operands.contains { $0.dataOffset != nil }
        if namesOffset, format == .version1(.atEnd) { throw .dataOffsetForbidden }
    }

    /// How often raid10 stores each block; 1 for other levels.
    package var copies: Int { level == .raid10 ? max(1, Raid10Layout(rawValue: layout).copies) : 1 }

    /// Whether a raid0 is to record no layout, as kernels of old did.
    package var isDangerous: Bool { level == .raid0 && layout == 0 }

    /// Which operand is the write journal.
    package var journal: Int? { operands.firstIndex(where: \.isJournal) }

    /// A missing one takes a place among the operands, and the array has none.
    package var hasJournal: Bool { journal.map { !operands[$0].isMissing } ?? false }

    /// Sectors that are kept free behind the superblock of a device of this size, for a log or a bitmap.
    package func reserve(for size: Sectors) -> UInt64 {
        hasPPL ? PartialParityLog.sectors : MemberGeometry.bitmapReserve(for: size)
    }

    /// Whether the component size is left to each member.
    package var hasNoComponentSize: Bool { level == .raid0 || level == .linear }

    private static func layout(_ text: String?, level: Level) throws(CreateRefusal) -> Int32 {
        guard let text else {
            return switch level {
            case .raid0: 1
            case .raid5, .raid6: 2
            case .raid10: 0x102
            case .faulty: LayoutNames.number(named: "none", level: level) ?? 0
            default: 0
            }
        }
        guard level == .raid0 || level == .raid5 || level == .raid6 || level == .raid10 || level == .faulty else {
            throw .layoutNotMeaningful(level)
        }
        guard let number = LayoutNames.number(named: text, level: level) else {
            throw .layoutUnknown(text, level)
        }
        return number
    }

    private static func chunk(_ kibibytes: UInt64?, level: Level) -> Sectors {
        guard let kibibytes else { return level.isStriped ? defaultChunk : .zero }
        return Sectors(min(kibibytes, UInt64(UInt32.max) / 2) * 2)
    }

    private static func bitmap(_ request: CreateRequest, level: Level) throws(CreateRefusal) -> Bitmap {
        var choice = request.bitmap
        switch request.consistencyPolicy {
        case nil, "resync", "journal", "ppl": break
        // Without --run it was asked, and the answer counts.
        case "bitmap": if choice == .unspecified, request.common.run { choice = .internal }
        case let other?: throw .policy(other)
        }
        if choice != .clustered, request.nodes ?? 0 > 0 { throw .nodesWithoutCluster }
        switch choice {
        case .unspecified, .none: return .none
        // Whether the level knows bitmaps at all is judged after the counts.
        case .internal: return .internal
        case .lockless: return .lockless
        case .clustered:
            guard level == .raid1 || level == .raid10 else { throw .clusterLevel }
            let nodes = request.nodes ?? defaultNodes
            guard nodes >= 2 else { throw .tooFewNodes(nodes) }
            return .clustered(nodes: nodes)
        }
    }

    private func checkCounts() throws(CreateRefusal) {
        if level.rawValue <= 0, spareDisks > 0 { throw .sparesForbidden(level) }
        let needed = level == .raid6 ? 4 : level.rawValue >= 4 ? 2 : 1
        guard raidDisks >= needed else { throw .tooFewDevices(needed: needed, level) }
        if level == .raid6, raidDisks > 256 { throw .tooManyForLevel(limit: 256, level) }
        let (wanted, overflow) = raidDisks.addingReportingOverflow(spareDisks)
        guard !overflow, wanted < .max else { throw .tooManyDevices(limit: format.diskLimit) }
        let listed = wanted + (journal == nil ? 0 : 1)
        guard operands.count <= listed else { throw .tooManyListed(listed: operands.count, wanted: wanted) }
        guard operands.count == listed else { throw .tooFewListed }
    }

    private func checkLimits() throws(CreateRefusal) {
        if format == .version0, raidDisks > format.diskLimit { throw .version0(.disks) }
        guard !operands.allSatisfy(\.isMissing) else { throw .allMissing }
        guard raidDisks + spareDisks <= format.diskLimit else { throw .tooManyDevices(limit: format.diskLimit) }
    }

    /// Refuses empty slots where nothing is stored twice; to be asked once the devices were told of, as by mdadm.
    package func checkMissing() throws(CreateRefusal) {
        guard level.rawValue > 0 || !operands.contains(where: \.isMissing) else { throw .missingForbidden }
    }

    private func checkCluster() throws(CreateRefusal) {
        guard case .clustered = bitmap else { return }
        if level == .raid10 {
            let words = Raid10Layout(rawValue: layout)
            guard words.far == 1, !words.isOffset else { throw .clusterLayout }
        }
        guard format == .version1(.fourKiBIn) else { throw .clusterVersion }
        if let operand = operands.first(where: { $0.isWriteMostly == true && !$0.isMissing }) {
            throw .clusterWriteMostly(operand.path)
        }
    }
}
