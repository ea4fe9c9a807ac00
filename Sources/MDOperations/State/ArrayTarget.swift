internal import MDBytes
internal import MDKernel
internal import MDModel

/// An array that an operand stands for, open for reading.
struct ArrayTarget<K: Kernel> {
    /// The operand, for messages.
    let path: String
    /// The array's own number, also where the operand is a partition of it.
    let device: DeviceNumber
    let handle: DeviceHandle
    let directory: ArrayDirectory<K>

    var state: String? { directory.attribute("array_state") }

    /// Whether members are set up and the array runs.
    var isActive: Bool { state.map { $0 != "inactive" && $0 != "clear" } ?? false }

    enum Failure: Error {
        case call(SystemCallError)
        case notAnArray
    }

    /// Opens a path, or without a slash the array with that kernel name where `takesKernelNames` says so.
    static func open(
        _ word: String, takesKernelNames: Bool = true, kernel: K
    ) throws(Failure) -> ArrayTarget {
        let handle: DeviceHandle
        let status: FileStatus
        do throws(SystemCallError) {
            if takesKernelNames, let number = number(of: word, kernel: kernel) {
                handle = try kernel.open(device: number, [])
            } else {
                handle = try kernel.open(word, [])
            }
            status = try kernel.status(of: handle)
        } catch { throw .call(error) }
        guard status.kind == .block, let directory = ArrayDirectory(of: status.device, kernel: kernel),
            directory.isArray, let device = directory.device
        else { throw .notAnArray }
        return ArrayTarget(path: word, device: device, handle: handle, directory: directory)
    }

    private static func number(of word: String, kernel: K) -> DeviceNumber? {
        guard word.isBareName else { return nil }
        do throws(SystemCallError) {
            let text = String(
                decoding: try kernel.read(file: "/sys/block/\(word)/dev", limit: 32), as: UTF8.self)
            return DeviceNumber(text.prefix { $0 != "\n" })
        } catch { return nil }
    }
}

extension String {
    /// Whether it can be a kernel's name of a device, and so a component of a path in sysfs.
    var isBareName: Bool { !contains("/") && self != "." && self != ".." }
}

extension ArrayDirectory {
    /// Whether the block device is an md array at all.
    var isArray: Bool { attribute("array_state") != nil }
}
