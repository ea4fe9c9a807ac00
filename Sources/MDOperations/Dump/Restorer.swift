internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// `--restore=DIR` and `--restore=FILE`: copies the metadata in a file that `--dump` made to its device. What it
/// overwrites is saved for `--undo`.
package struct Restorer<K: Kernel> {
    private let context: Context<K>
    private let source: String
    private let isForSeveral: Bool
    private var format: SoughtFormat { SoughtFormat(descriptor: context.options.metadata) }

    /// `source` is a directory of dumps, or a dump for the only device.
    package init(_ context: Context<K>, source: String, isForSeveral: Bool) {
        self.context = context
        self.source = source
        self.isForSeveral = isForSeveral
    }

    /// Restores one device.
    package func run(_ path: String) -> DumpOutcome {
        guard let status = try? context.kernel.status(ofPath: source) else {
            return failure(.nothingThere(source), .hopeless)
        }
        let isDirectory = status.kind == .directory
        if !isDirectory, isForSeveral { return failure(.severalDevices, .hopeless) }
        let device: Member
        do throws(SystemCallError) {
            var hold: OpenOptions = context.options.dryRun ? [] : .write
            if !context.options.force { hold.insert(.exclusive) }
            device = try Member.forCopying(path, hold, context)
        } catch { return failure(.cannotOpen(device: path, isRestore: true, error)) }
        guard isDirectory else { return restore(device, from: source) }
        let files = candidates(for: device)
        guard let first = files.first else { return failure(.noFile(directory: source, device: path)) }
        if let other = files.dropFirst().first(where: { !agree(first, $0) }) {
            return failure(.ambiguous(device: path, first, other))
        }
        return restore(device, from: first)
    }

    private func failure(_ notice: DumpNotice, _ outcome: DumpOutcome = .failed) -> DumpOutcome {
        context.listener.tell(.dump(notice))
        return outcome
    }

    /// The files under the names that the disk has in /dev/disk/by-id, as they come in the directory; where there are
    /// none, the one under the device's own name.
    private func candidates(for device: Member) -> [String] {
        let names = DiskNames.of(device.device, kernel: context.kernel)
        let files = ((try? context.kernel.list(directory: source)) ?? []).filter { names.contains($0) && isFile($0) }
        if !files.isEmpty { return files.map { "\(source)/\($0)" } }
        let name = device.path.lastComponent
        return isFile(name) ? ["\(source)/\(name)"] : []
    }

    private func isFile(_ name: String) -> Bool {
        (try? context.kernel.status(ofPath: "\(source)/\(name)"))?.kind == .regular
    }

    /// Whether two files hold the same metadata: mostly they are links to one file.
    private func agree(_ left: String, _ right: String) -> Bool {
        let contents = [left, right].map { (try? plan(from: $0, to: "", size: nil)) ?? nil }
        return contents[0] == contents[1]
    }

    private func restore(_ device: Member, from file: String) -> DumpOutcome {
        var executor = Executor(context)
        do {
            guard let plan = try plan(from: file, to: device.path, size: device.size) else {
                return failure(.noMetadataIn(file: file, format))
            }
            executor.lend(device.handle, as: device.path)
            try executor.perform(plan)
        } catch is OtherSize {
            return failure(.otherSize(file: file, device: device.path))
        } catch let error as StepFailure {
            context.listener.tell(.dump(.stepFailed(error)))
            executor.undo()
            return .failed
        } catch { return failure(.cannotCopy(from: file, to: device.path)) }
        executor.keep()
        if !executor.isDryRun { context.listener.tell(.dump(.restored(device: device.path, file: file))) }
        return .done
    }

    private struct OtherSize: Error {}

    /// The writes that copy a file's metadata; nil where it has none. The superblock comes last, so that a copy that
    /// is cut short is no member with half a bitmap.
    private func plan(from file: String, to device: String, size: Sectors?) throws -> [PlannedStep]? {
        let image = try Member.forCopying(file, [], context)
        if let size, image.size != size { throw OtherSize() }
        guard let superblock = image.superblock(as: format) else { return nil }
        return try image.copying(superblock, to: device, kernel: context.kernel).reversed()
    }
}
