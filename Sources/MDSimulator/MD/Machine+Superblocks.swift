internal import MDBytes
internal import MDFormats
internal import MDKernel

/// Writing metadata.
extension Machine {
    /// Writes what changed to every member that works; one that refuses is failed (md_update_sb).
    mutating func updateSuperblocks(_ index: Int) {
        guard arrays[index].mode == .readWrite else { return }
        let isForced = arrays[index].devicesChanged
        let isTransition = arrays[index].cleanChanged && !isForced && arrays[index].degraded == 0
        arrays[index].devicesChanged = false
        arrays[index].cleanChanged = false
        guard arrays[index].isPersistent else { return }
        arrays[index].updateTime = wallSeconds
        rememberRecovery(index)
        let isClean = arrays[index].isInSync && arrays[index].resyncOffset == MDArray.end
        if isTransition, isClean, arrays[index].canDecreaseEvents, arrays[index].events != 1 {
            arrays[index].events -= 1
            arrays[index].canDecreaseEvents = false
        } else {
            arrays[index].events += 1
            arrays[index].canDecreaseEvents = isTransition
        }
        writeBitmapHeader(index)
        for place in arrays[index].members.indices { writeSuperblock(of: place, index) }
        for place in arrays[index].members.indices { arrays[index].members[place].flags.remove(.blocked) }
        if arrays[index].isClustered { clusterNews.append(.metadataUpdated(arrays[index].uuid)) }
        if arrays[index].devicesChanged { updateSuperblocks(index) }
    }

    private mutating func writeSuperblock(of place: Int, _ index: Int) {
        let superblock = fittedSuperblock(of: place, index)
        arrays[index].members[place].superblock = superblock
        let member = arrays[index].members[place]
        // The model leaves superblocks of metadata 0.90 as they were made.
        guard let superblock, !member.isVersion0, !member.flags.contains(.faulty) else { return }
        do throws(Refusal) {
            try writeMetadata(
                superblock.writtenBytes, to: member.device, at: Sectors(member.superblockStart))
        } catch {
            note("md: super_written gets error=-5")
            fail(place, index)
        }
    }

    /// A member's superblock made to match the array (super_1_sync).
    private func fittedSuperblock(of place: Int, _ index: Int) -> SuperblockV1? {
        let array = arrays[index]
        let member = array.members[place]
        guard var block = member.superblock else { return nil }
        block.features = features(of: member, in: array, old: block.features)
        block.recoveryOffset = 0
        if member.slot >= 0, member.flags.isDisjoint(with: [.inSync, .journal]) {
            block.recoveryOffset = member.recoveryOffset
        }
        block.updateStamp = array.updateTime
        block.events = array.events
        block.resyncOffset = array.isInSync ? array.resyncOffset : 0
        block.correctedReads = member.correctedReads
        block.raidDisks = UInt32(array.raidDisks)
        block.size = Sectors(array.deviceSectors)
        block.chunk = Sectors(array.chunk)
        block.level = array.level
        block.layout = UInt32(bitPattern: array.layout)
        block.deviceFlags = member.deviceFlags(keeping: block.deviceFlags)
        block.dataOffset = Sectors(member.dataOffset)
        block.dataSize = Sectors(member.sectors)
        if array.bitmap != nil { block.bitmapOffset = array.bitmapOffset }
        let highest = array.members.map(\.number).max() ?? -1
        for number in 0..<max(block.roleCount, highest + 1) { block.setRole(.spare, of: number) }
        for other in array.members where other.number >= 0 { block.setRole(other.recordedRole, of: other.number) }
        block.seal()
        return block
    }

    private func features(
        of member: MDMember, in array: MDArray, old: SuperblockV1.Features
    ) -> SuperblockV1.Features {
        var features: SuperblockV1.Features = []
        if array.bitmap != nil { features.insert(.bitmap) }
        if member.slot >= 0, member.flags.isDisjoint(with: [.inSync, .journal]) {
            features.insert(.recoveryOffset)
            if member.savedSlot >= 0, array.bitmap != nil { features.insert(.recoveryBitmap) }
        }
        if member.flags.contains(.replacement) { features.insert(.replacement) }
        if array.isClustered { features.insert(.clustered) }
        features.formUnion(old.intersection([.badBlocks, .journal, .ppl, .multiplePPLs]))
        // The driver knows this one from its layout alone.
        if array.level == 0, array.layout >= 0 { features.insert(.raid0Layout) }
        return features
    }

    /// Progress of a recovery goes into each metadata write.
    private mutating func rememberRecovery(_ index: Int) {
        guard let sync = arrays[index].sync, sync.kind == .recover else { return }
        let position = sync.position(at: clock, speed: settings.syncSpeed)
        for place in arrays[index].members.indices {
            let member = arrays[index].members[place]
            guard member.slot >= 0, member.flags.isDisjoint(with: [.inSync, .faulty, .journal]) else { continue }
            arrays[index].members[place].recoveryOffset = max(member.recoveryOffset, position)
        }
    }

