internal import Glibc
package import MDKernel

extension LinuxKernel {
    package func loadModule(_ name: String) throws(SystemCallError) {
        let isName = !name.isEmpty
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
        guard isName else { throw SystemCallError("modprobe", .invalid, on: name) }
        let directory = "/sys/module/" + name.split(separator: "-").joined(separator: "_")
        if Self.exists(directory) { return }
        // modprobe rather than finit_module(2): it knows dependencies, aliases and the admin's options.
        let status = try runModprobe(["modprobe", "-q", "--", name], subject: name)
        guard status == 0 || Self.exists(directory) else {
            throw SystemCallError("modprobe", isRoot() ? .noEntry : .notPermitted, on: name)
        }
    }

    /// Runs modprobe by its absolute path with an environment of our own; returns its wait status.
    private func runModprobe(_ arguments: [String], subject: String) throws(SystemCallError) -> Int32 {
        let paths = ["/sbin/modprobe", "/usr/sbin/modprobe"]
        guard let path = paths.first(where: { Self.exists($0, as: X_OK) }) else {
            throw SystemCallError("posix_spawn", .noEntry, on: "/sbin/modprobe")
        }
        let words = CStringArray(arguments)
        let environment = CStringArray(["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        var process: pid_t = 0
        // SAFETY: the actions are initialised before and destroyed after their use; both arrays end in
        // NULL and outlive the call.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in STDIN_FILENO...STDERR_FILENO {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        let code = unsafe posix_spawn(&process, path, &actions, nil, words.base, environment.base)
        guard code == 0 else {
            throw SystemCallError("posix_spawn", Errno(rawValue: code), on: path)
        }
        var status: Int32 = 0
        // SAFETY: one int, lent for the call.
        try Self.call("waitpid", on: subject) { unsafe waitpid(process, &status, 0) }
        return status
    }
}

/// The NULL-ended array of C strings that exec wants.
@safe private final class CStringArray {
    // SAFETY: the array and the strings in it belong to this object.
    let base: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ words: [String]) {
        count = words.count
        // SAFETY: room for every word and the final NULL, all initialised here.
        unsafe base = .allocate(capacity: words.count + 1)
        for (index, word) in words.enumerated() {
            unsafe (base + index).initialize(to: strdup(word))
        }
        unsafe (base + words.count).initialize(to: nil)
    }

    deinit {
        // SAFETY: the strings came from strdup, the array from `allocate`; both go once.
        for index in 0..<count { unsafe free(base[index]) }
        unsafe base.deallocate()
    }
}
