internal import MDBytes
internal import MDKernel

/// A line of /proc/self/mountinfo, as proc(5) describes it.
struct Mount: Hashable, Sendable {
    /// Of the file system.
    let device: DeviceNumber
    /// The path that it is mounted on.
    let point: String
    /// The file system's type; nil in a line that is cut off.
    let type: String?

    private init?(_ line: Substring) {
        let words = line.split(separator: " ")
        guard words.count > 4, let device = DeviceNumber(words[2]) else { return nil }
        self.device = device
        point = String(words[4])
        let dash = words.firstIndex(of: "-") ?? words.endIndex
        type = words[dash...].dropFirst().first.map(String.init)
    }

    /// All mounts that this process sees, the last one made last.
    static func all(kernel: some Kernel) -> [Mount] {
        let bytes = (try? kernel.read(file: "/proc/self/mountinfo", limit: 1 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Mount($0) }
    }
}
