internal import CLinux
internal import Glibc
package import MDBytes
package import MDKernel

extension LinuxKernel: SystemFiles {
    package func read(file path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        let file = handle(try Self.descriptor(path, O_RDONLY | O_CLOEXEC), path)
        return try Self.readAll(file, limit: limit)
    }

    package func write(_ text: String, toFile path: String) throws(SystemCallError) {
        let file = handle(try Self.descriptor(path, O_WRONLY | O_CLOEXEC), path)
        let bytes = Array(text.utf8)
        let put = try Self.call("write", on: path) {
            // SAFETY: the array is lent for the call with its own count.
            unsafe Glibc.write(file.token, bytes, bytes.count)
        }
        // An attribute that took part of a value took another value.
        guard put == bytes.count else { throw SystemCallError("write", .inputOutput, on: path) }
    }

    package func list(directory path: String) throws(SystemCallError) -> [String] {
        // SAFETY: the stream is closed below and used by this function alone.
        guard let stream = unsafe opendir(path) else { throw Self.failure("opendir", on: path) }
        // SAFETY: closed once, after the last use.
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            // SAFETY: the entry stays valid until the next readdir, and the name is copied before.
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe String(cString: clinux_entry_name(entry))
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw Self.failure("readdir", on: path) }
        return names
    }

    package func destination(ofLink path: String) throws(SystemCallError) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try Self.call("readlink", on: path) {
            // SAFETY: the buffer is lent for the call with its own count.
            unsafe buffer.withUnsafeMutableBytes {
                guard let base = $0.baseAddress else { return 0 }
                return unsafe readlink(path, base.assumingMemoryBound(to: CChar.self), $0.count)
            }
        }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    package func resolve(_ path: String) throws(SystemCallError) -> String {
        // SAFETY: realpath allocates the answer, which is copied and freed here.
        guard let answer = unsafe realpath(path, nil) else {
            throw Self.failure("realpath", on: path)
        }
        // SAFETY: the one reference to what realpath allocated.
        defer { unsafe free(answer) }
        return unsafe String(cString: answer)
    }

    package func replace(file path: String, with contents: [UInt8], mode: UInt32)
        throws(SystemCallError)
    {
        let temporary = path + ".new"
        do {
            try writeNew(temporary, contents, mode)
            // SAFETY: both strings are lent for the call.
            try Self.call("rename", on: path) { unsafe rename(temporary, path) }
        } catch {
            // SAFETY: the string is lent for the call.
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    package func create(file path: String, mode: UInt32) throws(SystemCallError) {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC
        _ = handle(try openMakingParents(path, flags, mode), path)
    }

    package func makeDirectory(_ path: String, mode: UInt32) throws(SystemCallError) {
        try makeParents(of: path)
        try makeOneDirectory(path, mode)
    }

    package func makeFile(_ path: String, size: ByteCount, mode: UInt32) throws(SystemCallError) {
        guard let length = off_t(exactly: size.rawValue) else { throw SystemCallError("ftruncate", .tooBig, on: path) }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = handle(try Self.descriptor(path, flags, mode: mode & 0o7777), path)
        do {
            try Self.call("ftruncate", on: path) { ftruncate(file.token, length) }
        } catch {
            // SAFETY: the string is lent for the call.
            _ = unsafe unlink(path)
            throw error
        }
    }

    package func hardLink(_ path: String, to file: String) throws(SystemCallError) {
        // SAFETY: both strings are lent for the call.
        try Self.call("link", on: path) { unsafe Glibc.link(file, path) }
    }

    package func remove(file path: String) throws(SystemCallError) {
        do {
            // SAFETY: the string is lent for the call.
            try Self.call("unlink", on: path) { unsafe unlink(path) }
        } catch {
            guard error.errno == .noEntry else { throw error }
        }
    }

    package func link(_ path: String, to destination: String) throws(SystemCallError) {
        // SAFETY: both strings are lent for the call.
        try Self.call("symlink", on: path) { unsafe symlink(destination, path) }
    }

    package func makeNode(_ path: String, device: DeviceNumber, mode: UInt32)
        throws(SystemCallError)
    {
        try Self.call("mknod", on: path) {
            // SAFETY: the string is lent for the call.
            unsafe mknod(path, S_IFBLK | (mode & 0o7777), dev_t(device.packed))
        }
    }

    package func lock(file path: String, timeout: Milliseconds) throws(SystemCallError)
        -> DeviceHandle
    {
        let deadline = now() + timeout
        while true {
            let flags = O_RDWR | O_CREAT | O_CLOEXEC
            let file = handle(try openMakingParents(path, flags, 0o600), path)
            try lock(file, until: deadline)
            // Whoever held it may have removed the file; a lock on a file without a name keeps nobody out.
            if isStillNamed(file) { return file }
        }
    }
}

extension LinuxKernel {
    /// Reads from where the file stands to its end, at most `limit` bytes.
    static func readAll(_ file: DeviceHandle, limit: Int) throws(SystemCallError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(max(limit, 0), 65536))
        while result.count < limit {
            let wanted = min(chunk.count, limit - result.count)
            let got = try call("read", on: file.path) {
                // SAFETY: at most `wanted` bytes land in a chunk that is at least as long.
                unsafe Glibc.read(file.token, &chunk, wanted)
            }
            guard got > 0 else { break }
            result.append(contentsOf: chunk.prefix(got))
            if got < wanted, got < attributeBytes, isAttribute(file.path) { break }
        }
        return result
    }

    /// sysfs hands out an attribute by one call, at most a page of it: what comes short is the end, and asking again
    /// for nothing would be a fifth of what an attribute costs.
    private static func isAttribute(_ path: String) -> Bool {
        path.hasPrefix("/sys/") && !path.hasPrefix("/sys/kernel/debug/")
    }

    private static var attributeBytes: Int { 4096 }

    private func writeNew(_ path: String, _ contents: [UInt8], _ mode: UInt32)
        throws(SystemCallError)
    {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        let file = handle(try openMakingParents(path, flags, mode), path)
        // The mode asked for, whatever the umask took away.
        try Self.call("fchmod", on: path) { fchmod(file.token, mode & 0o7777) }
        var done = 0
        while done < contents.count {
            done += try Self.call("write", on: path) {
                // SAFETY: the rest of the array is lent for the call with its own count.
                unsafe contents[done...].withUnsafeBytes {
                    unsafe Glibc.write(file.token, $0.baseAddress, $0.count)
                }
            }
        }
        try synchronize(file)
    }

    private func openMakingParents(_ path: String, _ flags: Int32, _ mode: UInt32)
        throws(SystemCallError) -> Int32
    {
        do {
            return try Self.descriptor(path, flags, mode: mode & 0o7777)
        } catch {
            guard error.errno == .noEntry else { throw error }
            try makeParents(of: path)
            return try Self.descriptor(path, flags, mode: mode & 0o7777)
        }
    }

    private func makeParents(of path: String) throws(SystemCallError) {
        let parts = path.split(separator: "/").dropLast()
        var directory = path.hasPrefix("/") ? "" : "."
        for part in parts {
            directory += "/" + part
            try makeOneDirectory(directory, 0o755)
        }
    }

    private func makeOneDirectory(_ path: String, _ mode: UInt32) throws(SystemCallError) {
        do {
            // SAFETY: the string is lent for the call.
            try Self.call("mkdir", on: path) { unsafe mkdir(path, mode & 0o7777) }
        } catch {
            guard error.errno == .exists else { throw error }
        }
    }

    private func lock(_ file: DeviceHandle, until deadline: Instant) throws(SystemCallError) {
        var wait = Milliseconds(5)
        while true {
            do {
                try Self.call("flock", on: file.path) { flock(file.token, LOCK_EX | LOCK_NB) }
                return
            } catch {
                guard error.errno == .again else { throw error }
                let left = deadline.since(now())
                guard left > Milliseconds(0) else {
                    throw SystemCallError("flock", .timedOut, on: file.path)
                }
                pause(min(wait, left))
                wait = min(Milliseconds(wait.rawValue * 2), Milliseconds(100))
            }
        }
    }

    private func isStillNamed(_ file: DeviceHandle) -> Bool {
        var held = stat()
        var named = stat()
        // SAFETY: both are whole structs lent for the calls.
        guard unsafe fstat(file.token, &held) == 0, unsafe stat(file.path, &named) == 0 else {
            return false
        }
        return held.st_dev == named.st_dev && held.st_ino == named.st_ino
    }
}
