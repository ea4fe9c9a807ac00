package import MDBytes
package import MDKernel

extension SimulatedKernel: ArrayControl {
    package func driverVersion(of array: DeviceHandle) throws(SystemCallError) -> DriverVersion {
        try command("RAID_VERSION", array) { _, _ in DriverVersion(major: 0, minor: 90, patch: 3) }
    }

    package func arrayInfo(of array: DeviceHandle) throws(SystemCallError) -> ArrayInfo {
        try command("GET_ARRAY_INFO", array) { machine, index throws(Refusal) in
            try machine.requireConfigured(index)
            return machine.arrayInfo(index)
        }
    }

    package func diskInfo(_ number: Int32, of array: DeviceHandle) throws(SystemCallError) -> DiskInfo {
        try command("GET_DISK_INFO", array) { machine, index throws(Refusal) in
            try machine.requireConfigured(index)
            return machine.diskInfo(number, index)
        }
    }

    package func bitmapFile(of array: DeviceHandle) throws(SystemCallError) -> [UInt8] {
        try command("GET_BITMAP_FILE", array) { _, _ in [] }
    }

    package func setArrayInfo(_ info: ArrayInfo, of array: DeviceHandle) throws(SystemCallError) {
        try change("SET_ARRAY_INFO", array) { machine, index throws(Refusal) in
            try machine.setArrayInfo(info, index)
        }
    }

    package func addNewDisk(_ disk: DiskInfo, to array: DeviceHandle) throws(SystemCallError) {
        let isShared = try command("ADD_NEW_DISK", array) { machine, index in machine.arrays[index].isClustered }
        if isShared, disk.state.contains(.clusterAdd), !disk.state.contains(.candidate) {
            return try clusterAdd(disk, to: array)
        }
        try change("ADD_NEW_DISK", array) { machine, index throws(Refusal) in
            if !disk.state.contains(.sync) { try machine.claimWritable(index) }
            if machine.arrays[index].isClustered { return try machine.confirm(disk, index) }
            try machine.addNewDisk(disk, index)
        }
        if isShared { cluster?.addIfUnanimous() }
    }

    package func run(_ array: DeviceHandle) throws(SystemCallError) {
        try change("RUN_ARRAY", array) { machine, index throws(Refusal) in
            try machine.run(index)
        }
    }

    package func stop(_ array: DeviceHandle) throws(SystemCallError) {
        try change("STOP_ARRAY", array) { machine, index throws(Refusal) in
            let isRunning = machine.arrays[index].personality != nil
            if isRunning, machine.isInUse(index, allowing: 1) { throw Refusal(.busy) }
            machine.stop(index)
        }
    }

    package func makeReadOnly(_ array: DeviceHandle) throws(SystemCallError) {
        try change("STOP_ARRAY_RO", array) { machine, index throws(Refusal) in
            try machine.requireConfigured(index)
            if machine.isInUse(index, allowing: 1) { throw Refusal(.busy) }
            try machine.makeReadOnly(index)
        }
    }

    package func makeReadWrite(_ array: DeviceHandle) throws(SystemCallError) {
        try change("RESTART_ARRAY_RW", array) { machine, index throws(Refusal) in
            try machine.requireConfigured(index)
            try machine.restart(index)
        }
    }

    package func hotRemove(_ device: DeviceNumber, from array: DeviceHandle) throws(SystemCallError) {
        try change("HOT_REMOVE_DISK", array) { machine, index throws(Refusal) in
            try machine.requireConfigured(index)
            try machine.hotRemove(device, index)
        }
    }

    package func setFaulty(_ device: DeviceNumber, of array: DeviceHandle) throws(SystemCallError) {
        try command("SET_DISK_FAULTY", array) { machine, index throws(Refusal) in
            try machine.setFaulty(device, index)
        }
    }

    package func nack(_ array: DeviceHandle) throws(SystemCallError) {
        try change("CLUSTERED_DISK_NACK", array) { machine, index throws(Refusal) in
            try machine.requireConfigured(index)
            try machine.claimWritable(index)
            guard machine.arrays[index].isClustered else { throw Refusal(.invalid) }
            if machine.arrays[index].answer == .awaited { machine.arrays[index].answer = .refused }
        }
    }

