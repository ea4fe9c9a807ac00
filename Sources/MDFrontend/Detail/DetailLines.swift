internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel
package import MDOperations

/// `--detail --brief`: an ARRAY line for mdadm.conf.
package enum DetailBrief {
    /// The line, and with `verbose` a second one with the devices.
    package static func text(_ facts: DetailFacts, verbose: Bool, showsDevices: Bool) -> String {
        let summary = DetailSummary(facts)
        var line = summary.isActive ? "ARRAY" : "INACTIVE-ARRAY"
        line += " \(ExportWords.path(facts.path))"
        if verbose {
            if let info = facts.info {
                if let name = summary.level?.name { line += " level=\(name)" }
                line += " num-devices=\(info.raidDisks)"
            } else {
                line += " num-devices=\(facts.disks.count)"
            }
        }
        line += " metadata=\(ExportWords.path(summary.version))"
        if !facts.bitmapFile.isEmpty {
            line += " bitmap=" + ExportWords.path(String(decoding: facts.bitmapFile, as: UTF8.self))
        }
        let spares = facts.disks.count { $0.state.isEmpty }
        if showsDevices, facts.info != nil, spares > 0 { line += " spares=\(spares)" }
        if let superblock = facts.superblock?.superblock { line += " UUID=\(superblock.arrayUUID.colonText)" }
        if let superblock = facts.superblock0 { line += " UUID=\(superblock.uuidText)" }
        line += "\n"
        guard verbose, showsDevices else { return line }
        let paths = facts.disks.compactMap(\.path).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return line + "   devices=\(paths.map(ExportWords.path).joined(separator: ","))\n"
    }
}

/// `--detail --export`: `KEY=value` lines for udev and scripts.
package enum DetailExport {
    /// The lines for one array.
    package static func text(_ facts: DetailFacts, showsDevices: Bool) -> String {
        let summary = DetailSummary(facts)
        var lines: [String] = []
        if let info = facts.info {
            if let name = summary.level?.name { lines.append("MD_LEVEL=\(name)") }
            lines.append("MD_DEVICES=\(info.raidDisks)")
        } else {
            lines.append("MD_DEVICES=\(facts.disks.count)")
        }
        lines.append("MD_METADATA=\(ExportWords.path(summary.version))")
        if let entry = facts.mapEntry {
            // The map keeps numbers; 1.x prints the bytes that they are made of.
            let uuid = entry.metadata.hasPrefix("0.") ? entry.uuid.swappingWords : entry.uuid
            lines.append("MD_UUID=\(uuid.colonText)")
            if entry.path.hasPrefix("/dev/md/") {
                lines.append("MD_DEVNAME=\(ExportWords.value(entry.path.dropFirst(8).utf8))")
            }
        }
        if let superblock = facts.superblock?.superblock {
            lines.append("MD_RESHAPE_ACTIVE=\(superblock.features.contains(.reshape) ? "True" : "False")")
            lines.append("MD_NAME=\(ExportWords.value(superblock.name))")
        }
        if let superblock = facts.superblock0 {
            lines.append("MD_RESHAPE_ACTIVE=\(superblock.isReshaping ? "True" : "False")")
        }
        if showsDevices { lines += facts.members.flatMap(memberLines) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func memberLines(_ member: DetailFacts.Member) -> [String] {
        let name = "dev-" + member.name
        let key = String(name.unicodeScalars.map { $0.isKeyCharacter ? Character($0) : "_" })
        let role = "MD_DEVICE_\(key)_ROLE=\(member.slot.map(String.init) ?? "spare")"
        return [role] + (member.path.map { ["MD_DEVICE_\(key)_DEV=\(ExportWords.path($0))"] } ?? [])
    }
}

extension Unicode.Scalar {
    /// ASCII letters and digits.
    fileprivate var isKeyCharacter: Bool {
        switch value {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }
}
