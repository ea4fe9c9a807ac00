internal import MDBytes
internal import MDKernel

/// Opening, claiming, reading and writing block devices.
extension Machine {
    static let mdMajor: UInt32 = 9

    func drive(_ number: DeviceNumber) -> Drive? { drives.first { $0.number == number } }

    func arrayIndex(_ number: DeviceNumber) -> Int? {
        guard number.major == Self.mdMajor else { return nil }
        return arrays.firstIndex { $0.minor == number.minor }
    }

    /// The kernel's name of a block device.
    func name(of number: DeviceNumber) -> String? {
        if let index = arrayIndex(number) { return arrays[index].name }
        return drive(number)?.name
    }

    func size(of number: DeviceNumber) -> ByteCount? {
        if let index = arrayIndex(number) {
            return arrays[index].personality == nil ? .zero : Sectors(arrays[index].arraySectors).bytes
        }
        return drive(number)?.size
    }

    /// Exclusive holders of one device, its members' arrays included.
    func holders(of number: DeviceNumber) -> [Holder] {
        var holders: [Holder] = handles.compactMap { handle in
            guard handle.target == .device(number), handle.options.contains(.exclusive) else { return nil }
            return .handle(handle.token)
        }
        for array in arrays where array.members.contains(where: { $0.device == number }) {
            holders.append(.array(array.minor))
        }
        return holders
    }

    /// Whether nothing holds the device, the disk it is a partition of, or a partition of it.
    func isClaimable(_ number: DeviceNumber) -> Bool {
        guard holders(of: number).isEmpty else { return false }
        if let parent = drive(number)?.parent, !holders(of: parent).isEmpty { return false }
        return drives.allSatisfy { $0.parent != number || holders(of: $0.number).isEmpty }
    }

    mutating func open(device number: DeviceNumber, _ options: OpenOptions) throws(Refusal) -> Int32 {
        if number.major == Self.mdMajor {
            try openArray(number)
        } else {
            guard let drive = drive(number), !drive.isGone else { throw Refusal(.noDevice) }
            if options.contains(.write), drive.isReadOnly { throw Refusal(.accessDenied) }
        }
        if options.contains(.exclusive), !isClaimable(number) { throw Refusal(.busy) }
        return addHandle(.device(number), options)
    }

    /// Opening a node of the md major makes the array, as `create_on_open` has it.
    private mutating func openArray(_ number: DeviceNumber) throws(Refusal) {
        guard modules.contains("md_mod") else { throw Refusal(.noDevice) }
        if arrayIndex(number) != nil { return }
        guard number.minor < 512 else { throw Refusal(.noDevice) }
        try makeArray(minor: number.minor, name: "md\(number.minor)", hold: .untilControl)
    }

    mutating func addHandle(_ target: OpenFile.Target, _ options: OpenOptions) -> Int32 {
        let token = nextToken
        nextToken += 1
        handles.append(OpenFile(token: token, target: target, options: options))
        return token
    }

    mutating func close(_ token: Int32) {
        guard let index = handles.firstIndex(where: { $0.token == token }) else { return }
        let target = handles.remove(at: index).target
        if case .device(let number) = target { dropIfUnused(number) }
    }

    func device(of token: Int32) throws(Refusal) -> DeviceNumber {
        guard let handle = handles.first(where: { $0.token == token }),
            case .device(let number) = handle.target
        else { throw Refusal(.invalid) }
        return number
    }

    func read(_ number: DeviceNumber, at offset: ByteCount, count: Int) throws(Refusal) -> [UInt8] {
        if number.major == Self.mdMajor { return try readArray(number, at: offset, count: count) }
        guard let drive = drive(number), !drive.isGone, !drive.failsReads else { throw Refusal(.inputOutput) }
        guard offset < drive.size else { return [] }
        let fitting = Int(min(UInt64(max(count, 0)), drive.size.rawValue - offset.rawValue))
        return drive.disk.read(at: ByteCount(drive.start.rawValue + offset.rawValue), count: fitting)
    }

    func write(_ bytes: [UInt8], to number: DeviceNumber, at offset: ByteCount, durably: Bool = false)
        throws(Refusal)
    {
        if number.major == Self.mdMajor { return try writeArray(bytes, number, at: offset) }
        guard let drive = drive(number), !drive.isGone, !drive.failsWrites else { throw Refusal(.inputOutput) }
        let end = offset.rawValue.addingReportingOverflow(UInt64(bytes.count))
        guard !end.overflow, end.partialValue <= drive.size.rawValue else { throw Refusal(.noSpace) }
        drive.disk.write(
            bytes, at: ByteCount(drive.start.rawValue + offset.rawValue), durably: durably)
    }

    func zero(_ number: DeviceNumber, at offset: ByteCount, count: ByteCount) throws(Refusal) {
        guard let drive = drive(number), !drive.isGone, !drive.failsWrites else { throw Refusal(.inputOutput) }
        let end = offset.rawValue.addingReportingOverflow(count.rawValue)
        guard !end.overflow, end.partialValue <= drive.size.rawValue else { throw Refusal(.invalid) }
        drive.disk.zero(at: ByteCount(drive.start.rawValue + offset.rawValue), count: count)
    }

    /// Makes the durable write that md makes of its own metadata; a failing disk says so.
    func writeMetadata(_ bytes: [UInt8], to member: DeviceNumber, at place: Sectors) throws(Refusal) {
        try write(bytes, to: member, at: place.bytes, durably: true)
    }

    /// Data of a mirror comes from its first member in sync; other levels read as zeros, for their
    /// mapping is no matter of the verbs.
    private func readArray(_ number: DeviceNumber, at offset: ByteCount, count: Int)
        throws(Refusal) -> [UInt8]
    {
        guard let index = arrayIndex(number), arrays[index].personality != nil else { return [] }
        let array = arrays[index]
        let size = Sectors(array.arraySectors).bytes
        guard offset < size else { return [] }
        let fitting = Int(min(UInt64(max(count, 0)), size.rawValue - offset.rawValue))
        guard array.personality == .raid1,
            let member = array.members.first(where: { $0.flags.contains(.inSync) })
        else { return [UInt8](repeating: 0, count: fitting) }
        let place = ByteCount(Sectors(member.dataOffset).bytes.rawValue + offset.rawValue)
        return try read(member.device, at: place, count: fitting)
    }

    private func writeArray(_ bytes: [UInt8], _ number: DeviceNumber, at offset: ByteCount) throws(Refusal) {
        guard let index = arrayIndex(number), arrays[index].personality != nil else { throw Refusal(.inputOutput) }
        guard arrays[index].mode != .readOnly else { throw Refusal(.notPermitted) }
        guard arrays[index].personality == .raid1 else { return }
        for member in arrays[index].members where member.slot >= 0 && !member.flags.contains(.faulty) {
            let place = ByteCount(Sectors(member.dataOffset).bytes.rawValue + offset.rawValue)
            try write(bytes, to: member.device, at: place)
        }
    }
}
