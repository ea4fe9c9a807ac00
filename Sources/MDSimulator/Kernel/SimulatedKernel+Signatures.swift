internal import MDBytes
internal import MDFormats
package import MDKernel

extension SimulatedKernel: Signatures {
    /// What libblkid would recognise among the few things that tests put on disks.
    package func probe(_ handle: DeviceHandle) throws(SystemCallError) -> [SignatureTag] {
        try call("blkid", on: handle.path) { machine throws(Refusal) in
            let number = try machine.device(of: handle.token)
            let front = try machine.read(number, at: .zero, count: 65536)
            if let size = machine.size(of: number)?.sectors {
                for version in SuperblockV1.MinorVersion.allCases {
                    guard let place = version.location(onDeviceOf: size) else { continue }
                    let block = try machine.read(number, at: place.bytes, count: SuperblockV1.areaBytes)
                    do throws(SuperblockV1.Rejection) {
                        guard let member = try SuperblockV1(reading: block, at: place),
                            member.isChecksumCorrect
                        else { continue }
                        return member.tags
                    } catch { continue }
                }
            }
            return Self.tags(ofFront: front)
        }
    }

    private static func tags(ofFront front: [UInt8]) -> [SignatureTag] {
        func has(_ bytes: [UInt8], at offset: Int) -> Bool {
            front.count >= offset + bytes.count && Array(front[offset..<offset + bytes.count]) == bytes
        }
        if has([0x53, 0xef], at: 1080) { return [tag("TYPE", "ext4"), tag("USAGE", "filesystem")] }
        if has(Array("XFSB".utf8), at: 0) { return [tag("TYPE", "xfs"), tag("USAGE", "filesystem")] }
        if has(Array("EFI PART".utf8), at: 512) { return [tag("PTTYPE", "gpt")] }
        if has([0x55, 0xaa], at: 510) { return [tag("PTTYPE", "dos")] }
        return []
    }

    fileprivate static func tag(_ name: String, _ value: String) -> SignatureTag {
        SignatureTag(name: name, value: Array(value.utf8))
    }
}

extension SuperblockV1 {
    fileprivate var tags: [SignatureTag] {
        [
            SimulatedKernel.tag("UUID", arrayUUID.dashedText),
            SimulatedKernel.tag("UUID_SUB", deviceUUID.dashedText),
            SignatureTag(name: "LABEL", value: name),
            SimulatedKernel.tag("VERSION", "1.\(minorVersion.rawValue)"),
            SimulatedKernel.tag("TYPE", "linux_raid_member"),
            SimulatedKernel.tag("USAGE", "raid"),
        ]
    }
}
