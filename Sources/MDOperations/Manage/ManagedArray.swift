package import MDBytes
internal import MDFormats
package import MDKernel
package import MDModel

/// A running array, open, with what the kernel says about it.
package struct ManagedArray<K: Kernel>: Sendable {
    private let kernel: K
    /// As the user named it.
    package let path: String
    package let handle: DeviceHandle
    package let directory: ArrayDirectory<K>
    package let info: ArrayInfo
    /// metadata_version of sysfs: `1.2`, `0.90`, `none`, `external:…`.
    package let metadata: String

    package init(_ path: String, kernel: K) throws(ManageFailure) {
        let opened: DeviceHandle
        let status: FileStatus
        do throws(SystemCallError) {
            opened = try kernel.open(path, [])
            status = try kernel.status(of: opened)
        } catch { throw .openArray(path, error.errno) }
        guard status.kind == .block, let directory = ArrayDirectory(of: status.device, kernel: kernel),
            directory.attribute("array_state") != nil
        else { throw .notArray(path) }
        do throws(SystemCallError) { info = try kernel.arrayInfo(of: opened) } catch {
            throw error.errno == .noSuchDevice ? .arrayInactive(path) : .notArray(path)
        }
        self.kernel = kernel
        self.path = path
        self.directory = directory
        handle = opened
        metadata = directory.attribute("metadata_version") ?? ""
    }

    /// Whether several nodes share the array.
    package var isClustered: Bool { info.state.contains(.clustered) }
    /// Whether its metadata is not the driver's business.
    package var isExternal: Bool { metadata.hasPrefix("external:") }
    /// Whether its members carry metadata.
    package var isPersistent: Bool { info.notPersistent == 0 }
    /// Whether that metadata is of version 1.
    package var hasVersion1: Bool { info.majorVersion == 1 }

    /// Of the superblocks of a device the one that counts for an array of this format; one for more data than the
    /// device has room for does not.
    package func superblock(of member: Member) -> MemberSuperblock? {
        let found = hasVersion1 ? member.superblock.map { .version1($0) }
            : member.allSuperblocks.first { $0.choice == .version0(.host) }
        return found.flatMap { $0.fits(member.size) ? $0 : nil }
    }

    /// Which losses the array would survive.
    package var survival: Survival {
        Survival(
            level: Level(rawValue: info.level), layout: info.layout, raidDisks: max(0, Int(info.raidDisks)))
    }

    /// Sectors that each member gives to the array.
    package var componentSize: Sectors {
        guard let text = directory.attribute("component_size"), let kibibytes = UInt64(text),
            kibibytes < 1 << 54
        else { return .zero }
        return Sectors(kibibytes * 2)
    }

    /// The array's uuid, which sysfs tells since Linux 5.19.
    package var uuid: UUID? { directory.attribute("uuid").flatMap { UUID(parsing: $0) } }

    /// Disk numbers that a version-1 superblock can hold.
    private static var numberLimit: Int32 { Int32(ConfirmOperand.numberLimit) }

    /// Every disk the driver knows, by number.
    package func disks() -> [DiskInfo] {
        var found: [DiskInfo] = []
        let expected = Int((try? kernel.arrayInfo(of: handle).diskCount) ?? 0)
        for number in 0..<Self.numberLimit {
            guard found.count < expected else { break }
            guard let disk = try? kernel.diskInfo(number, of: handle), disk.device != .none else { continue }
            found.append(disk)
        }
        return found
    }

    /// Whether no disk has this number.
    package func isFree(_ number: Int) -> Bool {
        guard let number = Int32(exactly: number), let disk = try? kernel.diskInfo(number, of: handle)
        else { return false }
        return disk.device == .none
    }

    /// The first free number from the number of slots up.
    package func freeNumber() -> Int? {
        let limit = hasVersion1 || !isPersistent ? Int(Self.numberLimit) : SuperblockV0.diskLimit
        let first = max(0, Int(info.raidDisks))
        return first < limit ? (first..<limit).first(where: isFree) : nil
    }

    /// Members as sysfs lists them.
    package func members() -> [SysfsMember] {
        directory.memberNames().compactMap { name in
            guard let device = directory.device(ofMember: name) else { return nil }
            let state = directory.attribute("state", ofMember: name) ?? ""
            return SysfsMember(
                name: name, device: device,
                slot: directory.attribute("slot", ofMember: name).flatMap { Int($0) },
                state: Set(state.split(separator: ",").map(String.init)))
        }
    }

    /// Whether the array works, with or without one of its members.
    package func works(without device: DeviceNumber? = nil) -> Bool {
        let inSync = members().filter { $0.isInSync && $0.device != device }.compactMap(\.slot)
        return survival.holds(with: Set(inSync))
    }
}

/// A member as its directory in sysfs shows it.
package struct SysfsMember: Hashable, Sendable {
    package let name: String
    package let device: DeviceNumber
    package let slot: Int?
    /// The words of `state`.
    package let state: Set<String>

    /// Whether md has given it up.
    package var isFaulty: Bool { state.contains("faulty") }
    /// Whether it holds current data in a slot.
    package var isInSync: Bool { state.contains("in_sync") && !isFaulty && slot != nil }
}