    /// An ioctl on an array, which ENOTTY answers where the handle is none.
    func command<Value: Sendable>(
        _ name: String, _ array: DeviceHandle, _ body: (inout Machine, Int) throws(Refusal) -> Value
    ) throws(SystemCallError) -> Value {
        try call(name, on: array.path) { machine throws(Refusal) in
            guard machine.settings.isRoot || name.hasPrefix("GET_") || name == "RAID_VERSION" else {
                throw Refusal(.accessDenied)
            }
            let number = try machine.device(of: array.token)
            guard let index = machine.arrayIndex(number) else { throw Refusal(.notATerminal) }
            return try body(&machine, index)
        }
    }

    /// An ioctl that changes the array: whatever it answers but EINVAL makes a fresh array disposable.
    func change(
        _ name: String, _ array: DeviceHandle, _ body: (inout Machine, Int) throws(Refusal) -> Void
    ) throws(SystemCallError) {
        try command(name, array) { machine, index throws(Refusal) in
            let minor = machine.arrays[index].minor
            do throws(Refusal) { try body(&machine, index) } catch {
                if error.errno != .invalid { machine.unhold(minor) }
                throw error
            }
            machine.unhold(minor)
        }
    }
}

extension Machine {
    mutating func unhold(_ minor: UInt32) {
        guard let index = arrays.firstIndex(where: { $0.minor == minor }) else { return }
        if arrays[index].hold == .untilControl { arrays[index].hold = .none }
    }

    func requireConfigured(_ index: Int) throws(Refusal) {
        guard arrays[index].raidDisks > 0 || arrays[index].isExternal else { throw Refusal(.noSuchDevice) }
    }

    func arrayInfo(_ index: Int) -> ArrayInfo {
        let array = arrays[index]
        var info = ArrayInfo()
        info.majorVersion = array.majorVersion
        info.minorVersion = array.minorVersion
        info.patchVersion = 3
        info.creationTime = UInt32(clamping: array.creationTime)
        info.level = array.level
        info.size = Int32(exactly: array.deviceSectors / 2) ?? -1
        info.diskCount = Int32(array.members.count)
        info.raidDisks = Int32(clamping: array.raidDisks)
        info.minor = Int32(clamping: array.minor)
        info.notPersistent = array.isPersistent ? 0 : 1
        info.updateTime = UInt32(clamping: array.updateTime)
        if array.isInSync { info.state.insert(.clean) }
        if array.bitmap != nil { info.state.insert(.bitmapPresent) }
        if array.isClustered { info.state.insert(.clustered) }
        let working = array.members.filter { !$0.flags.contains(.faulty) }
        info.activeDisks = Int32(working.filter { $0.flags.contains(.inSync) }.count)
        info.workingDisks = Int32(working.count)
        info.failedDisks = Int32(array.members.count - working.count)
        info.spareDisks = Int32(working.filter { $0.flags.isDisjoint(with: [.inSync, .journal]) }.count)
        info.layout = array.layout
        info.chunkSize = Int32(clamping: array.chunk * 512)
        return info
    }

    func diskInfo(_ number: Int32, _ index: Int) -> DiskInfo {
        guard let place = arrays[index].memberIndex(number: Int(number)) else {
            return DiskInfo(number: number, device: .none, raidDisk: -1, state: .removed)
        }
        let member = arrays[index].members[place]
        var state: DiskInfo.State = []
        if member.flags.contains(.faulty) {
            state.insert(.faulty)
        } else if member.flags.contains(.inSync) {
            state.formUnion([.active, .sync])
        }
        if member.flags.contains(.journal) { state.insert(.journal) }
        if member.flags.contains(.writeMostly) { state.insert(.writeMostly) }
        if member.flags.contains(.failfast) { state.insert(.failfast) }
        return DiskInfo(
            number: number, device: member.device, raidDisk: Int32(clamping: member.slot), state: state)
    }
}
