package import MDBytes
internal import MDKernel
internal import Synchronization

/// A machine in memory behind the kernel seam: a model of the md driver, its sysfs and its disks, with
/// a clock that moves only when somebody waits.
///
/// Use it from one thread. Disks, and a `SimulatedCluster`, can be shared between several machines.
package final class SimulatedKernel: Kernel {
    private let state: Mutex<Machine>
    private let agenda: Mutex<Agenda>
    package let cluster: SimulatedCluster?

    package init(settings: Settings = Settings(), cluster: SimulatedCluster? = nil) {
        var machine = Machine(settings: settings)
        machine.cluster = cluster
        state = Mutex(machine)
        agenda = Mutex(Agenda())
        self.cluster = cluster
        cluster?.enrol(self)
    }

    /// What a machine is like.
    package struct Settings: Sendable {
        package var hostName = "sim"
        package var seed: UInt64 = 1
        /// Seconds since the epoch at boot.
        package var bootTime: Int64 = 1_790_000_000
        package var isRoot = true
        package var environment: [String: String] = [:]
        /// Whether a udev daemon keeps /dev/md and the udev event group.
        package var hasUdev = false
        /// Whether that daemon has other work, and makes no links.
        package var udevIsBusy = false
        /// Whether md_mod is loaded at boot.
        package var hasMDModule = true
        /// md_mod's start_ro, which Debian sets.
        package var startsReadOnly = false
        /// md_mod's start_dirty_degraded.
        package var startsDirtyDegraded = false
        /// The driver has them, and has to be told which kind an array is to have (6.18 with CONFIG_MD_LLBITMAP).
        package var hasLocklessBitmaps = false
        /// Sectors a sync handles in a millisecond.
        package var syncSpeed: UInt64 = 200
        /// Bytes of zeros that the disks take in a millisecond, one after the other; nil where that takes no time.
        package var zeroSpeed: UInt64?
        package var kernelRelease = "6.12.48-sim"
        /// Milliseconds after boot at which a service is asked to end; nil for never.
        var endsAt: Int?

        package init() {}
    }

    /// Runs `body` on the machine and then lets its threads and its peers do their work.
    func call<Value: Sendable>(
        _ name: String, on subject: String, _ body: (inout Machine) throws(Refusal) -> Value
    ) throws(SystemCallError) -> Value {
        let outcome = state.withLock { machine -> (Result<Value, Refusal>, [ClusterNews]) in
            let result: Result<Value, Refusal>
            do throws(Refusal) { result = .success(try body(&machine)) } catch { result = .failure(error) }
            machine.settle()
            return (result, machine.takeNews())
        }
        deliver(outcome.1)
        switch outcome.0 {
        case .success(let value): return value
        case .failure(let refusal): throw SystemCallError(name, refusal.errno, on: subject)
        }
    }

    /// The same for what cannot fail.
    func look<Value: Sendable>(_ body: (inout Machine) -> Value) -> Value {
        let (value, news) = state.withLock { machine in
            let value = body(&machine)
            machine.settle()
            return (value, machine.takeNews())
        }
        deliver(news)
        return value
    }

    private func deliver(_ news: [ClusterNews]) {
        guard let cluster else { return }
        for item in news { cluster.deliver(item, from: self) }
    }

    private struct Agenda: Sendable {
        var entries: [(time: Int, action: @Sendable (SimulatedKernel) -> Void)] = []
    }
}

extension SimulatedKernel {
    /// Runs `action` once the clock has moved on by `span`.
    package func after(_ span: Milliseconds, _ action: @escaping @Sendable (SimulatedKernel) -> Void) {
        let time = now().milliseconds + span.rawValue
        agenda.withLock { agenda in
            let place = agenda.entries.firstIndex { $0.time > time } ?? agenda.entries.count
            agenda.entries.insert((time, action), at: place)
        }
    }

    /// Moves the clock to `moment`, running what falls due on the way. It never goes back.
    package func advance(to moment: Instant) {
        cluster?.askPeers()
        while true {
            let due = agenda.withLock { agenda -> (Int, @Sendable (SimulatedKernel) -> Void)? in
                guard let first = agenda.entries.first, first.time <= moment.milliseconds else { return nil }
                agenda.entries.removeFirst()
                return (first.time, first.action)
            }
            guard let (time, action) = due else { break }
            look { $0.clock = max($0.clock, time) }
            action(self)
        }
        look { $0.clock = max($0.clock, moment.milliseconds) }
    }

    /// The next moment at which something happens by itself, if any.
    func nextOccurrence() -> Instant? {
        let planned = agenda.withLock { $0.entries.first?.time }
        let finished = look { machine in
            machine.arrays.compactMap { $0.sync?.finish(speed: machine.settings.syncSpeed) }.min()
        }
        return [planned, finished].compactMap { $0 }.min().map { Instant(milliseconds: $0) }
    }
}

