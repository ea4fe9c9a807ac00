internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel
package import MDOperations

/// The long form of `--detail`.
package struct DetailReport: Sendable {
    private let surroundings: Surroundings
    /// Whether the table of devices is shown.
    private let showsDevices: Bool

    package init(_ surroundings: Surroundings, showsDevices: Bool) {
        self.surroundings = surroundings
        self.showsDevices = showsDevices
    }

    /// The report on one array.
    package func text(_ facts: DetailFacts) -> String {
        let summary = DetailSummary(facts)
        let lines =
            ["\(facts.path.escapedText):"] + identity(summary) + counts(facts) + [""] + bitmap(facts)
            + condition(summary) + counters(facts) + [""] + geometry(facts) + progress(summary)
            + metadata(facts) + (showsDevices ? DetailTable(summary).lines : [])
        return lines.joined(separator: "\n") + "\n"
    }

    private func identity(_ summary: DetailSummary) -> [String] {
        let facts = summary.facts
        var lines = [line("Version", summary.version.escapedText)]
        if let info = facts.info, info.creationTime != 0 {
            lines.append(line("Creation Time", surroundings.date(info.creationTime)))
        }
        if let name = summary.level?.name { lines.append(line("Raid Level", name)) }
        let size = Int64(clamping: facts.size.rawValue)
        if size > 0 { lines.append(line("Array Size", "\(size / 1024)\(SizeWords.long(bytes: size))")) }
        if let info = facts.info, info.level >= 1 {
            lines.append(line("Used Dev Size", usedSize(facts, info)))
        }
        return lines
    }

    private func usedSize(_ facts: DetailFacts, _ info: ArrayInfo) -> String {
        let kibibytes = info.size > 0 ? UInt64(info.size) : facts.componentKiB
        guard let kibibytes else { return "unknown" }
        return "\(kibibytes)\(SizeWords.long(bytes: Int64(bitPattern: kibibytes &* 1024)))"
    }

    private func counts(_ facts: DetailFacts) -> [String] {
        var lines: [String] = []
        if let info = facts.info, info.raidDisks > 0 { lines.append(line("Raid Devices", info.raidDisks)) }
        lines.append(line("Total Devices", facts.info.map { Int($0.diskCount) } ?? facts.disks.count))
        if case .native(let version) = facts.metadata {
            if version.hasPrefix("0."), let info = facts.info {
                lines.append(line("Preferred Minor", info.minor))
            }
            let isPersistent = facts.info?.notPersistent ?? 0 == 0
            lines.append(line("Persistence", "Superblock is \(isPersistent ? "" : "not ")persistent"))
        }
        return lines
    }

    private func bitmap(_ facts: DetailFacts) -> [String] {
        guard let info = facts.info else { return [] }
        let words: String
        if !facts.bitmapFile.isEmpty {
            words = facts.bitmapFile.escapedText
        } else if info.state.contains(.clustered) {
            words = "Internal(Clustered)"
        } else if info.state.contains(.bitmapPresent) {
            words = "Internal"
        } else {
            return []
        }
        return [line("Intent Bitmap", words), ""]
    }

    private func condition(_ summary: DetailSummary) -> [String] {
        var lines: [String] = []
        if let info = summary.facts.info {
            if info.updateTime != 0 { lines.append(line("Update Time", surroundings.date(info.updateTime))) }
            if info.raidDisks > 0 { lines.append(line("State", stateWords(summary, info) + " ")) }
        } else {
            lines.append(line("State", "inactive"))
        }
        return lines
    }

    private func stateWords(_ summary: DetailSummary, _ info: ArrayInfo) -> String {
        let facts = summary.facts
        let level = Level(rawValue: info.level)
        var words = info.state.contains(.clean) ? "clean" : "active"
        if words == "active", info.state.contains(.clustered), facts.isClusterDirty == false {
            // The driver never calls a shared array clean again once it was written to.
            words = "clean"
        } else if words == "clean", level == .raid0 || level == .linear, let state = facts.stateWord {
            words = state.escapedText
        }
        switch summary.strength {
        case .full: break
        case .degraded: words += ", degraded"
        case .failed: words += ", FAILED"
        }
        if let verb = facts.progress?.verb { words += ", \(verb)" }
        if facts.size == .zero { words += ", Not Started" }
        if let waiting = facts.progress?.waiting { words += " (\(waiting.escapedText))" }
        return words
    }

    private func counters(_ facts: DetailFacts) -> [String] {
        let count = Int32(clamping: facts.disks.count)
        let info = facts.info
        return [
            line("Active Devices", info?.activeDisks ?? 0),
            line("Working Devices", info?.workingDisks ?? count),
            line("Failed Devices", info?.failedDisks ?? 0),
            line("Spare Devices", info?.spareDisks ?? count),
        ]
    }

    private func geometry(_ facts: DetailFacts) -> [String] {
        guard let info = facts.info else { return [] }
        let level = Level(rawValue: info.level)
        var lines: [String] = []
        if level == .raid5 || level == .raid6 || level == .raid10 || level == .raid0 && info.layout != 0 {
            lines.append("            Layout :" + LayoutNames.words(of: info.layout, level: level))
        }
        if info.chunkSize != 0, level.isStriped || level == .linear {
            lines += [line(level == .linear ? "Rounding" : "Chunk Size", "\(info.chunkSize / 1024)K"), ""]
        }
        if info.raidDisks > 0, let policy = facts.consistencyPolicy {
            lines += [line("Consistency Policy", policy.escapedText), ""]
        }
        return lines
    }

    private func progress(_ summary: DetailSummary) -> [String] {
        var lines: [String] = []
        if let entry = summary.facts.progress, let word = entry.word, let percent = entry.percent {
            lines.append("    \(word.padded(to: 7)) Status : \(percent)% complete")
        }
        lines += reshape(summary.facts)
        return lines.isEmpty ? [] : lines + [""]
    }

    private func reshape(_ facts: DetailFacts) -> [String] {
        guard let reshape = facts.reshape, let info = facts.info else { return [] }
        var lines: [String] = []
        let delta = reshape.deltaDisks
        if delta != 0 {
            lines.append(line("Delta Devices", "\(delta), (\(info.raidDisks &- delta)->\(info.raidDisks))"))
        }
        let level = Level(rawValue: info.level)
        if reshape.newLevel != level { lines.append(line("New Level", reshape.newLevel.words)) }
        if reshape.newLevel != level || reshape.newLayout != info.layout {
            if level == .raid5 || level == .raid6 {
                let words = LayoutNames.words(of: reshape.newLayout, level: reshape.newLevel)
                lines.append("        New Layout :" + words)
            } else if level == .raid10 {
                lines.append("        New Layout :" + Raid10Layout(rawValue: reshape.newLayout).fullWords)
            }
        }
        let chunk = Int64(clamping: reshape.newChunk.rawValue)
        if chunk != Int64(info.chunkSize) { lines.append(line("New Chunksize", "\(chunk / 1024)K")) }
        return lines
    }

    private func metadata(_ facts: DetailFacts) -> [String] {
        if let superblock = facts.superblock0 {
            let events = "\(superblock.events >> 32).\(superblock.events & 0xffff_ffff)"
            return [line("UUID", surroundings.described(uuid: superblock)), line("Events", events), ""]
        }
        guard let found = facts.superblock else { return [] }
        var lines = [line("Name", surroundings.described(name: found.superblock.name))]
        if let bitmap = found.bitmap, bitmap.nodes > 0 {
            lines.append(line("Cluster Name", ClusterWords.field(bitmap.clusterName)))
        }
        return lines + [
            line("UUID", found.superblock.arrayUUID.colonText), line("Events", found.superblock.events), "",
        ]
    }

    private func line(_ label: String, _ value: some CustomStringConvertible) -> String {
        "\(label.padded(to: 18)) : \(value)"
    }
}

extension Mdstat.Entry {
    /// What the array is doing, as a participle.
    fileprivate var verb: String? {
        switch action {
        case "resync": "resyncing"
        case "recovery": "recovering"
        case "reshape": "reshaping"
        case "check": "checking"
        default: nil
        }
    }

    /// What the array is doing, as a noun.
    fileprivate var word: String? {
        switch action {
        case "resync": "Resync"
        case "recovery": "Rebuild"
        case "reshape": "Reshape"
        case "check": "Check"
        default: nil
        }
    }
}
