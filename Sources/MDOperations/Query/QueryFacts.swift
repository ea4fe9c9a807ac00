package import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// What `--query` found out: whether a device is an array, and whether it is a member of one.
package struct QueryFacts: Sendable {
    package var array: ArrayAnswer
    package var member: MemberAnswer?

    /// Whether the device is an array.
    package enum ArrayAnswer: Hashable, Sendable {
        case notAnArray
        case inactive
        /// `spares` are the devices that are neither in sync nor faulty, a journal among them.
        case active(ArrayInfo, size: ByteCount, spares: Int)
    }

    /// A member by its superblock.
    package struct MemberAnswer: Sendable {
        /// Its device number in the array.
        package var number: UInt32
        package var level: Int32
        /// The devices of the array; the larger number while it changes its shape.
        package var raidDisks: Int32
        package var activity: Activity
        /// The path of the array it belongs to; nil where no array is known.
        package var arrayPath: String?
    }

    /// How the array of a member fares.
    package enum Activity: Hashable, Sendable {
        /// The array runs with this very device under this number.
        case active
        /// The array runs with another device in its place.
        case mismatch
        /// The array is known but does not run.
        case undetected
        /// No array is known.
        case inactive
    }
}

/// Gathers what `--query` tells.
package struct Querier<K: Kernel>: Sendable {
    private let kernel: K

    package init(kernel: K) { self.kernel = kernel }

    /// The facts about `path`; throws where it cannot be opened.
    package func gather(_ path: String) throws(SystemCallError) -> QueryFacts {
        let handle = try kernel.open(path, [])
        let status = try kernel.status(of: handle)
        var facts = QueryFacts(array: .notAnArray, member: nil)
        if status.kind == .block { facts.array = array(handle, device: status.device) }
        guard status.kind == .block || status.kind == .regular else { return facts }
        do throws(SystemCallError) {
            let direct = try kernel.open(path, .direct)
            let member = try MemberReader.read(
                direct, path: path, device: status.device, also: .version0, kernel: kernel)
            facts.member = self.member(member)
        } catch { return facts }
        return facts
    }

    private func array(_ handle: DeviceHandle, device: DeviceNumber) -> QueryFacts.ArrayAnswer {
        guard let directory = ArrayDirectory(of: device, kernel: kernel), directory.isPresent else {
            return .notAnArray
        }
        do throws(SystemCallError) {
            let info = try kernel.arrayInfo(of: handle)
            let spares = directory.memberNames().count { isSpare($0, of: directory) }
            return .active(info, size: try kernel.size(of: handle), spares: spares)
        } catch {
            return error.errno == .noSuchDevice ? .inactive : .notAnArray
        }
    }

    private func isSpare(_ member: String, of directory: ArrayDirectory<K>) -> Bool {
        guard let state = directory.attribute("state", ofMember: member) else { return false }
        return state.split(separator: ",").allSatisfy { $0 != "in_sync" && $0 != "faulty" }
    }

    private func member(_ member: Member) -> QueryFacts.MemberAnswer? {
        switch member.newest {
        case nil: return nil
        case .version0(let block):
            return answer(
                block.ownDisk.number, level: block.level, raidDisks: block.raidDisks &+ block.leavingDisks,
                uuid: block.arrayUUID, device: member.device)
        case .version1(let block):
            return answer(
                block.deviceNumber, level: block.level, raidDisks: block.raidDisks &+ block.leavingDisks,
                uuid: block.arrayUUID, device: member.device)
        }
    }

    private func answer(
        _ number: UInt32, level: Int32, raidDisks: UInt32, uuid: UUID, device: DeviceNumber
    ) -> QueryFacts.MemberAnswer {
        var answer = QueryFacts.MemberAnswer(
            number: number, level: level, raidDisks: Int32(bitPattern: raidDisks), activity: .inactive, arrayPath: nil)
        guard let entry = ArrayMap.load(kernel: kernel).entry(uuid: uuid) else { return answer }
        answer.arrayPath = entry.path
        answer.activity = .undetected
        do throws(SystemCallError) {
            let array = try kernel.open(entry.path, [])
            _ = try kernel.arrayInfo(of: array)
            answer.activity = .mismatch
            let disk = try kernel.diskInfo(Int32(truncatingIfNeeded: answer.number), of: array)
            if disk.device == device { answer.activity = .active }
        } catch { return answer }
        return answer
    }
}
