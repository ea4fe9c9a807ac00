internal import MDBytes
internal import MDFormats
internal import MDModel

/// A change of shape that a superblock records.
enum ReshapeJSON {
    /// Null where none is under way.
    static func json(_ superblock: SuperblockV1) -> JSON {
        guard superblock.features.contains(.reshape) else { return .null }
        return json(
            position: Sectors(superblock.reshapePosition), delta: superblock.deltaDisks,
            level: Level(rawValue: superblock.newLevel), layout: superblock.newLayout,
            chunk: Sectors(UInt64(superblock.newChunk)).bytes)
    }

    static func json(_ superblock: SuperblockV0) -> JSON {
        guard superblock.isReshaping else { return .null }
        return json(
            position: Sectors(superblock.reshapePosition), delta: superblock.deltaDisks,
            level: Level(rawValue: superblock.newLevel), layout: superblock.newLayout,
            chunk: ByteCount(UInt64(superblock.newChunk)))
    }

    private static func json(
        position: Sectors, delta: Int32, level: Level, layout: UInt32, chunk: ByteCount
    ) -> JSON {
        .members([
            "position": .bytes(position), "delta_devices": .number(Int(delta)), "new_level": .text(level.name),
            "new_layout": .text(LayoutNames.plainName(of: Int32(bitPattern: layout), level: level)),
            "new_chunk": .count(chunk.rawValue),
        ])
    }
}

extension LayoutNames {
    /// The layout as it is asked for: `left-symmetric`, `n2`; nil for a level without layouts and for an unknown one.
    static func plainName(of layout: Int32, level: Level) -> String? {
        guard level == .raid10 else { return name(of: layout, level: level) }
        let word = Raid10Layout(rawValue: layout)
        switch (word.near, word.far) {
        case (0, _), (_, 0): return nil
        case (let near, 1): return "n\(near)"
        case (1, let far): return (word.isOffset ? "o" : "f") + "\(far)"
        case (let near, let far): return "n\(near)" + (word.isOffset ? "o" : "f") + "\(far)"
        }
    }
}
