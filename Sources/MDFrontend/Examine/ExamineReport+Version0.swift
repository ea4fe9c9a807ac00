internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// The long form of `--examine` for metadata 0.90.
extension ExamineReport {
    /// The report on a device with a 0.90 superblock.
    package func text(path: String, _ facts: Version0Facts) -> String {
        let superblock = facts.superblock
        let lines =
            ["\(path.escapedText):"] + identity(superblock) + reshape(superblock) + state(superblock)
            + geometry(superblock) + disks(facts)
        return lines.joined(separator: "\n") + "\n"
    }

    private func identity(_ superblock: SuperblockV0) -> [String] {
        let version = [superblock.minorVersion, superblock.patchVersion].map { part in
            let number = Int32(bitPattern: part)
            return (0..<10).contains(number) ? ".0\(number)" : ".\(number)"
        }
        var lines = [
            line("Magic", "a92b4efc"),
            line("Version", "0" + version.joined()),
            line("UUID", surroundings.described(uuid: superblock)),
        ]
        if superblock.isNotPersistent { lines.append(line("Eedk", "not persistent")) }
        lines += [
            line("Creation Time", surroundings.date(superblock.creationTime)),
            line("Raid Level", Level(rawValue: superblock.level).words),
        ]
        if superblock.level > 0 {
            let words = SizeWords.long(bytes: Int64(superblock.size) * 1024)
            lines.append(line("Used Dev Size", "\(Int32(bitPattern: superblock.size))\(words)"))
        }
        let whole = ArrayArithmetic.whole(
            of: Int64(superblock.size), level: superblock.level, layout: superblock.layout,
            raidDisks: superblock.raidDisks)
        if let size = whole {
            lines.append(line("Array Size", kibibytes(UInt64(bitPattern: size))))
        }
        return lines + [
            line("Raid Devices", Int32(bitPattern: superblock.raidDisks)),
            line("Total Devices", Int32(bitPattern: superblock.diskCount)),
            line("Preferred Minor", Int32(bitPattern: superblock.preferredMinor)),
            "",
        ]
    }

    private func kibibytes(_ count: UInt64) -> String {
        "\(count)\(SizeWords.long(bytes: Int64(bitPattern: count &* 1024)))"
    }

    private func reshape(_ superblock: SuperblockV0) -> [String] {
        guard superblock.isReshaping else { return [] }
        var lines = [line("Reshape pos'n", kibibytes(superblock.reshapePosition / 2))]
        let delta = superblock.deltaDisks
        if delta != 0 {
            let disks = Int32(bitPattern: superblock.raidDisks)
            lines.append(line("Delta Devices", "\(delta) (\(disks &- delta)->\(disks))"))
        }
        if superblock.newLevel != superblock.level {
            lines.append(line("New Level", Level(rawValue: superblock.newLevel).words))
        }
        // mdadm names the new layout by the old level.
        let level = Level(rawValue: superblock.level)
        let layout = Int32(bitPattern: superblock.newLayout)
        if superblock.newLayout != superblock.layout {
            if level == .raid5 || level == .raid6 {
                lines.append("     New Layout :" + LayoutNames.words(of: layout, level: level))
            } else if level == .raid10 {
                lines.append("     New Layout :" + Raid10Layout(rawValue: layout).fullWords)
            }
        }
        if superblock.newChunk != superblock.chunk {
            lines.append(line("New Chunksize", Int32(bitPattern: superblock.newChunk)))
        }
        return lines + [""]
    }

    private func state(_ superblock: SuperblockV0) -> [String] {
        var lines = [
            line("Update Time", surroundings.date(superblock.updateTime)),
            line("State", superblock.state.contains(.clean) ? "clean" : "active"),
        ]
        if superblock.state.contains(.bitmapPresent) { lines.append(line("Internal Bitmap", "present")) }
        let counts = [
            ("Active Devices", superblock.activeDisks), ("Working Devices", superblock.workingDisks),
            ("Failed Devices", superblock.failedDisks), ("Spare Devices", superblock.spareDisks),
        ]
        lines += counts.map { line($0.0, Int32(bitPattern: $0.1)) }
        let verdict = superblock.isChecksumCorrect ? "correct" : "expected \(superblock.computedChecksum.hex())"
        return lines + [
            line("Checksum", "\(superblock.checksum.hex()) - \(verdict)"),
            line("Events", superblock.events), "",
        ]
    }

    private func geometry(_ superblock: SuperblockV0) -> [String] {
        let level = Level(rawValue: superblock.level)
        var lines: [String] = []
        if level == .raid5 || level == .raid6 || level == .raid10 {
            let layout = Int32(bitPattern: superblock.layout)
            lines.append("         Layout :" + LayoutNames.words(of: layout, level: level))
        }
        let chunk = superblock.chunk / 1024
        if level.isStriped { lines.append(line("Chunk Size", "\(chunk)K")) }
        if level == .linear { lines.append(line("Rounding", "\(chunk)K")) }
        return lines + [""]
    }

    private func disks(_ facts: Version0Facts) -> [String] {
        let shown = facts.superblock.shownDisks
        let rows = shown.enumerated().map { index, disk in
            let tag = index == 0 ? "this" : String(index - 1).padded(to: 4)
            return row(tag, disk, facts.paths[disk.device])
        }
        let own = rows.isEmpty ? [] : [rows[0], ""]
        return ["      Number   Major   Minor   RaidDevice State"] + own + rows.dropFirst()
    }

    private func row(_ tag: String, _ disk: SuperblockV0.Disk, _ path: String?) -> String {
        let numbers = [disk.number, disk.major, disk.minor, disk.raidDisk].map {
            String(Int32(bitPattern: $0)).padded(to: 5)
        }
        let place = path.map { "   \($0.escapedText)" } ?? ""
        return "\(tag) \(numbers[0])   \(numbers[1])    \(numbers[2])    \(numbers[3])     \(disk.state.words)\(place)"
    }
}

extension SuperblockV0.DiskState {
    /// Each word with a leading blank.
    fileprivate var words: String {
        let named: [(Self, String)] = [
            (.faulty, "faulty"), (.active, "active"), (.sync, "sync"), (.removed, "removed"),
            (.writeMostly, "write-mostly"), (.failfast, "failfast"),
        ]
        let isSpare = subtracting([.writeMostly, .failfast]).isEmpty
        return named.filter { contains($0.0) }.map { " " + $0.1 }.joined() + (isSpare ? " spare" : "")
    }
}
