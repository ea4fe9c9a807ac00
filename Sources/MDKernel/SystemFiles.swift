package import MDBytes

/// sysfs, procfs, configuration and /run, as small files. Every read is bounded.
package protocol SystemFiles: Sendable {
    /// The first `limit` bytes of a file.
    func read(file path: String, limit: Int) throws(SystemCallError) -> [UInt8]

    /// One write(2) of `text` to an existing file: a sysfs attribute.
    func write(_ text: String, toFile path: String) throws(SystemCallError)

    /// The names in a directory without `.` and `..`, in the directory's own order
    /// (mdadm's --export and inactive rows follow it).
    func list(directory path: String) throws(SystemCallError) -> [String]

    /// readlink(2)
    func destination(ofLink path: String) throws(SystemCallError) -> String

    /// realpath(3)
    func resolve(_ path: String) throws(SystemCallError) -> String

    /// Writes `path.new` beside `path`, syncs it and renames it over `path`; missing parent
    /// directories are made with mode 0755.
    func replace(file path: String, with contents: [UInt8], mode: UInt32) throws(SystemCallError)

    /// Makes a directory with this mode where there is none, and its missing parents with 0755.
    func makeDirectory(_ path: String, mode: UInt32) throws(SystemCallError)

    /// Makes an empty file where there is none; missing parents are made.
    func create(file path: String, mode: UInt32) throws(SystemCallError)

    /// Makes a file of `size` bytes without any content, with what the umask leaves of `mode`; EEXIST where there is
    /// one.
    func makeFile(_ path: String, size: ByteCount, mode: UInt32) throws(SystemCallError)

    /// link(2)
    func hardLink(_ path: String, to file: String) throws(SystemCallError)

    /// unlink(2); an absent file is no error.
    func remove(file path: String) throws(SystemCallError)

    /// symlink(2)
    func link(_ path: String, to destination: String) throws(SystemCallError)

    /// mknod(2) for a block device.
    func makeNode(_ path: String, device: DeviceNumber, mode: UInt32) throws(SystemCallError)

    /// Takes an exclusive flock on `path` (made if absent), waiting at most `timeout`;
    /// released when the handle goes.
    func lock(file path: String, timeout: Milliseconds) throws(SystemCallError) -> DeviceHandle
}
