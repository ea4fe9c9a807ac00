
/// A Linux error number.
package struct Errno: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// EPERM
    package static let notPermitted = Errno(rawValue: 1)
    /// ENOENT
    package static let noEntry = Errno(rawValue: 2)
    /// EINTR
    package static let interrupted = Errno(rawValue: 4)
    /// EIO
    package static let inputOutput = Errno(rawValue: 5)
    /// ENXIO
    package static let noDevice = Errno(rawValue: 6)
    /// EAGAIN
    package static let again = Errno(rawValue: 11)
    /// ENOMEM
    package static let noMemory = Errno(rawValue: 12)
    /// EACCES
    package static let accessDenied = Errno(rawValue: 13)
    /// EBUSY
    package static let busy = Errno(rawValue: 16)
    /// EEXIST
    package static let exists = Errno(rawValue: 17)
    /// ENODEV
    package static let noSuchDevice = Errno(rawValue: 19)
    /// ENOTBLK
    package static let notBlockDevice = Errno(rawValue: 15)
    /// ENOTDIR
    package static let notDirectory = Errno(rawValue: 20)
    /// EISDIR
    package static let isDirectory = Errno(rawValue: 21)
    /// EINVAL
    package static let invalid = Errno(rawValue: 22)
    /// ENOTTY
    package static let notATerminal = Errno(rawValue: 25)
    /// EFBIG
    package static let tooBig = Errno(rawValue: 27)
    /// ENOSPC
    package static let noSpace = Errno(rawValue: 28)
    /// EROFS
    package static let readOnly = Errno(rawValue: 30)
    /// ERANGE
    package static let range = Errno(rawValue: 34)
    /// ENODATA
    package static let noData = Errno(rawValue: 61)
    /// EBADR: md-cluster's answer where the cluster name does not match.
    package static let badRequest = Errno(rawValue: 53)
    /// EUNATCH: no dlm_controld.
    package static let unattached = Errno(rawValue: 49)
    /// ENOTCONN: the DLM has no address, because dlm_controld never gave it one or is gone.
    package static let notConnected = Errno(rawValue: 107)
    /// ECONNREFUSED
    package static let refused = Errno(rawValue: 111)
    /// ETIMEDOUT
    package static let timedOut = Errno(rawValue: 110)
    /// ENOBUFS
    package static let noBufferSpace = Errno(rawValue: 105)
    /// EOPNOTSUPP
    package static let notSupported = Errno(rawValue: 95)
}

/// A system call that the kernel refused: which, on what, and why.
package struct SystemCallError: Error, Hashable, Sendable {
    /// The call or ioctl by its C name, such as `open` or `ADD_NEW_DISK`.
    package let call: String
    package let errno: Errno
    /// The path or device the call was about.
    package let subject: String

    package init(_ call: String, _ errno: Errno, on subject: String) {
        self.call = call
        self.errno = errno
        self.subject = subject
    }
}
