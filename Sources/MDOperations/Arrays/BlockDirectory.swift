package import MDBytes
package import MDKernel

/// A block device's directory in sysfs. Nothing here opens the device, so that none can keep a caller waiting.
package struct BlockDirectory<K: Kernel>: Sendable {
    private let kernel: K
    /// The kernel's name of the device, such as `sda1`.
    package let name: String

    package init(_ name: String, kernel: K) {
        self.kernel = kernel
        self.name = name
    }

    /// The directory of the device with this number; nil where the kernel knows none.
    package init?(of device: DeviceNumber, kernel: K) {
        guard let target = try? kernel.destination(ofLink: "/sys/dev/block/\(device)"),
            let name = target.split(separator: "/").last
        else { return nil }
        self.init(String(name), kernel: kernel)
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

    /// Nil where it cannot be read.
    package var size: Sectors? { attribute("size").flatMap { UInt64($0) }.map { Sectors($0) } }

    /// The kernel's names of what uses the device.
    package var holders: [String] { (try? kernel.list(directory: "\(path)/holders")) ?? [] }
}
