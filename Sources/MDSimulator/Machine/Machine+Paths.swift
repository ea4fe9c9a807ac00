internal import MDBytes
internal import MDKernel

/// Paths: one name space over stored files, sysfs and procfs.
extension Machine {
    /// What a path leads to, symbolic links not followed at its end.
    enum Entry: Hashable, Sendable {
        case directory
        case link(String)
        case device(DeviceNumber, mode: UInt32)
        case file(mode: UInt32)
    }

    /// The entry at a canonical path.
    func entry(at path: String) -> Entry? {
        if path == "/sys" || path.hasPrefix("/sys/") { return sysfsEntry(parts(path)) }
        if path == "/proc" || path.hasPrefix("/proc/") {
            return path == "/proc" ? .directory : procText(path) == nil ? nil : .file(mode: 0o444)
        }
        switch files[path] {
        case nil: return nil
        case .directory?: return .directory
        case .link(let destination)?: return .link(destination)
        case .device(let number, let mode)?: return .device(number, mode: mode)
        case .file(_, let mode)?: return .file(mode: mode)
        }
    }

    func parts(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// The canonical form of `path`: links followed, at its end too unless `keepingLastLink`.
    func resolve(_ path: String, keepingLastLink: Bool = false) throws(Refusal) -> String {
        var pending = Array(parts(path).reversed())
        var done: [String] = []
        var links = 0
        while let part = pending.popLast() {
            if part == "." { continue }
            if part == ".." {
                _ = done.popLast()
                continue
            }
            let candidate = "/" + (done + [part]).joined(separator: "/")
            guard let entry = entry(at: candidate) else { throw Refusal(.noEntry) }
            switch entry {
            case .link(let destination):
                if pending.isEmpty, keepingLastLink {
                    done.append(part)
                    continue
                }
                links += 1
                guard links <= 40 else { throw Refusal(Errno(rawValue: 40)) }
                if destination.hasPrefix("/") { done = [] }
                pending += parts(destination).reversed()
            case .directory: done.append(part)
            case .device, .file:
                guard pending.isEmpty else { throw Refusal(.notDirectory) }
                done.append(part)
            }
        }
        return "/" + done.joined(separator: "/")
    }

    /// Where a file that need not exist would be: its directory resolved, its own name kept.
    func place(of path: String) throws(Refusal) -> String {
        var parts = parts(path)
        guard let name = parts.popLast() else { throw Refusal(.invalid) }
        let parent = try resolve("/" + parts.joined(separator: "/"))
        guard entry(at: parent) == .directory else { throw Refusal(.notDirectory) }
        return parent == "/" ? "/" + name : parent + "/" + name
    }

    func status(ofPath path: String) throws(Refusal) -> FileStatus {
        let place = try resolve(path)
        guard let entry = entry(at: place) else { throw Refusal(.noEntry) }
        switch entry {
        case .directory, .link:
            return FileStatus(kind: .directory, device: .none, mode: 0o755, size: .zero)
        case .device(let number, let mode):
            return FileStatus(kind: .block, device: number, mode: mode, size: .zero)
        case .file(let mode):
            var size = ByteCount.zero
            if case .file(let bytes, _) = files[place] { size = ByteCount(UInt64(bytes.count)) }
            return FileStatus(kind: .regular, device: .none, mode: mode, size: size)
        }
    }

    mutating func read(file path: String) throws(Refusal) -> [UInt8] {
        let place = try resolve(path)
        if place.hasPrefix("/sys/") {
            guard case .file(let mode)? = sysfsEntry(parts(place)) else { throw Refusal(Errno(rawValue: 21)) }
            guard mode & 0o444 != 0, let text = sysfsText(parts(place)) else { throw Refusal(.inputOutput) }
            return Array((text + "\n").utf8)
        }
        if place.hasPrefix("/proc/") {
            if place == "/proc/mdstat" { seenArrayEvents = arrayEvents }
            return Array((procText(place) ?? "").utf8)
        }
        guard case .file(let bytes, _) = files[place] else { throw Refusal(Errno(rawValue: 21)) }
        return bytes
    }

    func list(directory path: String) throws(Refusal) -> [String] {
        let place = try resolve(path)
        guard entry(at: place) == .directory else { throw Refusal(.notDirectory) }
        if place == "/sys" || place.hasPrefix("/sys/") { return sysfsNames(parts(place)) }
        if place == "/proc" { return ["mdstat", "partitions", "mounts", "swaps", "modules"] }
        return files.names(in: place)
    }

    /// One write(2) of a value to an existing file.
    mutating func store(_ text: String, at path: String) throws(Refusal) {
        let place = try resolve(path)
        let value = text.hasSuffix("\n") ? String(text.dropLast()) : text
        if place.hasPrefix("/sys/") { return try storeSysfs(value, parts(place)) }
        guard case .file(_, let mode) = files[place] else { throw Refusal(.accessDenied) }
        files[place] = .file(Array(text.utf8), mode: mode)
    }
}
