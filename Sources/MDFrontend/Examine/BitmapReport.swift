internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// `--examine-bitmap`.
package enum BitmapReport {
    /// The report on the bitmap of the device at `path`.
    package static func text(path: String, _ facts: BitmapFacts) -> String {
        let header = facts.header
        var lines = [
            line("Filename", path.escapedText),
            line("Magic", header.magic.hex(width: 8)),
            line("Version", Int32(bitPattern: header.version)),
        ]
        if header.isCountable {
            lines.append(line("UUID", (facts.isVersion0 ? header.uuid.swappingWords : header.uuid).colonText))
            if !facts.isClustered, let part = facts.parts.first { lines += freshness(part.header) }
            lines += shape(header)
            lines += facts.isClustered ? cluster(facts) : facts.parts.flatMap(bits)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func freshness(_ header: BitmapSuperblock) -> [String] {
        let state =
            switch header.state {
            case 0: "OK"
            case 2: "Out of date"
            default: "Unknown"
            }
        return [
            line("Events", header.events), line("Events Cleared", header.eventsCleared), line("State", state),
        ]
    }

    private static func shape(_ header: BitmapSuperblock) -> [String] {
        let writes =
            header.writeBehind == 0
            ? "Normal" : "Allow write behind, max \(Int32(bitPattern: header.writeBehind))"
        return [
            line("Chunksize", chunkWords(header.chunk)),
            line("Daemon", "\(Int32(bitPattern: header.daemonSleep))s flush period"),
            line("Write Mode", writes),
            line("Sync Size", "\(header.syncSize.kibibytes)\(SizeWords.long(header.syncSize))"),
        ]
    }

    /// Whole units, rounded down.
    private static func chunkWords(_ bytes: UInt32) -> String {
        var rest = bytes
        var units = ["B", "KB", "MB", "GB"][...]
        while rest >= 1024, units.count > 1 {
            rest /= 1024
            units = units.dropFirst()
        }
        return "\(rest) \(units.first ?? "")"
    }

    private static func cluster(_ facts: BitmapFacts) -> [String] {
        var lines = [
            line("Cluster nodes", Int32(bitPattern: facts.header.nodes)),
            line("Cluster name", ClusterWords.field(facts.header.clusterName)),
        ]
        for (node, part) in facts.parts.enumerated() {
            lines += [line("Node Slot", node)] + freshness(part.header) + bits(part)
        }
        return lines
    }

    private static func bits(_ part: BitmapFacts.Part) -> [String] {
        guard let bits = part.bits else { return [] }
        let percent = PercentWords.text(bits.dirty, of: bits.total)
        return [line("Bitmap", "\(bits.total) bits (chunks), \(bits.dirty) dirty (\(percent)%)")]
    }

    private static func line(_ label: String, _ value: some CustomStringConvertible) -> String {
        "\(label.padded(to: 16)) : \(value)"
    }
}

/// Percentages with one decimal.
enum PercentWords {
    /// `33.3`: what the C library's `%2.1f` makes of 100.0 * part / whole.
    static func text(_ part: UInt64, of whole: UInt64) -> String {
        let percent = 100.0 * Double(part) / Double(max(whole, 1))
        guard percent >= 0.01, percent.exponent < 52 else { return "0.0" }
        // The exact value of the Double is significand * 2^(exponent-52), so tenths are exact, too.
        let shift = UInt64(52 - percent.exponent)
        let scaled = (percent.significandBitPattern | 1 << 52) * 10
        var tenths = scaled >> shift
        let rest = scaled - tenths << shift
        let half: UInt64 = 1 << (shift - 1)
        if rest > half || rest == half && tenths % 2 == 1 { tenths += 1 }
        return "\(tenths / 10).\(tenths % 10)"
    }
}