    /// Reads the bitmap's header from the members and refuses what the driver refuses.
    mutating func loadBitmap(_ personality: Personality, _ index: Int) throws(Refusal) {
        let array = arrays[index]
        guard personality.hasSpares, array.bitmapOffset != 0 else { return }
        let source = array.members.first { $0.slot >= 0 && $0.flags.contains(.inSync) }
        guard let source, let place = bitmapPlace(of: source, array) else { throw Refusal(.inputOutput) }
        let bytes = try read(source.device, at: place.bytes, count: BitmapSuperblock.byteCount)
        if array.isLockless { return try loadLockless(bytes, index) }
        guard let header = BitmapSuperblock(reading: bytes), header.hasMagic,
            (3...5).contains(header.version), header.chunk >= 512, header.chunk & (header.chunk - 1) == 0,
            header.daemonSleep >= 1, header.writeBehind <= 16383, header.uuid == array.uuid
        else { throw Refusal(.invalid) }
        var bitmap = MDBitmap(header: header, eventsCleared: header.eventsCleared)
        if header.nodes == 0, header.events < array.events {
            bitmap.isStale = true
            bitmap.eventsCleared = array.events
        }
        bitmap.header.syncSize = Sectors(array.deviceSectors)
        arrays[index].bitmap = bitmap
    }

    /// Makes a lockless bitmap at its first use; its chunk is then in sectors.
    private mutating func loadLockless(_ bytes: [UInt8], _ index: Int) throws(Refusal) {
        guard var header = BitmapSuperblock(reading: bytes), header.isLockless, header.uuid == arrays[index].uuid
        else { throw Refusal(.invalid) }
        if header.state & BitmapSuperblock.firstUse != 0 {
            header.state = 0
            header.chunk = 128
            header.daemonSleep = 30
        }
        arrays[index].bitmap = MDBitmap(header: header, eventsCleared: 0)
    }

    private func bitmapPlace(of member: MDMember, _ array: MDArray) -> Sectors? {
        let place = Int64(clamping: member.superblockStart) + Int64(array.bitmapOffset)
        return place >= 0 ? Sectors(UInt64(place)) : nil
    }

    private mutating func writeBitmapHeader(_ index: Int) {
        guard var bitmap = arrays[index].bitmap else { return }
        bitmap.header.events = arrays[index].events
        bitmap.eventsCleared = min(bitmap.eventsCleared, arrays[index].events)
        if arrays[index].degraded == 0 { bitmap.eventsCleared = arrays[index].events }
        bitmap.header.eventsCleared = bitmap.eventsCleared
        arrays[index].bitmap = bitmap
        for (place, member) in arrays[index].members.enumerated()
        where member.slot >= 0 && !member.flags.contains(.faulty) {
            guard let start = bitmapPlace(of: member, arrays[index]) else { continue }
            do throws(Refusal) {
                try writeMetadata(bitmap.header.image, to: member.device, at: start)
            } catch { fail(place, index) }
        }
    }

    /// Once everything is in sync the bits are cleared on disk.
    mutating func clearBitmap(_ index: Int) {
        guard let bitmap = arrays[index].bitmap, !bitmap.isCleared, arrays[index].mode == .readWrite,
            arrays[index].degraded == 0, arrays[index].resyncOffset == MDArray.end,
            let bits = bitmap.header.bitCount
        else { return }
        arrays[index].bitmap?.isCleared = true
        let area = BitmapSuperblock.areaBytes(bits: bits)
        for member in arrays[index].members where member.slot >= 0 && !member.flags.contains(.faulty) {
            guard let start = bitmapPlace(of: member, arrays[index]) else { continue }
            let first = ByteCount(start.bytes.rawValue + UInt64(BitmapSuperblock.byteCount))
            // Bits that stay set cost a longer resync, nothing else.
            do throws(Refusal) {
                try zero(
                    member.device, at: first,
                    count: ByteCount(area - UInt64(BitmapSuperblock.byteCount)))
            } catch { note("md: bitmap write failed") }
        }
    }
}

extension MDMember {
    /// The role that superblocks record for this member.
    var recordedRole: SuperblockV1.Role {
        if flags.contains(.faulty) { return .faulty }
        if flags.contains(.journal) { return .journal }
        return slot >= 0 ? .active(slot) : .spare
    }

    func deviceFlags(keeping old: SuperblockV1.DeviceFlags) -> SuperblockV1.DeviceFlags {
        var result = old.subtracting([.writeMostly, .failfast])
        if flags.contains(.writeMostly) { result.insert(.writeMostly) }
        if flags.contains(.failfast) { result.insert(.failfast) }
        return result
    }
}
