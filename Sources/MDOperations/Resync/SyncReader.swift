internal import MDBytes
internal import MDKernel
internal import MDModel

/// Reads where an array's sync stands. Nothing is opened but files of sysfs and procfs. What is not there says
/// something; what cannot be read ends the look, lest a sync that runs be taken for none.
struct SyncReader<K: Kernel> {
    let directory: ArrayDirectory<K>
    let kernel: K

    /// nil where the array is gone.
    func state() throws(SystemCallError) -> SyncState? {
        guard let arrayState = try text("array_state") else { return nil }
        var facts = SyncFacts()
        facts.arrayState = arrayState
        facts.level = try text("level") ?? ""
        facts.isShared = try text("bitmap/metadata") == "clustered"
        facts.degraded = Int(clamping: try number("degraded") ?? 0)
        // While it is reshaped a second number follows.
        facts.raidDisks = try text("raid_disks").flatMap { Int($0.prefix { $0 != " " }) } ?? 0
        facts.componentSize = Sectors(kibibytes: try number("component_size") ?? 0)
        facts.arraySize = Sectors(try line("/sys/block/\(directory.name)/size").flatMap { UInt64($0) } ?? 0)
        facts.members = try members()
        try readProgress(&facts)
        return SyncState(facts)
    }

    private func readProgress(_ facts: inout SyncFacts) throws(SystemCallError) {
        // First the table: what it says of a sync that ends meanwhile is then corrected by what follows.
        facts.table = Mdstat(try whole("/proc/mdstat", limit: 1 << 20) ?? "").entry(named: directory.name)
        facts.action = try text("sync_action")
        facts.completed = try text("sync_completed") ?? "none"
        facts.minimum = try number("sync_min") ?? 0
        facts.maximum = try number("sync_max")
        facts.speed = try number("sync_speed")
        facts.lastAction = try text("last_sync_action") ?? "none"
        facts.resyncStart = try number("resync_start")
        facts.mismatches = try number("mismatch_cnt") ?? 0
        facts.isReshaping = try number("reshape_position") != nil
    }

    private func members() throws(SystemCallError) -> [SyncFacts.Member] {
        var members: [SyncFacts.Member] = []
        for name in directory.memberNames() {
            members.append(
                SyncFacts.Member(
                    state: try text("dev-\(name)/state") ?? "", slot: try text("dev-\(name)/slot") ?? "",
                    recoveryStart: try text("dev-\(name)/recovery_start") ?? ""))
        }
        return members
    }

    private func number(_ attribute: String) throws(SystemCallError) -> UInt64? {
        try text(attribute).flatMap { UInt64($0) }
    }

    private func text(_ attribute: String) throws(SystemCallError) -> String? {
        try line(directory.file(attribute))
    }

    /// The first line.
    private func line(_ path: String) throws(SystemCallError) -> String? {
        try whole(path, limit: 4096).map { String($0.prefix { $0 != "\n" }) }
    }

    /// nil where there is no such file, or its member or array has just gone.
    private func whole(_ path: String, limit: Int) throws(SystemCallError) -> String? {
        do throws(SystemCallError) {
            return String(decoding: try kernel.read(file: path, limit: limit), as: UTF8.self)
        } catch {
            guard [.noEntry, .noSuchDevice].contains(error.errno) else { throw error }
            return nil
        }
    }
}

extension Sectors {
    /// Saturates.
    fileprivate init(kibibytes: UInt64) {
        let (sectors, overflow) = kibibytes.multipliedReportingOverflow(by: 2)
        self.init(overflow ? .max : sectors)
    }
}
