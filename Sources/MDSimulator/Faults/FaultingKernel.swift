package import MDBytes
package import MDKernel
internal import Synchronization

/// A kernel whose calls fail on demand, around any other kernel.
///
/// Calls that can throw are counted from 1. Everything else passes through uncounted. After a power cut
/// nothing works any more: what a program does then reaches no disk.
package final class FaultingKernel<Base: Kernel>: Kernel {
    package let base: Base
    private let state: Mutex<FaultState>
    private let environment: [String: String]

    /// `environment` comes before that of the kernel below.
    package init(_ base: Base, fault: Fault? = nil, environment: [String: String] = [:]) {
        self.base = base
        self.environment = environment
        state = Mutex(FaultState(fault: fault))
    }

    /// Names of the calls made so far, each with its subject.
    package var calls: [String] { state.withLock { $0.calls } }

    /// Whether the fault has struck at least once.
    package var hasStruck: Bool { state.withLock { $0.strikes > 0 } }

    /// Counts calls from 1 again, under a new fault or none.
    package func restart(_ fault: Fault?) {
        state.withLock { $0 = FaultState(fault: fault) }
    }

    /// Lets a call through, or fails it.
    private func pass(_ call: String, _ subject: String) throws(SystemCallError) {
        let (errno, cut) = state.withLock { $0.register(call, subject) }
        if let cut { cut() }
        if let errno { throw SystemCallError(call, errno, on: subject) }
    }
}

/// Which call fails, how, and for how long.
package struct Fault: Sendable {
    /// Whether later calls fail too.
    package enum Duration: Hashable, Sendable { case once, forGood }

    /// The number of the call, from 1.
    package var call: Int
    package var errno: Errno
    package var duration: Duration
    /// What happens to the world at that moment, such as a power cut of all disks.
    package var accident: (@Sendable () -> Void)?

    package init(
        call: Int, errno: Errno, duration: Duration = .once, accident: (@Sendable () -> Void)? = nil
    ) {
        self.call = call
        self.errno = errno
        self.duration = duration
        self.accident = accident
    }
}

private struct FaultState: Sendable {
    var fault: Fault?
    var calls: [String] = []
    var strikes = 0

    mutating func register(_ call: String, _ subject: String) -> (Errno?, (@Sendable () -> Void)?) {
        calls.append("\(call) \(subject)")
        guard let fault else { return (nil, nil) }
        let isDue = calls.count == fault.call || (fault.duration == .forGood && calls.count > fault.call)
        guard isDue else { return (nil, nil) }
        strikes += 1
        return (fault.errno, strikes == 1 ? fault.accident : nil)
    }
}

extension FaultingKernel: BlockDevices {
    package func open(_ path: String, _ options: OpenOptions) throws(SystemCallError) -> DeviceHandle {
        try pass("open", path)
        return try base.open(path, options)
    }

    package func open(device: DeviceNumber, _ options: OpenOptions) throws(SystemCallError) -> DeviceHandle {
        try pass("open", "\(device)")
        return try base.open(device: device, options)
    }

    package func status(ofPath path: String) throws(SystemCallError) -> FileStatus {
        try pass("stat", path)
        return try base.status(ofPath: path)
    }

    package func status(of handle: DeviceHandle) throws(SystemCallError) -> FileStatus {
        try pass("fstat", handle.path)
        return try base.status(of: handle)
    }

