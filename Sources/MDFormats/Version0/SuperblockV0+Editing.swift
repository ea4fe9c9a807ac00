package import MDBytes

extension SuperblockV0 {
    /// The 4096 bytes as they are written, in the order in which they were read.
    package var image: [UInt8] {
        var words = words
        if order == .big {
            for pair in Word.halves { words.swapAt(pair, pair + 1) }
        }
        let isLittle = order == .little
        return words.flatMap { word in
            let value = isLittle ? word : word.byteSwapped
            return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        }
    }

    /// Makes the checksum agree with the words. Always the last edit before a write.
    package mutating func seal() { words[Word.checksum] = computedChecksum }

    /// Records how often the array has been rewritten.
    package mutating func set(events: UInt64) {
        set(events, at: Word.eventsLow)
    }

    /// The reverse of `arrayUUID`: the least significant byte of each word first.
    package mutating func set(arrayUUID uuid: UUID) {
        let bytes = uuid.bytes
        for (place, index) in [5, 13, 14, 15].enumerated() { words[index] = bytes[Field<UInt32>(at: 4 * place)] }
    }

    /// Records the number that the array had last.
    package mutating func set(preferredMinor minor: UInt32) { words[11] = minor }

    /// Whether the array's data agree; a dirty one is synced from its start.
    package mutating func set(isClean: Bool) {
        if isClean { state.insert(.clean) } else { state.remove(.clean) }
    }

    /// From which sector on the next sync begins where the array is not clean.
    package mutating func set(checkpoint: UInt32) { words[43] = checkpoint }

    /// Records how many sectors of the array a reshape has done.
    package mutating func set(reshapePosition position: UInt64) {
        set(position, at: Word.reshapeLow)
    }

    /// The reverse of `double(at:)`.
    private mutating func set(_ value: UInt64, at low: Int) {
        words[low] = UInt32(truncatingIfNeeded: value)
        words[low + 1] = UInt32(truncatingIfNeeded: value >> 32)
    }

    /// Undoes what Linux 2.2 on Sparc did: there everything behind the checksum lies a word further.
    package mutating func mendSparc() {
        let first = Word.checksum + 1
        words.replaceSubrange(first..<1023, with: Array(words[(first + 1)...]))
    }

    /// Lets the block be written in the order of this host.
    package mutating func adoptHostOrder() { order = .host }

    /// Changes the state of a row of the table; rows that are not there are left alone.
    package mutating func set(_ state: DiskState, ofDisk number: Int) {
        guard (0..<Self.diskLimit).contains(number) else { return }
        words[Word.disks + Word.descriptor * number + 4] = state.rawValue
    }

    /// Counts the rows anew: how many disks there are, and of them active, working, failed and spare.
    package mutating func summarise() {
        var (active, working, failed, spare) = (UInt32(0), UInt32(0), UInt32(0), UInt32(0))
        for disk in (0..<Self.diskLimit).compactMap(disk(of:)) where disk.major != 0 || disk.minor != 0 {
            if disk.state.contains(.faulty) {
                failed += 1
                continue
            }
            working += 1
            if disk.state.contains(.active) { active += 1 } else { spare += 1 }
        }
        words[9] = working + failed
        words[34] = active
        words[35] = working
        words[36] = failed
        words[37] = spare
    }

    /// Records how many slots the array has, and how many of them a reshape gives or takes.
    package mutating func set(raidDisks: UInt32, deltaDisks: Int32) {
        words[10] = raidDisks
        words[47] = UInt32(bitPattern: deltaDisks)
    }
}
