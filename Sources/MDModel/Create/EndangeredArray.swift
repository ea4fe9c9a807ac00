package import MDBytes
package import MDFormats

/// An array that a creation would end: what is left of it on the devices would be enough to start it.
package struct EndangeredArray: Hashable, Sendable {
    /// In the order in which `--examine` prints it.
    package var uuid: UUID
    package var level: Level
    /// The stored name; empty with metadata 0.90.
    package var name: [UInt8] = []
    /// Its current members among the devices.
    package var members: [String] = []
    package var raidDisks: Int

    /// A device's superblocks.
    package struct Device: Hashable, Sendable {
        package var path: String
        package var superblock: SuperblockV1?
        package var elder: SuperblockV0?

        package init(path: String, superblock: SuperblockV1?, elder: SuperblockV0?) {
            self.path = path
            self.superblock = superblock
            self.elder = elder
        }
    }

    /// The arrays among `devices` that could start from these alone, if need be with `--force`, in the order of
    /// their first member.
    package static func all(on devices: [Device]) -> [EndangeredArray] {
        let images = devices.compactMap(Image.init)
        var seen: Set<UUID> = []
        return images.compactMap { seen.insert($0.uuid).inserted ? array($0.uuid, images) : nil }
    }

    private static func array(_ uuid: UUID, _ images: [Image]) -> EndangeredArray? {
        let mine = images.filter { $0.uuid == uuid }
        guard let freshest = mine.max(by: { $0.events < $1.events }) else { return nil }
        // The driver itself takes a member whose count is one behind for current.
        let current = mine.filter { $0.slot != nil && $0.events &+ 1 >= freshest.events }
        let isEnough = Sufficiency.isEnough(
            level: freshest.level, raidDisks: freshest.raidDisks, layout: freshest.layout, isClean: true,
            available: Set(current.compactMap(\.slot)))
        guard isEnough else { return nil }
        return EndangeredArray(
            uuid: uuid, level: freshest.level, name: freshest.name, members: current.map(\.path),
            raidDisks: freshest.raidDisks)
    }

    /// What counts of a superblock of either format.
    private struct Image {
        var path: String
        var uuid: UUID
        var name: [UInt8]
        var level: Level
        var layout: UInt32
        var raidDisks: Int
        var events: UInt64
        /// The slot it fills; nil for spares, and for members that are being rebuilt.
        var slot: Int?

        init?(_ device: Device) {
            path = device.path
            if let block = device.superblock {
                uuid = block.arrayUUID
                name = block.name
                level = Level(rawValue: block.level)
                layout = block.layout
                raidDisks = Int(block.raidDisks)
                events = block.events
                if case .active(let place) = block.ownRole, !block.features.contains(.recoveryOffset) { slot = place }
            } else if let block = device.elder {
                uuid = UUID(bytes: block.uuidWords.flatMap { word in
                    (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
                })
                name = []
                level = Level(rawValue: block.level)
                layout = block.layout
                raidDisks = Int(block.raidDisks)
                events = block.events
                if block.ownDisk.state.contains(.sync) { slot = Int(block.ownDisk.raidDisk) }
            } else {
                return nil
            }
            // No count from a disk may lead to long loops.
            guard (1...1920).contains(raidDisks) else { return nil }
            if let place = slot, place >= raidDisks { slot = nil }
        }
    }
}
