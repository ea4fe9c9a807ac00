package import MDBytes
package import MDKernel

/// What makes a shared disk the same disk on every node before anything is written to it: the name that the disk
/// itself gives, whatever the node calls its device.
package struct DiskIdentity: Hashable, Sendable {
    /// As sysfs has it, such as `naa.600140…` for a SCSI disk; of a partition with its place.
    package let text: String

    /// The identity of the device with this name in /sys/class/block; nil for one that gives none, such as a loop.
    package init?<K: Kernel>(of name: String, kernel: K) {
        guard let resolved = try? kernel.resolve("/sys/class/block/\(name)") else { return nil }
        if Self.text(resolved + "/partition", kernel) != nil, let start = Self.text(resolved + "/start", kernel) {
            let disk = resolved.split(separator: "/").dropLast().joined(separator: "/")
            guard let whole = Self.whole("/" + disk, kernel) else { return nil }
            text = "\(whole) at \(start)"
        } else {
            guard let whole = Self.whole(resolved, kernel) else { return nil }
            text = whole
        }
    }

    /// A device-mapper uuid is the same wherever the same volume is mapped; then what SCSI, NVMe and virtio disks
    /// tell of themselves.
    private static func whole<K: Kernel>(_ directory: String, _ kernel: K) -> String? {
        for file in ["dm/uuid", "wwid", "device/wwid", "serial", "device/serial"] {
            if let found = text("\(directory)/\(file)", kernel) { return found }
        }
        return unitSerialNumber(directory + "/device", kernel)
    }

    /// Of a SCSI disk without a world-wide name: page 0x80 of its vital product data, which is unique for a model.
    private static func unitSerialNumber<K: Kernel>(_ directory: String, _ kernel: K) -> String? {
        guard let page = try? kernel.read(file: directory + "/vpd_pg80", limit: 260), page.count > 4,
            let vendor = text(directory + "/vendor", kernel), let model = text(directory + "/model", kernel)
        else { return nil }
        let serial = page.dropFirst(4).prefix(Int(page[2]) << 8 | Int(page[3])).filter { $0 > 0x20 && $0 < 0x7f }
        return serial.isEmpty ? nil : "\(vendor) \(model) \(String(decoding: serial, as: UTF8.self))"
    }

    private static func text<K: Kernel>(_ path: String, _ kernel: K) -> String? {
        guard let bytes = try? kernel.read(file: path, limit: 1024) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// Sixteen bytes that stand for it in a message: FNV-1a with 128 bits, never zero.
    package var digest: UUID {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
        if hash == 0 { hash = 1 }
        return UUID(bytes: (0..<16).map { UInt8(truncatingIfNeeded: hash >> UInt128(8 * $0)) })
    }
}
