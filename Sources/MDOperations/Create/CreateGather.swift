internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// A device that is to become a member, as it was read.
struct CreateDevice: Sendable {
    let operand: Int
    let path: String
    let device: DeviceNumber
    let size: Sectors
    let evidence: Oddity.Evidence
    /// Places of old superblocks, with the bytes to be zeroed there.
    let remains: [Remains]

    /// A superblock of whatever version that must not survive.
    struct Remains: Hashable, Sendable {
        var offset: ByteCount
        var count: Int
    }
}

/// A device and the hold on it.
struct ClaimedDevice: Sendable {
    let device: CreateDevice
    /// Open for reading and exclusively: nobody else on this host can take the device meanwhile.
    let claim: DeviceHandle
}

/// Why a device cannot be one.
enum CreateObstacle: Error, Hashable, Sendable {
    case cannotOpen(String, Errno)
    case notBlockDevice(String)
    case cannotClaim(String, Errno)
}

enum CreateGather {
    /// Opens and reads one device. Nothing that udev would take for a change: the handle only reads.
    static func read<K: Kernel>(_ path: String, operand: Int, kernel: K) throws(CreateObstacle) -> ClaimedDevice {
        let status: FileStatus
        do { status = try kernel.status(ofPath: path) } catch { throw .cannotOpen(path, error.errno) }
        guard status.kind == .block else { throw .notBlockDevice(path) }
        let claim: DeviceHandle
        do { claim = try kernel.open(path, [.exclusive, .direct]) } catch {
            let isAbsent = error.errno == .noEntry || error.errno == .noDevice || error.errno == .accessDenied
            throw isAbsent ? .cannotOpen(path, error.errno) : .cannotClaim(path, error.errno)
        }
        do {
            let member = try MemberReader.read(
                claim, path: path, device: status.device, also: .version0, kernel: kernel)
            let device = try describe(member, operand: operand, kernel: kernel)
            return ClaimedDevice(device: device, claim: claim)
        } catch { throw .cannotClaim(path, error.errno) }
    }

    private static func describe<K: Kernel>(_ member: Member, operand: Int, kernel: K)
        throws(SystemCallError) -> CreateDevice
    {
        var remains = member.superblocks.map {
            CreateDevice.Remains(offset: $0.superOffset.bytes, count: 512)
        }
        let elder = member.version0Block.flatMap { SuperblockV0.any(reading: $0) }
        if elder != nil, let place = SuperblockV0.location(onDeviceOf: member.size) {
            remains.append(CreateDevice.Remains(offset: place.bytes, count: SuperblockV0.byteCount))
        }
        let further = Extent(offset: ByteCount(65536), count: 4096)
        let behind = member.size.bytes.rawValue >= 69632 ? try kernel.read(further, of: member.handle) : []
        return CreateDevice(
            operand: operand, path: member.path, device: member.device, size: member.size,
            evidence: Oddity.Evidence(
                front: member.front, behind64KiB: behind, superblock: member.superblock, elder: elder),
            remains: remains)
    }
}
