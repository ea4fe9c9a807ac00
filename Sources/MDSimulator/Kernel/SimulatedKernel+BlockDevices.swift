package import MDBytes
package import MDKernel

extension SimulatedKernel: BlockDevices {
    package func open(_ path: String, _ options: OpenOptions) throws(SystemCallError) -> DeviceHandle {
        let token = try call("open", on: path) { machine throws(Refusal) in
            let place = try machine.resolve(path)
            switch machine.entry(at: place) {
            case .device(let number, _)?: return try machine.open(device: number, options)
            case .file?: return machine.addHandle(.file(place), options)
            case .directory?, .link?: throw Refusal(Errno(rawValue: 21))
            case nil: throw Refusal(.noEntry)
            }
        }
        return handle(token, path)
    }

    package func open(device: DeviceNumber, _ options: OpenOptions) throws(SystemCallError) -> DeviceHandle {
        let (token, path) = try call("open", on: "\(device)") { machine throws(Refusal) in
            let token = try machine.open(device: device, options)
            return (token, "/dev/" + (machine.name(of: device) ?? "\(device)"))
        }
        return handle(token, path)
    }

    package func status(ofPath path: String) throws(SystemCallError) -> FileStatus {
        try call("stat", on: path) { machine throws(Refusal) in try machine.status(ofPath: path) }
    }

    package func status(of handle: DeviceHandle) throws(SystemCallError) -> FileStatus {
        try call("fstat", on: handle.path) { machine throws(Refusal) in
            guard let file = machine.handles.first(where: { $0.token == handle.token }) else {
                throw Refusal(.invalid)
            }
            switch file.target {
            case .device(let number):
                return FileStatus(kind: .block, device: number, mode: 0o660, size: .zero)
            case .file(let path), .lock(let path): return try machine.status(ofPath: path)
            }
        }
    }

    package func size(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount {
        try call("BLKGETSIZE64", on: handle.path) { machine throws(Refusal) in
            if let bytes = machine.fileBytes(of: handle) { return ByteCount(UInt64(bytes.count)) }
            return machine.size(of: try machine.device(of: handle.token)) ?? .zero
        }
    }

    package func logicalBlockSize(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount {
        try call("BLKSSZGET", on: handle.path) { machine throws(Refusal) in
            if machine.fileBytes(of: handle) != nil { return ByteCount(512) }
            let drive = machine.drive(try machine.device(of: handle.token))
            return ByteCount(UInt64(drive?.disk.logicalBlockSize ?? 512))
        }
    }

    package func read(_ extent: Extent, of handle: DeviceHandle) throws(SystemCallError) -> [UInt8] {
        try call("read", on: handle.path) { machine throws(Refusal) in
            if let bytes = machine.fileBytes(of: handle) {
                return Array(bytes.dropFirst(Int(clamping: extent.offset.rawValue)).prefix(extent.count))
            }
            let number = try machine.device(of: handle.token)
            return try machine.read(number, at: extent.offset, count: extent.count)
        }
    }

    package func write(_ bytes: [UInt8], at offset: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)
    {
        try call("write", on: handle.path) { machine throws(Refusal) in
            guard machine.handles.contains(where: { $0.token == handle.token && $0.options.contains(.write) })
            else { throw Refusal(Errno(rawValue: 9)) }
            if let old = machine.fileBytes(of: handle) {
                return try machine.patch(old, with: bytes, at: offset, of: handle)
            }
            try machine.write(bytes, to: try machine.device(of: handle.token), at: offset)
        }
    }

    package func synchronize(_ handle: DeviceHandle) throws(SystemCallError) {
        try call("fsync", on: handle.path) { machine throws(Refusal) in
            guard machine.fileBytes(of: handle) == nil else { return }
            let number = try machine.device(of: handle.token)
            guard let drive = machine.drive(number) else { return }
            guard !drive.isGone, !drive.failsWrites else { throw Refusal(.inputOutput) }
            drive.disk.synchronize()
        }
    }

    package func removePartitions(of handle: DeviceHandle) throws(SystemCallError) {
        try call("BLKPG", on: handle.path) { machine throws(Refusal) in
            let number = try machine.device(of: handle.token)
            let partitions = machine.drives.filter { $0.parent == number }
            guard partitions.allSatisfy({ machine.holders(of: $0.number).isEmpty }) else { throw Refusal(.busy) }
            for partition in partitions {
                machine.announce("remove", partition.number)
                machine.drives.removeAll { $0.number == partition.number }
                machine.files["/dev/" + partition.name] = nil
            }
        }
    }

    package func zero(offset: ByteCount, count: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)
    {
        try call("fallocate", on: handle.path) { machine throws(Refusal) in
            try machine.zero(try machine.device(of: handle.token), at: offset, count: count)
            if let speed = machine.settings.zeroSpeed { machine.clock += Int(count.rawValue / speed) }
        }
    }
}

extension Machine {
    /// The bytes of an open regular file; nil for a device.
    func fileBytes(of handle: DeviceHandle) -> [UInt8]? {
        guard let open = handles.first(where: { $0.token == handle.token }),
            case .file(let path) = open.target, case .file(let bytes, _) = files[path]
        else { return nil }
        return bytes
    }

    mutating func patch(_ old: [UInt8], with bytes: [UInt8], at offset: ByteCount, of handle: DeviceHandle)
        throws(Refusal)
    {
        guard let open = handles.first(where: { $0.token == handle.token }),
            case .file(let path) = open.target, case .file(_, let mode) = files[path],
            offset.rawValue < 1 << 30
        else { throw Refusal(.tooBig) }
        let start = Int(offset.rawValue)
        var result = old
        if result.count < start + bytes.count {
            result += repeatElement(0, count: start + bytes.count - result.count)
        }
        result.replaceSubrange(start..<start + bytes.count, with: bytes)
        files[path] = .file(result, mode: mode)
    }
}
