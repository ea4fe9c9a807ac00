internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// Makes the map of arrays anew where the file is gone: /run was emptied, or somebody else assembled the arrays.
package struct MapRebuild<K: Kernel> {
    private let context: Context<K>
    private let configuration: Configuration
    private let homeHost: HomeHost
    private let names: DeviceNames<K>

    private var kernel: K { context.kernel }

    private init(_ context: Context<K>) {
        self.context = context
        configuration = context.configuration
        homeHost = configuration.homeHost(asked: context.options.homeHost, hostName: context.kernel.hostName())
        names = DeviceNames(kernel: context.kernel)
    }

    /// Writes the map if there is none but there are arrays, and has udev look at these again: it names them by the
    /// map. What fails leaves things as they are. A map that is there costs no more than a look.
    package static func runIfMissing(_ context: Context<K>) {
        guard isMissing(context.kernel) else { return }
        let arrays = Mdstat.entries(kernel: context.kernel).map(\.name)
        guard !arrays.isEmpty else { return }
        MapRebuild(context).write(for: arrays)
    }

    private static func isMissing(_ kernel: K) -> Bool {
        do throws(SystemCallError) {
            _ = try kernel.status(ofPath: ArrayMap.path)
            return false
        } catch { return error.errno == .noEntry }
    }

    private func write(for arrays: [String]) {
        var executor = Executor(context)
        do throws(StepFailure) {
            try executor.perform(PlannedStep(.replaceFile(ArrayMap.path, Array(map(of: arrays).text.utf8))))
            executor.keep()
            for array in arrays {
                let event = Step.attribute(file: "/sys/block/\(array)/uevent", value: "change")
                try executor.perform(PlannedStep(event, tolerating: [.noEntry]))
            }
        } catch { return }
    }

    /// Arrays without superblocks have no entry. mdadm writes the array that was made first in front.
    private func map(of arrays: [String]) -> ArrayMap {
        var map = ArrayMap()
        var facts = NamingFacts.gather(kernel: kernel, map: map)
        for array in arrays.reversed() {
            guard let superblock = superblock(ofArray: array) else { continue }
            let path = path(ofArray: array, superblock, facts)
            facts.usedPaths.insert(path)
            map.entries.append(
                ArrayMap.Entry(
                    name: array, metadata: superblock.formatName, uuid: superblock.arrayUUID, path: path))
        }
        return map
    }

    /// That of the first member that has one of the array's format.
    private func superblock(ofArray name: String) -> MemberSuperblock? {
        let directory = ArrayDirectory(name, kernel: kernel)
        guard let choice = directory.attribute("metadata_version").flatMap(MemberSuperblock.Choice.init(named:))
        else { return nil }
        for device in directory.memberNames().compactMap({ directory.device(ofMember: $0) }) {
            let found = try? MemberReader.read(
                kernel.open(device: device, [.direct]), path: name, device: device, also: .version0,
                kernel: kernel)
            if let superblock = found?.allSuperblocks.first(where: choice.admits) { return superblock }
        }
        return nil
    }

    /// The link that there is; else what mdadm.conf says; else as an assembly would name it.
    private func path(ofArray name: String, _ superblock: MemberSuperblock, _ facts: NamingFacts) -> String {
        let number = BlockDirectory(name, kernel: kernel).number
        if let link = number.flatMap({ names.path(of: $0) }), link.hasPrefix("/dev/md/") { return link }
        let line = configuration.arrays.first { $0.uuid == superblock.printedUUID }
        if let path = line?.path, path.hasPrefix("/") { return path }
        let choice = try? ArrayNaming.choose(
            stored: superblock.nodeName, trust: superblock.isLocal(to: homeHost) ? .local : .foreign, facts: facts)
        return choice?.path ?? "/dev/\(name)"
    }
}
