internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// The long form of `--examine`.
package struct ExamineReport: Sendable {
    let surroundings: Surroundings

    package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// The report on a device with a native superblock.
    package func text(path: String, _ facts: Version1Facts) -> String {
        let lines =
            ["\(path.escapedText):"] + identity(facts) + sizes(facts) + state(facts)
            + reshape(facts.superblock) + history(facts.superblock) + geometry(facts.superblock)
            + roles(facts.superblock)
        return lines.joined(separator: "\n") + "\n"
    }

    /// The report on a device that has only a partition table.
    package func text(path: String, _ partitions: [ExamineFacts.Partition]) -> String {
        let rows = partitions.map { entry in
            let count = String(entry.count).padded(to: 12)
            let start = String(entry.start).padded(to: 12)
            let type = entry.type.hex(width: 2)
            return "Partition[\(entry.index)] : \(count) sectors at \(start) (type \(type))"
        }
        return (["\(path.escapedText):", "   MBR Magic : aa55"] + rows).joined(separator: "\n") + "\n"
    }

    private func identity(_ facts: Version1Facts) -> [String] {
        let superblock = facts.superblock
        var lines = [
            line("Magic", "a92b4efc"),
            line("Version", "1.\(superblock.minorVersion.rawValue)"),
            line("Feature Map", "0x\(superblock.features.rawValue.hex())"),
            line("Array UUID", superblock.arrayUUID.colonText),
            line("Name", surroundings.described(name: superblock.name)),
        ]
        if let bitmap = facts.bitmap, bitmap.nodes > 0 {
            lines.append(line("Cluster Name", ClusterWords.field(bitmap.clusterName)))
        }
        return lines + [
            line("Creation Time", surroundings.date(superblock.creationTime)),
            line("Raid Level", Level(rawValue: superblock.level).words),
            line("Raid Devices", Int32(bitPattern: superblock.raidDisks)),
            "",
        ]
    }

    private func sizes(_ facts: Version1Facts) -> [String] {
        let superblock = facts.superblock
        var lines = [line("Avail Dev Size", sectors(superblock.dataSize))]
        if let bytes = ArrayArithmetic(superblock).arrayBytes {
            let kibibytes = UInt64(bitPattern: bytes >> 10)
            lines.append(line("Array Size", "\(kibibytes) KiB\(SizeWords.long(bytes: bytes))"))
        }
        if superblock.level != 0, superblock.size != superblock.dataSize {
            lines.append(line("Used Dev Size", sectors(superblock.size)))
        }
        if superblock.dataOffset != .zero {
            lines.append(line("Data Offset", "\(superblock.dataOffset.rawValue) sectors"))
        }
        if superblock.features.contains(.newOffset), superblock.newOffset != 0 {
            let place = superblock.dataOffset.rawValue &+ UInt64(bitPattern: Int64(superblock.newOffset))
            lines.append(line("New Offset", "\(place) sectors"))
        }
        lines.append(line("Super Offset", "\(superblock.superOffset.rawValue) sectors"))
        if superblock.features.contains(.recoveryOffset) {
            lines.append(line("Recovery Offset", "\(superblock.recoveryOffset) sectors"))
        }
        return lines
    }

    private func sectors(_ count: Sectors) -> String { "\(count.rawValue) sectors\(SizeWords.long(count))" }

    private func state(_ facts: Version1Facts) -> [String] {
        let superblock = facts.superblock
        let (before, after) = ArrayArithmetic(superblock).unused(
            deviceSize: facts.deviceSize, bitmap: facts.bitmap)
        let isTruncated = Int64(bitPattern: after) < 0
        var lines: [String] = []
        // A single sector behind the data makes mdadm leave the line out. A journal has it even without any.
        let isTold = before > 0 || after > 0 || superblock.ownRole == .journal
        if !superblock.features.contains(.newOffset), isTold, after != 1 {
            // Below zero mdadm prints the complement, which is one less than the amount that is missing.
            let rest = isTruncated ? "-\(~after) sectors DEVICE TOO SMALL" : "\(after) sectors"
            lines.append(line("Unused Space", "before=\(before) sectors, after=\(rest)"))
        }
        let word = superblock.isClean ? "clean" : "active"
        lines.append(line("State", word + (isTruncated ? " TRUNCATED DEVICE" : "")))
        lines += [line("Device UUID", superblock.deviceUUID.colonText), ""]
        if superblock.features.contains(.bitmap) {
            lines.append(line("Internal Bitmap", "\(superblock.bitmapOffset) sectors from superblock"))
        } else if superblock.features.hasPPL {
            let offset = UInt16(bitPattern: superblock.pplOffset)
            lines.append(
                line("PPL", "\(superblock.pplSize) sectors at offset \(offset) sectors from superblock"))
        }
        return lines
    }

    private func reshape(_ superblock: SuperblockV1) -> [String] {
        guard superblock.features.contains(.reshape) else { return [] }
        let position = superblock.reshapePosition
        var lines = [line("Reshape pos'n", "\(position / 2)\(SizeWords.long(Sectors(position)))")]
        let delta = superblock.deltaDisks
        let disks = Int32(bitPattern: superblock.raidDisks)
        if delta != 0 { lines.append(line("Delta Devices", "\(delta) (\(disks &- delta)->\(disks))")) }
        if superblock.newLevel != superblock.level {
            lines.append(line("New Level", Level(rawValue: superblock.newLevel).words))
        }
        if superblock.newLayout != superblock.layout,
            let words = newLayoutWords(superblock)
        {
            lines.append("     New Layout :" + words)
        }
        if superblock.newChunk != UInt32(superblock.chunk.rawValue) {
            lines.append(line("New Chunksize", "\(superblock.newChunk / 2)K"))
        }
        return lines + [""]
    }

    /// mdadm names the new layout by the old level.
    private func newLayoutWords(_ superblock: SuperblockV1) -> String? {
        let level = Level(rawValue: superblock.level)
        let layout = Int32(bitPattern: superblock.newLayout)
        switch level {
        case .raid5, .raid6: return LayoutNames.words(of: layout, level: level)
        case .raid10: return Raid10Layout(rawValue: layout).words
        default: return nil
        }
    }

    private func history(_ superblock: SuperblockV1) -> [String] {
        var lines: [String] = []
        if superblock.deviceFlags.rawValue != 0 {
            let words =
                (superblock.deviceFlags.contains(.writeMostly) ? " write-mostly" : "")
                + (superblock.deviceFlags.contains(.failfast) ? " failfast" : "")
            lines.append("          Flags :" + words)
        }
        lines.append(line("Update Time", surroundings.date(superblock.updateTime)))
        if superblock.badBlockSize != 0, superblock.badBlockOffset != 0 {
            let entries = Int(superblock.badBlockSize) * 64
            let present = superblock.features.contains(.badBlocks) ? " - bad blocks present." : ""
            lines.append(
                line("Bad Block Log",
                    "\(entries) entries available at offset \(superblock.badBlockOffset) sectors\(present)"))
        }
        let verdict =
            superblock.isChecksumCorrect
            ? "correct" : "expected \(superblock.computedChecksum.hex())"
        return lines + [
            line("Checksum", "\(superblock.checksum.hex()) - \(verdict)"),
            line("Events", superblock.events), "",
        ]
    }

    private func geometry(_ superblock: SuperblockV1) -> [String] {
        let level = Level(rawValue: superblock.level)
        var lines: [String] = []
        let hasLayout =
            level == .raid5 || level == .raid6 || level == .raid10
            || level == .raid0 && superblock.features.contains(.raid0Layout)
        if hasLayout {
            let layout = Int32(bitPattern: superblock.layout)
            lines.append("         Layout :" + LayoutNames.words(of: layout, level: level))
        }
        if level.isStriped { lines.append(line("Chunk Size", "\(superblock.chunk.kibibytes)K")) }
        if level == .linear { lines.append(line("Rounding", "\(superblock.chunk.kibibytes)K")) }
        return lines + [""]
    }

    private func roles(_ superblock: SuperblockV1) -> [String] {
        let table = RoleTable(superblock)
        var lines = [
            "   Device Role : \(roleWords(superblock))",
            "   Array State : \(table.letters) ('A' == active, '.' == missing, 'R' == replacing)",
        ]
        if let conflicts = table.conflicts {
            lines += ["WARNING Array state is inconsistent - each number should appear only once", conflicts]
        }
        return lines
    }

    private func roleWords(_ superblock: SuperblockV1) -> String {
        switch superblock.ownRole {
        case .spare, .faulty: "spare"
        case .journal: "Journal"
        case .active(let slot):
            (superblock.features.contains(.replacement) ? "Replacement" : "Active") + " device \(slot)"
        }
    }

    func line(_ label: String, _ value: some CustomStringConvertible) -> String {
        "\(label.padded(to: 15)) : \(value)"
    }
}
