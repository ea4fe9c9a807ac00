package import MDBytes

/// mdadm's map of arrays, /run/mdadm/map: one line an array, `mdN metadata uuid path`.
package struct ArrayMap: Hashable, Sendable {
    package static let path = "/run/mdadm/map"
    package static let lockPath = "/run/mdadm/map.lock"

    /// One line of the file.
    package struct Entry: Hashable, Sendable {
        /// The kernel's name, `md127`.
        package var name: String
        /// `1.2`, `none`, …
        package var metadata: String
        /// The array's uuid in the order of the superblock; the file holds each word byte-swapped.
        package var uuid: UUID
        /// The node the array is known by, `/dev/md/home`.
        package var path: String

        package init(name: String, metadata: String, uuid: UUID, path: String) {
            self.name = name
            self.metadata = metadata
            self.uuid = uuid
            self.path = path
        }
    }

    package var entries: [Entry] = []

    package init() {}

    /// Reads the file; malformed lines are skipped.
    package init(reading text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 4, words[3].utf8.count <= 200, let uuid = UUID(mapWord: words[2]) else { continue }
            entries.append(
                Entry(
                    name: String(words[0]), metadata: String(words[1]), uuid: uuid.swappingWords,
                    path: String(words[3])))
        }
    }

    /// The file's text.
    package var text: String {
        entries.map { "\($0.name) \($0.metadata) \($0.uuid.swappingWords.colonText) \($0.path)\n" }.joined()
    }

    /// The entry of an array by its uuid.
    package func entry(uuid: UUID) -> Entry? { entries.first { $0.uuid == uuid } }
    /// The entry of an array by its kernel name.
    package func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

    /// The map with `entry` in the place of the one of its name, or else in front; no other has its uuid. The rest
    /// comes in reverse, as whenever mdadm writes the file.
    package func adding(_ entry: Entry) -> ArrayMap {
        var map = self
        map.entries.removeAll { !entry.uuid.isZero && $0.uuid == entry.uuid && $0.name != entry.name }
        map.entries.reverse()
        if let place = map.entries.firstIndex(where: { $0.name == entry.name }) {
            map.entries[place] = entry
        } else {
            map.entries.insert(entry, at: 0)
        }
        return map
    }

    /// The map without the array of this kernel name, the rest in reverse.
    package func removing(_ name: String) -> ArrayMap {
        var map = self
        map.entries.removeAll { $0.name == name }
        map.entries.reverse()
        return map
    }
}

extension UUID {
    /// Four numbers in hex, which need not have all their digits.
    fileprivate init?(mapWord word: Substring) {
        let numbers = word.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0, radix: 16) }
        guard numbers.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for number in numbers {
            guard let number else { return nil }
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        self.init(bytes: bytes)
    }

    /// The same uuid with the bytes of each of its four words reversed: the form of the map file.
    package var swappingWords: UUID {
        var swapped: [UInt8] = []
        for start in stride(from: 0, to: 16, by: 4) {
            swapped += bytes[start..<start + 4].reversed()
        }
        return UUID(bytes: swapped)
    }
}