    package func size(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount {
        try pass("BLKGETSIZE64", handle.path)
        return try base.size(of: handle)
    }

    package func logicalBlockSize(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount {
        try pass("BLKSSZGET", handle.path)
        return try base.logicalBlockSize(of: handle)
    }

    package func read(_ extent: Extent, of handle: DeviceHandle) throws(SystemCallError) -> [UInt8] {
        try pass("read", handle.path)
        return try base.read(extent, of: handle)
    }

    package func write(_ bytes: [UInt8], at offset: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)
    {
        try pass("write", handle.path)
        try base.write(bytes, at: offset, of: handle)
    }

    package func synchronize(_ handle: DeviceHandle) throws(SystemCallError) {
        try pass("fsync", handle.path)
        try base.synchronize(handle)
    }

    package func removePartitions(of handle: DeviceHandle) throws(SystemCallError) {
        try pass("BLKPG", handle.path)
        try base.removePartitions(of: handle)
    }

    package func zero(offset: ByteCount, count: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)
    {
        try pass("fallocate", handle.path)
        try base.zero(offset: offset, count: count, of: handle)
    }
}

extension FaultingKernel: ArrayControl {
    package func driverVersion(of array: DeviceHandle) throws(SystemCallError) -> DriverVersion {
        try pass("RAID_VERSION", array.path)
        return try base.driverVersion(of: array)
    }

    package func arrayInfo(of array: DeviceHandle) throws(SystemCallError) -> ArrayInfo {
        try pass("GET_ARRAY_INFO", array.path)
        return try base.arrayInfo(of: array)
    }

    package func diskInfo(_ number: Int32, of array: DeviceHandle) throws(SystemCallError) -> DiskInfo {
        try pass("GET_DISK_INFO", array.path)
        return try base.diskInfo(number, of: array)
    }

    package func bitmapFile(of array: DeviceHandle) throws(SystemCallError) -> [UInt8] {
        try pass("GET_BITMAP_FILE", array.path)
        return try base.bitmapFile(of: array)
    }

    package func setArrayInfo(_ info: ArrayInfo, of array: DeviceHandle) throws(SystemCallError) {
        try pass("SET_ARRAY_INFO", array.path)
        try base.setArrayInfo(info, of: array)
    }

    package func addNewDisk(_ disk: DiskInfo, to array: DeviceHandle) throws(SystemCallError) {
        try pass("ADD_NEW_DISK", array.path)
        try base.addNewDisk(disk, to: array)
    }

    package func run(_ array: DeviceHandle) throws(SystemCallError) {
        try pass("RUN_ARRAY", array.path)
        try base.run(array)
    }

    package func stop(_ array: DeviceHandle) throws(SystemCallError) {
        try pass("STOP_ARRAY", array.path)
        try base.stop(array)
    }

    package func makeReadOnly(_ array: DeviceHandle) throws(SystemCallError) {
        try pass("STOP_ARRAY_RO", array.path)
        try base.makeReadOnly(array)
    }

    package func makeReadWrite(_ array: DeviceHandle) throws(SystemCallError) {
        try pass("RESTART_ARRAY_RW", array.path)
        try base.makeReadWrite(array)
    }

    package func hotRemove(_ device: DeviceNumber, from array: DeviceHandle) throws(SystemCallError) {
        try pass("HOT_REMOVE_DISK", array.path)
        try base.hotRemove(device, from: array)
    }

    package func setFaulty(_ device: DeviceNumber, of array: DeviceHandle) throws(SystemCallError) {
        try pass("SET_DISK_FAULTY", array.path)
        try base.setFaulty(device, of: array)
    }

    package func nack(_ array: DeviceHandle) throws(SystemCallError) {
        try pass("CLUSTERED_DISK_NACK", array.path)
        try base.nack(array)
    }
}

extension FaultingKernel: SystemFiles {
    package func read(file path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        try pass("open", path)
        return try base.read(file: path, limit: limit)
    }

    package func write(_ text: String, toFile path: String) throws(SystemCallError) {
        try pass("write", path)
        try base.write(text, toFile: path)
    }

    package func list(directory path: String) throws(SystemCallError) -> [String] {
        try pass("opendir", path)
        return try base.list(directory: path)
    }

    package func destination(ofLink path: String) throws(SystemCallError) -> String {
        try pass("readlink", path)
        return try base.destination(ofLink: path)
    }

    package func resolve(_ path: String) throws(SystemCallError) -> String {
        try pass("realpath", path)
        return try base.resolve(path)
    }

    package func replace(file path: String, with contents: [UInt8], mode: UInt32)
        throws(SystemCallError)
    {
        try pass("rename", path)
        try base.replace(file: path, with: contents, mode: mode)
    }

    package func makeDirectory(_ path: String, mode: UInt32) throws(SystemCallError) {
        try pass("mkdir", path)
        try base.makeDirectory(path, mode: mode)
    }

    package func create(file path: String, mode: UInt32) throws(SystemCallError) {
        try pass("open", path)
        try base.create(file: path, mode: mode)
    }

    package func makeFile(_ path: String, size: ByteCount, mode: UInt32) throws(SystemCallError) {
        try pass("open", path)
        try base.makeFile(path, size: size, mode: mode)
    }

    package func hardLink(_ path: String, to file: String) throws(SystemCallError) {
        try pass("link", path)
        try base.hardLink(path, to: file)
    }

    package func remove(file path: String) throws(SystemCallError) {
        try pass("unlink", path)
        try base.remove(file: path)
    }

    package func link(_ path: String, to destination: String) throws(SystemCallError) {
        try pass("symlink", path)
        try base.link(path, to: destination)
    }

    package func makeNode(_ path: String, device: DeviceNumber, mode: UInt32) throws(SystemCallError) {
        try pass("mknod", path)
        try base.makeNode(path, device: device, mode: mode)
    }

    package func lock(file path: String, timeout: Milliseconds) throws(SystemCallError) -> DeviceHandle {
        try pass("flock", path)
        return try base.lock(file: path, timeout: timeout)
    }
}

extension FaultingKernel: Clock {
    package func wallTime() -> (seconds: Int64, microseconds: Int32) { base.wallTime() }
    package func now() -> Instant { base.now() }
    package func localTime(_ seconds: Int64) -> LocalTime { base.localTime(seconds) }
    package func pause(_ span: Milliseconds) { base.pause(span) }
}

extension FaultingKernel: DeviceEvents {
    package func events(from source: DeviceEvent.Source) throws(SystemCallError)
        -> any DeviceEventStream
    {
        try pass("socket", "uevents")
        return try base.events(from: source)
    }

    package func isUdevRunning() -> Bool { base.isUdevRunning() }
    package func waitForArrayChange(until deadline: Instant) -> Bool {
        base.waitForArrayChange(until: deadline)
    }
}

extension FaultingKernel: ServiceHost {
    package func deferEndSignals() { base.deferEndSignals() }
    package func isAskedToEnd() -> Bool { base.isAskedToEnd() }
    package func notifyServiceManager(_ lines: String) { base.notifyServiceManager(lines) }
    package func inBackground(atMost limit: Int, _ body: @Sendable @escaping () -> Void) {
        base.inBackground(atMost: limit, body)
    }
    package func startThread(_ body: @Sendable @escaping () -> Void) -> Bool { base.startThread(body) }

    package func makeBell() throws(SystemCallError) -> any Bell {
        try pass("pipe", "bell")
        return try base.makeBell()
    }
}

extension FaultingKernel: LocalRequests {
    package func answerRequests(
        at path: String, atMost limit: Int, _ body: @Sendable @escaping ([UInt8]) -> [UInt8]
    ) throws(SystemCallError) -> any RequestListener {
        try pass("listen", path)
        return try base.answerRequests(at: path, atMost: limit, body)
    }

    package func ask(
        _ path: String, _ request: [UInt8], within span: Milliseconds
    ) throws(SystemCallError) -> [UInt8] {
        try pass("connect", path)
        return try base.ask(path, request, within: span)
    }
}

extension FaultingKernel: Host {
    package func hostName() -> String { base.hostName() }
    package func kernelRelease() -> String { base.kernelRelease() }
    package func isRoot() -> Bool { base.isRoot() }
    package func environment(_ name: String) -> String? { environment[name] ?? base.environment(name) }
    package func isUser(_ name: String) -> Bool { base.isUser(name) }
    package func isGroup(_ name: String) -> Bool { base.isGroup(name) }
    package func randomBytes(_ count: Int) -> [UInt8] { base.randomBytes(count) }
    package func timerFrequency() -> Int? { base.timerFrequency() }

    package func loadModule(_ name: String) throws(SystemCallError) {
        try pass("init_module", name)
        try base.loadModule(name)
    }

    package func kernelLog(since mark: KernelLogMark) -> [String] { base.kernelLog(since: mark) }
    package func kernelLogMark() -> KernelLogMark { base.kernelLogMark() }

    package func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], atMost limit: Int, _ body: @Sendable @escaping (Item) -> Result
    ) -> [Result] {
        base.concurrently(items, atMost: limit, body)
    }
}

extension FaultingKernel: Signatures {
    package func probe(_ handle: DeviceHandle) throws(SystemCallError) -> [SignatureTag] {
        try pass("blkid", handle.path)
        return try base.probe(handle)
    }
}
