package import MDBytes
package import MDKernel

/// A block device's directory in sysfs. Nothing here opens the device, so that none can keep a caller waiting.
package struct BlockDirectory<K: Kernel>: Sendable {
    private let kernel: K
    /// The kernel's name of the device, such as `sda1`.
    package let name: String
    /// That of the disk that it is, or that it is a partition of.
    package let disk: String

    package init(_ name: String, kernel: K) { self.init(name, disk: name, kernel: kernel) }

    private init(_ name: String, disk: String, kernel: K) {
        self.kernel = kernel
        self.name = name
        self.disk = disk
    }

    /// The directory of the device with this number; nil where the kernel knows none.
    package init?(of device: DeviceNumber, kernel: K) {
        let link = "/sys/dev/block/\(device)"
        guard let target = try? kernel.destination(ofLink: link) else { return nil }
        let parts = target.split(separator: "/").suffix(2).map(String.init)
        guard let name = parts.last else { return nil }
        // A partition's directory lies in that of its disk, and most disks' in one called `block`.
        let isPartition = parts[0] != "block" && (try? kernel.status(ofPath: link + "/partition")) != nil
        self.init(name, disk: isPartition ? parts[0] : name, kernel: kernel)
    }

    /// More than any host has; the bound of a hostile directory.
    private static var limit: Int { 4096 }

    /// All block devices, in the order of sysfs.
    package static func all(kernel: K) -> [BlockDirectory] {
        let names = (try? kernel.list(directory: "/sys/class/block")) ?? []
        return names.prefix(limit).map { BlockDirectory($0, kernel: kernel) }
    }

    /// Where it is.
    package var path: String { "/sys/class/block/\(name)" }

    /// The first line of an attribute; nil where it cannot be read.
    package func attribute(_ attribute: String) -> String? {
        guard let bytes = try? kernel.read(file: "\(path)/\(attribute)", limit: 1024) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Nil where it is gone.
    package var number: DeviceNumber? { attribute("dev").flatMap { DeviceNumber($0) } }

    /// Nil where it cannot be read.
    package var size: Sectors? { attribute("size").flatMap { UInt64($0) }.map { Sectors($0) } }

    /// The kernel's names of what uses the device.
    package var holders: [String] { (try? kernel.list(directory: "\(path)/holders")) ?? [] }
}
