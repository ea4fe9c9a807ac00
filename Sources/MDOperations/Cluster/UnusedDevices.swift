package import MDBytes
package import MDKernel

/// Block devices that nothing on this host holds, likely members first.
package enum UnusedDevices {
    /// One device, as sysfs knows it.
    package struct Device: Hashable, Sendable {
        package let path: String
        package let device: DeviceNumber
        package let size: Sectors
    }

    /// So many devices are all tried at once, or nearly: in what order does not matter.
    private static let orderMatters = 16

    /// Every device of at least `size` that has no holders, from sysfs alone: no device is opened, so
    /// none can block. Of many, those whose UUID_SUB in udev's database is `wanted` come first, although that may be
    /// out of date; then whole disks and partitions and multipath maps, then what seldom is a member.
    package static func list<K: Kernel>(
        kernel: K, atLeast size: Sectors, wanted: UUID? = nil
    ) -> [Device] {
        let found = BlockDirectory.all(kernel: kernel).compactMap { device($0, atLeast: size, kernel: kernel) }
        let ranked = found.map { device in
            let isHinted = wanted != nil && found.count > orderMatters && hint(device.device, kernel) == wanted
            return (device, isHinted ? 0 : rank(device))
        }
        return ranked.sorted { $0.1 < $1.1 }.map(\.0)
    }

    private static func device<K: Kernel>(_ block: BlockDirectory<K>, atLeast size: Sectors, kernel: K) -> Device? {
        let name = block.name
        guard !name.hasPrefix("ram"), !name.hasPrefix("zram"), !name.hasPrefix("sr"), !name.hasPrefix("fd"),
            let sectors = block.size, sectors > .zero, sectors >= size,
            let number = block.number, block.holders.isEmpty
        else { return nil }
        return Device(path: name.nodePath, device: number, size: sectors)
    }

    private static func rank(_ device: Device) -> Int {
        device.path.hasPrefix("/dev/loop") || device.path.hasPrefix("/dev/md") ? 2 : 1
    }

    /// ID_FS_UUID_SUB of udev's database.
    private static func hint<K: Kernel>(_ device: DeviceNumber, _ kernel: K) -> UUID? {
        let file = "/run/udev/data/b\(device)"
        guard let bytes = try? kernel.read(file: file, limit: 16384) else { return nil }
        let key = "E:ID_FS_UUID_SUB="
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(key) {
            return UUID(parsing: line.dropFirst(key.count))
        }
        return nil
    }
}
