internal import MDBytes
internal import MDFormats
internal import MDKernel

/// Metadata 0.90, as far as an array that was just created needs it: the driver's model knows one kind of superblock,
/// so one of the newer kind stands for it, and what is on the disk is not written again.
extension Machine {
    /// What super_90_load insists on.
    func loadVersion0(_ number: DeviceNumber, name: String, size: Sectors) throws(Refusal) -> MDMember {
        guard let place = SuperblockV0.location(onDeviceOf: size) else { throw Refusal(.invalid) }
        let block = try read(number, at: place.bytes, count: SuperblockV0.byteCount)
        guard let elder = SuperblockV0(reading: block), elder.majorVersion == 0, (90...91).contains(elder.minorVersion),
            elder.isChecksumCorrect, elder.raidDisks > 0, elder.raidDisks <= UInt32(SuperblockV0.diskLimit),
            elder.ownDisk.number < UInt32(SuperblockV0.diskLimit)
        else { throw Refusal(.invalid) }
        var member = MDMember(device: number, name: name, sectors: place.rawValue)
        member.superblockStart = place.rawValue
        member.number = Int(elder.ownDisk.number)
        member.superblock = substitute(for: elder)
        member.isVersion0 = true
        return member
    }

    private func substitute(for elder: SuperblockV0) -> SuperblockV1 {
        var block = SuperblockV1(roleCount: SuperblockV0.diskLimit)
        block.arrayUUID = elder.arrayUUID
        block.creationStamp = UInt64(elder.creationTime)
        block.updateStamp = UInt64(elder.updateTime)
        block.level = elder.level
        block.layout = elder.layout
        block.size = Sectors(UInt64(elder.size) * 2)
        block.chunk = Sectors(UInt64(elder.chunk) / 512)
        block.raidDisks = elder.raidDisks
        block.events = elder.events
        block.resyncOffset = elder.state.contains(.clean) ? .max : 0
        if elder.state.contains(.bitmapPresent) {
            block.features.insert(.bitmap)
            block.bitmapOffset = 8
        }
        for number in 0..<SuperblockV0.diskLimit {
            guard let row = elder.disk(of: number), row.state.contains(.sync) else { continue }
            block.setRole(.active(Int(row.raidDisk)), of: number)
        }
        return block
    }
}
