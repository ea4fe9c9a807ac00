package import MDBytes

/// A request to build an array without metadata, judged as far as the words go.
package struct BuildShape: Hashable, Sendable {
    package var level: Level
    /// As the kernel has it.
    package var layout: Int32
    /// Zero where the level has none and none was given.
    package var chunk: Sectors
    /// KiB of each member; 0 for all of it.
    package var size: UInt64
    package var raidDisks: Int
    /// One for each slot.
    package var operands: [DeviceOperand]
    package var isClean: Bool
    /// Nobody asked for the layout, and the level has several.
    package var isLayoutDefault: Bool

    private static let defaultChunk = Sectors(128)

    private static func defaultLayout(of level: Level) -> Int32 {
        switch level {
        case .raid10: 0x102
        case .faulty: LayoutNames.number(named: "default", level: level) ?? 0
        default: 0
        }
    }

    /// Judges `request` in mdadm's order.
    package init(judging request: BuildRequest) throws(BuildRefusal) {
        guard let raidDisks = request.raidDevices, raidDisks > 0 else { throw .noRaidDevices }
        guard let level = request.level else { throw .noLevel }
        guard request.bitmap == .unspecified || request.bitmap == .none else { throw .bitmap }
        guard request.writeBehind ?? 0 == 0 else { throw .writeBehind }
        self.level = level
        self.raidDisks = raidDisks
        operands = request.devices
        isClean = request.assumeClean
        isLayoutDefault = request.layout == nil && (level == .raid10 || level == .faulty)
        layout =
            request.layout.flatMap { LayoutNames.number(named: $0, level: level) } ?? Self.defaultLayout(of: level)
        if let kibibytes = request.chunkKiB {
            chunk = Sectors(min(kibibytes, UInt64(UInt32.max) / 2) * 2)
        } else {
            chunk = level == .raid0 || level == .linear ? Self.defaultChunk : .zero
        }
        if case .sectors(let asked)? = request.size { size = asked.kibibytes } else { size = 0 }
    }

    /// There must be a device for each slot; to be asked once all were looked at, as by mdadm.
    package func checkCount() throws(BuildRefusal) {
        guard operands.count == raidDisks else { throw .miscounted(wanted: raidDisks, listed: operands.count) }
    }

    /// Whether a slot stays empty: only the word in small letters says so here.
    package static func isMissing(_ operand: DeviceOperand) -> Bool { operand.path == "missing" }
}

/// Why a request to build an array cannot be met, as far as the request itself shows it.
package enum BuildRefusal: Error, Hashable, Sendable {
    case noRaidDevices
    case noLevel
    case bitmap
    case writeBehind
    case miscounted(wanted: Int, listed: Int)
}
