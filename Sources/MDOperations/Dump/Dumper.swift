internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// `--dump=DIR`: a sparse file as large as the device that holds its metadata in the same places, and a hard link to
/// it for each name that the disk has in /dev/disk/by-id.
package struct Dumper<K: Kernel> {
    private let context: Context<K>
    private let directory: String

    package init(_ context: Context<K>, directory: String) {
        self.context = context
        self.directory = directory
    }

    /// Copies the metadata of one device.
    package func run(_ path: String) -> DumpOutcome {
        guard (try? context.kernel.status(ofPath: directory))?.kind == .directory else {
            return failure(.noDirectory(directory), .hopeless)
        }
        let member: Member
        do throws(SystemCallError) { member = try Member.forCopying(path, [], context) } catch {
            return failure(.cannotOpen(device: path, isRestore: false, error))
        }
        let format = SoughtFormat(descriptor: context.options.metadata)
        guard let superblock = member.superblock(as: format) else {
            return failure(.noMetadata(device: path, format))
        }
        return copy(member, superblock, to: "\(directory)/\(path.lastComponent)")
    }

    private func failure(_ notice: DumpNotice, _ outcome: DumpOutcome = .failed) -> DumpOutcome {
        context.listener.tell(.dump(notice))
        return outcome
    }

    private func copy(_ member: Member, _ superblock: Member.Superblock, to file: String) -> DumpOutcome {
        var executor = Executor(context)
        do throws(StepFailure) {
            try executor.perform(PlannedStep(.makeFile(file, size: member.size.bytes)))
        } catch { return failure(.cannotMake(file: file, error.error)) }
        do {
            for area in try member.metadataAreas(of: superblock, kernel: context.kernel) {
                // Whatever a damaged header says of the length, it fits into memory so.
                for piece in area.extent.pieces(ofAtMost: 4 << 20) {
                    try executor.perform(try member.copy(piece, area.content, to: file, kernel: context.kernel))
                    // What takes the file away takes back every write to it.
                    executor.keep()
                    executor.onUndo(.removeFile(file))
                }
            }
        } catch {
            executor.undo()
            return failure(.cannotCopy(from: member.path, to: file))
        }
        executor.keep()
        tell(.saved(device: member.path, file: file), executor)
        for name in DiskNames.of(member.device, kernel: context.kernel) {
            let link = "\(directory)/\(name)"
            do throws(StepFailure) {
                try executor.perform(PlannedStep(.hardLink(link, to: file)))
                tell(.alsoSaved(device: member.path, file: link), executor)
            } catch { tell(.notLinked(device: member.path, file: link), executor) }
        }
        return .done
    }

    private func tell(_ notice: DumpNotice, _ executor: borrowing Executor<K>) {
        if !executor.isDryRun { context.listener.tell(.dump(notice)) }
    }
}

/// The names that udev keeps for a disk in /dev/disk/by-id, in the directory's order.
enum DiskNames {
    static func of<K: Kernel>(_ device: DeviceNumber, kernel: K) -> [String] {
        guard device != .none else { return [] }
        let directory = "/dev/disk/by-id"
        let names = (try? kernel.list(directory: directory)) ?? []
        return names.filter { kernel.isNode("\(directory)/\($0)", of: device) }
    }
}

extension Member {
    /// Opens a device or an image of one, as `--dump` and `--restore` do.
    static func forCopying<K: Kernel>(
        _ path: String, _ options: OpenOptions, _ context: Context<K>
    ) throws(SystemCallError) -> Member {
        let handle = try context.kernel.open(path, options.union(.direct))
        let status = try context.kernel.status(of: handle)
        return try MemberReader.read(
            handle, path: path, device: status.device, also: [.version0, .bitmap], kernel: context.kernel)
    }
}

extension String {
    /// What stands behind the last slash.
    var lastComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
