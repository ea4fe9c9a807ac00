internal import MDBytes
internal import MDFormats
internal import MDModel

/// A change of shape that a superblock records.
enum ReshapeJSON {
    /// Null where none is under way.
    static func json(_ reshape: Reshape?) -> JSON {
        guard let reshape else { return .null }
        return .members([
            "position": .bytes(Sectors(reshape.position)), "delta_devices": .number(Int(reshape.deltaDisks)),
            "new_level": .text(reshape.newLevel.name),
            "new_layout": .text(LayoutNames.plainName(of: reshape.newLayout, level: reshape.newLevel)),
            "new_chunk": .count(reshape.newChunk.rawValue),
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
