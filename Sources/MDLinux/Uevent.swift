internal import MDKernel

/// The kernel's uevent datagram: `action@devpath`, then KEY=value, each ended by a zero byte.
enum Uevent {
    /// Reads one datagram; nil for anything that is not in the kernel's form.
    static func parse(_ datagram: ArraySlice<UInt8>) -> DeviceEvent? {
        let fields = datagram.split(separator: 0)
        guard let head = fields.first, let at = head.firstIndex(of: UInt8(ascii: "@")),
            at > head.startIndex
        else { return nil }
        var properties: [String: String] = [:]
        for field in fields.dropFirst() {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: field[..<equals], as: UTF8.self)
            properties[name] = String(decoding: field[field.index(after: equals)...], as: UTF8.self)
        }
        return DeviceEvent(
            action: String(decoding: head[..<at], as: UTF8.self), properties: properties)
    }
}
