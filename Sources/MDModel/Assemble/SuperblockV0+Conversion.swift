package import MDBytes
package import MDFormats

extension SuperblockV0 {
    /// The same array in metadata 1.0, whose superblock lies behind this one, with its number as its name. `uuid` is
    /// to be the member's own.
    ///
    /// The second later of its creation lets the new superblock count where both are found.
    package func converted(deviceOf size: Sectors, uuid: UUID)
        throws(SuperblockUpdate.Refusal) -> SuperblockV1
    {
        guard !state.contains(.bitmapPresent) else { throw .metadataBesideBitmap }
        guard state.contains(.clean), !isReshaping else { throw .unclean }
        guard let place = SuperblockV1.MinorVersion.atEnd.location(onDeviceOf: size) else { throw .noRoom }
        var block = SuperblockV1(roleCount: Self.diskLimit, rest: 0)
        // Numbers print the other way round in 1.x.
        block.arrayUUID = arrayUUID.swappingWords
        block.name = Array(String(preferredMinor).utf8)
        block.creationStamp = UInt64(creationTime) + 1
        block.level = level
        block.layout = layout
        block.size = Sectors(UInt64(self.size) * 2)
        block.chunk = Sectors(UInt64(chunk / 512))
        block.raidDisks = raidDisks
        block.dataSize = block.size
        block.superOffset = place
        block.deviceNumber = ownDisk.number
        block.deviceUUID = uuid
        block.updateStamp = UInt64(updateTime)
        block.resyncOffset = .max
        for number in 0..<Self.diskLimit {
            guard let disk = disk(of: number) else { continue }
            block.setRole(MemberSuperblock.role(of: disk), of: number)
        }
        if ownDisk.state.contains(.writeMostly) { block.deviceFlags.insert(.writeMostly) }
        block.seal()
        return block
    }
}
