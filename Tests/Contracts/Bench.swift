internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDSimulator

/// The machine that a contract is tried on: a kernel, and scratch disks of equal size.
package struct Bench<K: Kernel>: Sendable {
    package let kernel: K
    /// Paths of disks whose contents may be destroyed; at least four, all of one size of 64 MiB or more.
    package let disks: [String]
    /// The number of the array that contracts make.
    package let number: UInt32

    package init(kernel: K, disks: [String], number: UInt32 = 77) {
        self.kernel = kernel
        self.disks = disks
        self.number = number
    }

    package var name: String { "md\(number)" }

    /// A file of the array's md directory.
    func file(_ attribute: String) -> String { "/sys/block/\(name)/md/\(attribute)" }

    /// The text of a file without its newline.
    func text(_ path: String) throws(SystemCallError) -> String {
        let bytes = try kernel.read(file: path, limit: 65536)
        return String(decoding: bytes.last == 10 ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }

    func attribute(_ attribute: String) throws(SystemCallError) -> String { try text(file(attribute)) }

    func device(_ disk: String) throws(SystemCallError) -> DeviceNumber {
        try kernel.status(ofPath: disk).device
    }

    /// The kernel's name of a disk.
    func kernelName(_ disk: String) throws(SystemCallError) -> String {
        let link = try kernel.destination(ofLink: "/sys/dev/block/\(try device(disk))")
        return link.split(separator: "/").last.map(String.init) ?? link
    }

    /// An attribute of a member.
    func attribute(_ attribute: String, of disk: String) throws(SystemCallError) -> String {
        try self.attribute("dev-\(try kernelName(disk))/\(attribute)")
    }

    /// The version-1.2 superblock that lies on a disk now.
    func superblock(_ disk: String) throws -> SuperblockV1 {
        let handle = try kernel.open(disk, .direct)
        let bytes = try kernel.read(Extent(offset: ByteCount(4096), count: 4096), of: handle)
        guard let block = try SuperblockV1(reading: bytes, at: Sectors(8)) else {
            throw ContractFailure("no superblock on \(disk)")
        }
        return block
    }

    /// Puts a changed superblock on a disk.
    func put(_ block: SuperblockV1, on disk: String) throws(SystemCallError) {
        let handle = try kernel.open(disk, [.write, .direct])
        try kernel.write(block.image, at: ByteCount(4096), of: handle)
        try kernel.synchronize(handle)
    }

    /// Makes the array, opens it and sets its version; no members yet.
    func empty() throws(SystemCallError) -> DeviceHandle {
        let array = try ArrayFixture.make(number: number, kernel: kernel)
        try ArrayFixture.gather([], into: array, kernel: kernel)
        return array
    }

    func add(_ disk: String, _ state: DiskInfo.State = [], to array: DeviceHandle) throws(SystemCallError) {
        try kernel.addNewDisk(try ArrayFixture.disk(disk, state, kernel: kernel), to: array)
    }

    /// Gathers and runs members whose superblocks are written already.
    func assemble(_ disks: [String]) throws(SystemCallError) -> DeviceHandle {
        let array = try ArrayFixture.make(number: number, kernel: kernel)
        try ArrayFixture.gather(disks, into: array, kernel: kernel)
        try kernel.run(array)
        return array
    }
}

/// A contract that does not hold.
package struct ContractFailure: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension Bench {
    func expect(_ holds: Bool, _ what: String) throws(ContractFailure) {
        if !holds { throw ContractFailure(what) }
    }

    func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws(ContractFailure) {
        if found != expected { throw ContractFailure("\(what): found \(found), expected \(expected)") }
    }

    /// `body` must be refused with this errno.
    func refused(_ errno: Errno, _ what: String, _ body: () throws(SystemCallError) -> Void)
        throws(ContractFailure)
    {
        do throws(SystemCallError) { try body() } catch {
            guard error.errno == errno else {
                throw ContractFailure("\(what): errno \(error.errno.rawValue), expected \(errno.rawValue)")
            }
            return
        }
        throw ContractFailure("\(what): allowed, expected errno \(errno.rawValue)")
    }

    /// The md thread works in its own time: waits until `holds`, at most a minute.
    func eventually(_ what: String, _ holds: () throws -> Bool) throws {
        let deadline = kernel.now() + .seconds(60)
        while true {
            if try holds() { return }
            guard kernel.now() < deadline else { throw ContractFailure("never: \(what)") }
            kernel.pause(Milliseconds(100))
        }
    }

    /// Waits until no sync runs.
    func untilIdle() throws {
        try eventually("sync_action idle") { try attribute("sync_action") == "idle" }
    }

    /// Stops what is left of the array and wipes the disks.
    package func clean() throws {
        do throws(SystemCallError) { try stopLeftovers() } catch {
            // Nothing left to stop.
            guard error.errno == .noEntry || error.errno == .noDevice else { throw error }
        }
        for disk in disks {
            let handle = try kernel.open(disk, [.write, .direct])
            try kernel.write([UInt8](repeating: 0, count: 65536), at: .zero, of: handle)
            try kernel.synchronize(handle)
        }
        try kernel.write("0", toFile: "/sys/module/md_mod/parameters/start_ro")
    }

    private func stopLeftovers() throws(SystemCallError) {
        _ = try kernel.read(file: file("array_state"), limit: 64)
        let array = try kernel.open(device: DeviceNumber(major: 9, minor: number), [.write])
        try kernel.stop(array)
    }
}
