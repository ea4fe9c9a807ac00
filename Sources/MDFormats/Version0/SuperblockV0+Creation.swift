package import MDBytes

extension SuperblockV0 {
    /// What the superblocks of a fresh array have in common.
    package struct NewArray: Hashable, Sendable {
        /// Its bytes are the four words, least significant byte first.
        package var uuid: UUID
        /// Seconds since the epoch.
        package var time: UInt32
        package var level: Int32
        package var layout: UInt32 = 0
        /// KiB that each member gives; 0 where it gives all it has.
        package var size: UInt32 = 0
        /// Bytes.
        package var chunk: UInt32 = 0
        package var raidDisks: UInt32
        /// Numbers that were dealt out, those of empty slots included.
        package var diskCount: UInt32
        package var state: State = []
        package var spareDisks: UInt32 = 0

        package init(uuid: UUID, time: UInt32, level: Int32, raidDisks: UInt32, diskCount: UInt32) {
            self.uuid = uuid
            self.time = time
            self.level = level
            self.raidDisks = raidDisks
            self.diskCount = diskCount
        }
    }

    /// The superblock of a fresh array with its table of disks. It belongs to no disk yet, and is not sealed.
    package init(_ array: NewArray, disks: [Disk]) {
        order = .host
        words = [UInt32](repeating: 0, count: Self.byteCount / 4)
        words[Word.magic] = SuperblockV1.Layout.magicNumber
        words[2] = 90
        for (index, place) in [5, 13, 14, 15].enumerated() {
            words[place] = array.uuid.bytes[Field<UInt32>(at: 4 * index)]
        }
        words[6] = array.time
        words[7] = UInt32(bitPattern: array.level)
        words[8] = array.size
        words[9] = array.diskCount
        words[10] = array.raidDisks
        words[32] = array.time
        words[33] = array.state.rawValue
        let active = UInt32(clamping: disks.filter { $0.state.contains(.sync) }.count)
        words[34] = active
        words[35] = UInt32(clamping: disks.count)
        words[36] = array.raidDisks - min(active, array.raidDisks)
        words[37] = array.spareDisks
        words[Word.eventsLow] = 1
        words[64] = array.layout
        words[65] = array.chunk
        for disk in disks { enter(disk) }
    }

    /// Makes it the superblock of one disk.
    package mutating func assign(to disk: Disk) { enter(disk, at: Word.ownDisk) }

    /// Enters a disk into the table; one without a row there is left out.
    package mutating func enter(_ disk: Disk) {
        guard disk.number < UInt32(Self.diskLimit) else { return }
        enter(disk, at: Word.disks + Word.descriptor * Int(disk.number))
    }

    private mutating func enter(_ disk: Disk, at first: Int) {
        words.replaceSubrange(
            first..<first + 5, with: [disk.number, disk.major, disk.minor, disk.raidDisk, disk.state.rawValue])
    }
}

extension SuperblockV0.Disk {
    /// A row for `device`; `raidDisk` is its slot, or what stands there for a disk without one.
    package init(number: UInt32, device: DeviceNumber, raidDisk: UInt32, state: SuperblockV0.DiskState) {
        self.number = number
        major = device.major
        minor = device.minor
        self.raidDisk = raidDisk
        self.state = state
    }
}