/// What tests do to a machine that no program could, and what they look at.
extension SimulatedKernel {
    /// Plugs a disk in as /dev/`name`, with a number of SCSI's first major for `sdX`.
    @discardableResult
    package func attach(_ disk: SimulatedDisk, as name: String) -> DeviceNumber {
        look { machine in
            let taken = machine.drives.filter { $0.parent == nil }.map(\.number.minor)
            let number = Self.virtioNumber(of: name)
                ?? DeviceNumber(major: 8, minor: taken.max().map { $0 + 16 } ?? 0)
            machine.drives.append(Drive(name: name, number: number, disk: disk, size: disk.size))
            machine.files["/dev/" + name] = .device(number, mode: 0o660)
            machine.announce("add", number)
            return number
        }
    }

    /// `vda`, `vdb` … have fixed numbers, as in the guests where golden images come from.
    private static func virtioNumber(of name: String) -> DeviceNumber? {
        guard name.hasPrefix("vd"), name.utf8.count == 3, let letter = name.utf8.last,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
        else { return nil }
        return DeviceNumber(major: 254, minor: 16 * UInt32(letter - UInt8(ascii: "a")))
    }

    /// Makes a disk of `size` bytes and plugs it in.
    @discardableResult
    package func addDisk(_ name: String, size: ByteCount, logicalBlockSize: Int = 512) -> SimulatedDisk {
        let disk = SimulatedDisk(size: size, logicalBlockSize: logicalBlockSize)
        attach(disk, as: name)
        return disk
    }

    /// Gives a disk the name that it tells of itself.
    package func name(_ diskName: String, wwid: String) {
        look { machine in
            for index in machine.drives.indices where machine.drives[index].name == diskName {
                machine.drives[index].wwid = wwid
            }
        }
    }

    /// Makes the copies of an array disagree in so many sectors.
    package func spoil(_ array: String, sectors: UInt64) {
        look { machine in
            for index in machine.arrays.indices where machine.arrays[index].name == array {
                machine.arrays[index].differing = sectors
            }
        }
    }

    /// Declares a partition of a disk, named as the kernel does.
    package func addPartition(_ number: UInt32, of diskName: String, start: Sectors, count: Sectors) {
        look { machine in
            guard let drive = machine.drives.first(where: { $0.name == diskName }) else { return }
            let device = DeviceNumber(major: drive.number.major, minor: drive.number.minor + number)
            let name = diskName + "\(number)"
            machine.drives.append(
                Drive(
                    name: name, number: device, disk: drive.disk, start: start.bytes, size: count.bytes,
                    parent: drive.number))
            machine.files["/dev/" + name] = .device(device, mode: 0o660)
            machine.announce("add", device)
        }
    }

    /// How a disk misbehaves.
    package enum Trouble: Hashable, Sendable { case none, gone, failsReads, failsWrites, readOnly }

    /// Makes a disk misbehave from now on, or behave again.
    package func trouble(_ name: String, _ trouble: Trouble) {
        look { machine in
            guard let place = machine.drives.firstIndex(where: { $0.name == name }) else { return }
            machine.drives[place].isGone = trouble == .gone
            machine.drives[place].failsReads = trouble == .failsReads
            machine.drives[place].failsWrites = trouble == .failsWrites
            machine.drives[place].isReadOnly = trouble == .readOnly
        }
    }

    /// A machine of its own in the same state, with disks of its own. Nothing may be open, planned or
    /// shared with a cluster.
    package func duplicate() -> SimulatedKernel {
        var copy = look { $0 }
        precondition(copy.handles.isEmpty && cluster == nil, "handles cannot be copied")
        copy.streams = []
        var copies: [ObjectIdentifier: SimulatedDisk] = [:]
        for place in copy.drives.indices {
            let disk = copy.drives[place].disk
            let twin = copies[ObjectIdentifier(disk)] ?? disk.duplicate()
            copies[ObjectIdentifier(disk)] = twin
            copy.drives[place].disk = twin
        }
        let machine = copy
        let kernel = SimulatedKernel(settings: machine.settings)
        kernel.look { $0 = machine }
        return kernel
    }

    /// The disk behind a name.
    package func disk(_ name: String) -> SimulatedDisk? {
        look { machine in machine.drives.first { $0.name == name }?.disk }
    }

    /// What is open now, for "no handle left open".
    package var openHandles: [String] {
        look { machine in machine.handles.map { "\($0.target)" } }
    }

    /// The kernel's names of all arrays that exist, set up or not.
    package var arrayNames: [String] { look { machine in machine.arrays.map(\.name) } }

    /// Every stored path outside sysfs and procfs.
    package var storedPaths: [String] { look { machine in machine.files.all.map(\.path) } }

    /// Puts a file where a program expects one.
    package func putFile(_ path: String, _ text: String) {
        look { machine in
            machine.files.makeParents(of: path)
            machine.files[path] = .file(Array(text.utf8), mode: 0o644)
        }
    }

    /// Changes what the machine is like.
    package func adjust(_ change: @Sendable (inout Settings) -> Void) {
        look { machine in change(&machine.settings) }
    }
}

extension SimulatedKernel: HandleOwner {
    package func close(token: Int32) { look { $0.close(token) } }

    func handle(_ token: Int32, _ path: String) -> DeviceHandle {
        DeviceHandle(token: token, path: path, owner: self)
    }
}
