package import MDBytes
package import MDKernel

/// An array's directory in sysfs: /sys/block/mdN/md.
package struct ArrayDirectory<K: Kernel>: Sendable {
    private let kernel: K
    /// The array's number, where it was found by that.
    private let knownDevice: DeviceNumber?
    /// The kernel's name of the array, such as `md127`.
    package let name: String

    package init(_ name: String, kernel: K) { self.init(name, knownDevice: nil, kernel: kernel) }

    private init(_ name: String, knownDevice: DeviceNumber?, kernel: K) {
        self.kernel = kernel
        self.name = name
        self.knownDevice = knownDevice
    }

    /// The directory of the array with this device number, or that it is a partition of; nil where the kernel knows no
    /// such device.
    package init?(of device: DeviceNumber, kernel: K) {
        guard let block = BlockDirectory(of: device, kernel: kernel) else { return nil }
        self.init(block.disk, knownDevice: block.disk == block.name ? device : nil, kernel: kernel)
    }

    /// The array's own number, which is not that of a partition; nil where it is gone.
    package var device: DeviceNumber? { knownDevice ?? BlockDirectory(name, kernel: kernel).number }

    /// Whether the kernel knows the array, set up or not.
    package var isPresent: Bool { (try? kernel.status(ofPath: "/sys/block/\(name)/md"))?.kind == .directory }

    /// Whether the array has got more than a number: a command that was killed early leaves nothing but that.
    package var isSetUp: Bool { attribute("array_state").map { $0 != "clear" } ?? false }

    /// The file of an attribute, for a step that writes it.
    package func file(_ attribute: String) -> String { "/sys/block/\(name)/md/\(attribute)" }

    /// An attribute's text without its newline, or nil where it cannot be read.
    package func attribute(_ attribute: String) -> String? {
        guard let bytes = try? kernel.read(file: file(attribute), limit: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// An attribute that is a number; nil also where it is a word, such as `max` or `none`.
    package func number(_ attribute: String) -> UInt64? { self.attribute(attribute).flatMap { UInt64($0) } }

    /// Whether several nodes share the array.
    package var isShared: Bool { attribute("bitmap/metadata") == "clustered" }

    /// The names behind `dev-`, in the order of the directory.
    package func memberNames() -> [String] {
        guard let names = try? kernel.list(directory: "/sys/block/\(name)/md") else { return [] }
        return names.filter { $0.hasPrefix("dev-") }.map { String($0.dropFirst(4)) }
    }

    /// An attribute of a member, by the member's name behind `dev-`.
    package func attribute(_ attribute: String, ofMember member: String) -> String? {
        self.attribute("dev-\(member)/\(attribute)")
    }

    /// The device numbers of all members.
    package func memberDevices() -> [DeviceNumber] { memberNames().compactMap { device(ofMember: $0) } }

    /// The device number of a member.
    package func device(ofMember member: String) -> DeviceNumber? {
        self.attribute("dev-\(member)/block/dev").flatMap { DeviceNumber($0) }
    }
}
