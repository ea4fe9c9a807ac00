/// What POLICY and PART-POLICY lines let be done to a disk that turns up.
package enum DevicePolicy {
    /// Each of these includes those before it.
    package enum Action: String, CaseIterable, Hashable, Sendable {
        case include
        case reAdd = "re-add"
        case spare
        case spareSameSlot = "spare-same-slot"
        case forceSpare = "force-spare"

        /// Whether a disk for which this is allowed may be re-added.
        package var includesReAdd: Bool { self != .include }
        /// Whether a disk may become a spare without anybody's asking.
        var makesSpares: Bool { self == .spareSameSlot || self == .forceSpare }
    }

    /// What lines can ask of a disk.
    package struct Disk: Hashable, Sendable {
        /// Its names in /dev/disk/by-path.
        package var places: [String]
        package var isPartition: Bool
        package var format: AutoRule.Format

        package init(places: [String], isPartition: Bool, format: AutoRule.Format) {
            self.places = places
            self.isPartition = isPartition
            self.format = format
        }
    }

    /// The most that the lines allow; nil where none speaks of the disk, or one of those that do has a word for it
    /// that has no meaning.
    package static func action(for disk: Disk, by lines: [Configuration.PolicyLine]) -> Action? {
        var most: Int?
        for word in words("action", for: disk, by: lines) {
            guard let rank = Action.allCases.firstIndex(where: { $0.rawValue == word }) else { return nil }
            most = max(most ?? 0, rank)
        }
        return most.map { Action.allCases[$0] }
    }

    /// Whether the lines let an array that nobody named be assembled, though the AUTO line may not. There is no word
    /// that forbids it.
    package static func allowsAssembly(of disk: Disk, isLocal: Bool, by lines: [Configuration.PolicyLine]) -> Bool {
        let words = words("auto", for: disk, by: lines)
        return words.contains("yes") || isLocal && words.contains("homehost")
    }

    private static func words(_ key: String, for disk: Disk, by lines: [Configuration.PolicyLine]) -> [String] {
        lines.filter { $0.unknownFormat == nil && $0.speaks(of: disk) }.flatMap { $0.values(of: key) }
    }
}

extension Configuration.PolicyLine {
    /// A word behind `metadata=` that means no format; the line then means nothing.
    package var unknownFormat: String? {
        let known = AutoRule.Format.version0.names + AutoRule.Format.version1.names + MetadataWord.externals
            + MetadataWord.partitionTables
        return values(of: "metadata").first { !known.contains($0) }
    }

    /// Whether it only counts for disks in certain places.
    package var goesByPlace: Bool { !values(of: "path").isEmpty }

    func values(of key: String) -> [String] { rules.filter { $0.key == key }.map(\.value) }

    /// Several values of a key are alternatives.
    fileprivate func speaks(of disk: DevicePolicy.Disk) -> Bool {
        if isForPartitions, !disk.isPartition { return false }
        return allows("path") { place in disk.places.contains { Glob(place).matches($0) } }
            && allows("type") { $0 == (disk.isPartition ? "part" : "disk") }
            && allows("metadata") { disk.format.names.contains($0) }
    }

    private func allows(_ key: String, _ isMet: (String) -> Bool) -> Bool {
        let values = values(of: key)
        return values.isEmpty || values.contains(where: isMet)
    }
}
