internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// Gathers what `--explain` tells: every block device's superblock once, and what sysfs says of the arrays.
package struct Explainer<K: Kernel> {
    private let kernel: K
    private let usage: DeviceUsage<K>
    /// Every device that could be read, by its number.
    private var devices: [DeviceNumber: MemberEvidence] = [:]
    private var arrays: [ArrayEvidence] = []

    /// Looks at all block devices of the host, and at `paths`.
    package init(kernel: K, paths: [String]) {
        self.kernel = kernel
        usage = DeviceUsage(kernel: kernel)
        let scanned = DeviceScan.paths([.partitions], kernel: kernel).reversed()
        let found = kernel.concurrently(paths + scanned) { Self.evidence($0, kernel: kernel) }
        // A path that was typed comes first, and so it is the one that is shown.
        for member in found.compactMap({ $0 }) where devices[member.device] == nil { devices[member.device] = member }
        arrays = Mdstat.entries(kernel: kernel).map { array($0) }
    }

    /// What there is to say about `path`: an array or any other block device.
    package func explain(_ path: String) throws(ExplainRefusal) -> ExplainFacts {
        let status: FileStatus
        do throws(SystemCallError) {
            status = try kernel.status(of: try kernel.open(path, []))
        } catch { throw .cannotOpen(error) }
        guard status.kind == .block else { throw .notBlockDevice }
        // A partition of an array may be a member of another: it is explained as a device.
        if let directory = ArrayDirectory(of: status.device, kernel: kernel), directory.isArray,
            directory.device == status.device
        {
            return array(directory.name, path: path)
        }
        return device(status.device, path: path)
    }

    private func array(_ name: String, path: String) -> ExplainFacts {
        var evidence = arrays.first { $0.path == Self.node(name) } ?? ArrayEvidence(path: path)
        evidence.path = path
        var facts = ExplainFacts(path: path, explanation: evidence.explanation)
        facts.array = evidence
        return facts
    }

    private func device(_ number: DeviceNumber, path: String) -> ExplainFacts {
        var member = devices[number] ?? MemberEvidence(path: path, device: number)
        var array = arrays.first { array in
            array.members.contains { $0.device == number && $0.isIncluded }
        } ?? member.superblock.flatMap { home(of: $0) }
        if let known = array?.members.first(where: { $0.device == number }) { member = known }
        member.path = path
        // Inside of an array its holder is that array.
        if !member.isIncluded { member.users = usage.users(of: number) }
        if array == nil { member.content = usage.content(of: path) }
        if let place = array?.members.firstIndex(where: { $0.device == number }) { array?.members[place] = member }
        var facts = ExplainFacts(path: path, subject: .device, explanation: member.explanation(in: array))
        (facts.array, facts.member) = (array, member)
        return facts
    }

    /// The array that a superblock is of: one that is set up, or what would be assembled.
    private func home(of superblock: MemberSuperblock) -> ArrayEvidence {
        if let known = arrays.first(where: { array in
            array.members.contains { $0.superblock?.arrayUUID == superblock.arrayUUID }
        }) { return known }
        let name = superblock.name.split(separator: UInt8(ascii: ":"), maxSplits: 1).last ?? []
        let path = superblock.superMinor.map { "/dev/md\($0)" }
            ?? "/dev/md/" + (name.isEmpty ? "0" : name.escapedText.nodeName)
        var array = ArrayEvidence(path: path)
        array.members = outsiders(of: superblock.arrayUUID, but: [])
        return array
    }

    private func outsiders(of uuid: UUID, but included: Set<DeviceNumber>) -> [MemberEvidence] {
        devices.values.filter { $0.superblock?.arrayUUID == uuid && !included.contains($0.device) }.map { member in
            var member = member
            member.users = usage.users(of: member.device)
            return member
        }.sorted { $0.device < $1.device }
    }

    private static func node(_ name: String) -> String { "/dev/\(name)" }
}

/// Reading.
extension Explainer {
    private static func evidence(_ path: String, kernel: K) -> MemberEvidence? {
        guard
            let member = try? MemberReader.read(
                path, also: [.version0, .bitmap], kernel: kernel)
        else { return nil }
        var evidence = MemberEvidence(path: path, device: member.device, superblock: member.newestSuperblock)
        if let superblock = evidence.superblock,
            let header = try? member.bitmapHeader(of: superblock, kernel: kernel), header.hasMagic
        {
            evidence.bitmapSince = header.eventsCleared
        }
        return evidence
    }

    private func array(_ entry: Mdstat.Entry) -> ArrayEvidence {
        let directory = ArrayDirectory(entry.name, kernel: kernel)
        var array = ArrayEvidence(path: Self.node(entry.name))
        array.state = directory.attribute("array_state")
        (array.action, array.waiting) = (entry.action, entry.waiting)
        array.isFrozen = directory.attribute("sync_action") == "frozen"
        if entry.isActive, let handle = try? kernel.open(array.path, []), let info = try? kernel.arrayInfo(of: handle) {
            array.level = Level(rawValue: info.level)
            array.layout = UInt32(bitPattern: info.layout)
            array.raidDisks = Int(info.raidDisks)
        }
        array.members = directory.memberNames().compactMap { member($0, of: directory, isActive: array.isActive) }
        if let uuid = array.members.lazy.compactMap({ $0.superblock?.arrayUUID }).first {
            array.members += outsiders(of: uuid, but: Set(array.members.map(\.device)))
        }
        return array
    }

    /// Of an array that does not run the driver calls every member a spare, so only superblocks tell.
    private func member(_ name: String, of directory: ArrayDirectory<K>, isActive: Bool) -> MemberEvidence? {
        guard let number = directory.device(ofMember: name) else { return nil }
        let path = "/dev/" + name.split(separator: "!").joined(separator: "/")
        var member = devices[number] ?? MemberEvidence(path: path, device: number)
        member.isIncluded = true
        guard isActive else { return member }
        member.kernelSlot = directory.attribute("slot", ofMember: name).flatMap { Int($0) }
        let words = directory.attribute("state", ofMember: name) ?? ""
        member.state = Set(words.split(separator: ",").map(String.init))
        return member
    }
}

extension String {
    /// As the last part of a path.
    fileprivate var nodeName: String { split(separator: "/").joined(separator: "_") }
}
