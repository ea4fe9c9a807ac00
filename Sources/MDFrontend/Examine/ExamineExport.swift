internal import MDBytes
package import MDFormats
internal import MDModel
package import MDOperations

/// `--examine --export`: `KEY=value` lines for udev and scripts.
package enum ExamineExport {
    /// The lines for a device with a 0.90 superblock. The update time is that of creation, as mdadm has it.
    package static func text(_ superblock: SuperblockV0) -> String {
        var lines: [String] = []
        if let level = Level(rawValue: superblock.level).name { lines.append("MD_LEVEL=\(level)") }
        lines += [
            "MD_DEVICES=\(Int32(bitPattern: superblock.raidDisks))",
            "MD_UUID=\(superblock.uuidText)",
            "MD_UPDATE_TIME=\(superblock.creationTime)",
            "MD_EVENTS=\(superblock.events)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The lines for a device with a native superblock.
    package static func text(_ facts: Version1Facts) -> String {
        let superblock = facts.superblock
        var lines: [String] = []
        if let level = Level(rawValue: superblock.level).name { lines.append("MD_LEVEL=\(level)") }
        lines.append("MD_DEVICES=\(Int32(bitPattern: superblock.raidDisks))")
        if !superblock.name.isEmpty { lines.append("MD_NAME=\(ExportWords.value(superblock.name))") }
        if let bytes = ArrayArithmetic(superblock).arrayBytes {
            lines.append("MD_ARRAY_SIZE=\(SizeWords.briefDecimal(bytes: bytes))")
        }
        lines += [
            "MD_UUID=\(superblock.arrayUUID.colonText)",
            "MD_UPDATE_TIME=\(superblock.updateTime)",
            "MD_DEV_UUID=\(superblock.deviceUUID.colonText)",
            "MD_EVENTS=\(superblock.events)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
