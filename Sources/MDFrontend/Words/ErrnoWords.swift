package import MDKernel

extension Errno {
    /// The C library's text for an error number, as mdadm prints it.
    package var words: String {
        switch self {
        case .notPermitted: "Operation not permitted"
        case .noEntry: "No such file or directory"
        case .interrupted: "Interrupted system call"
        case .inputOutput: "Input/output error"
        case .noDevice: "No such device or address"
        case .again: "Resource temporarily unavailable"
        case .noMemory: "Cannot allocate memory"
        case .accessDenied: "Permission denied"
        case .notBlockDevice: "Block device required"
        case .busy: "Device or resource busy"
        case .exists: "File exists"
        case .noSuchDevice: "No such device"
        case .notDirectory: "Not a directory"
        case .invalid: "Invalid argument"
        case .notATerminal: "Inappropriate ioctl for device"
        case .tooBig: "File too large"
        case .noSpace: "No space left on device"
        case .readOnly: "Read-only file system"
        case .range: "Numerical result out of range"
        default: rare
        }
    }

    private var rare: String {
        switch rawValue {
        case 7: "Argument list too long"
        case 9: "Bad file descriptor"
        case 21: "Is a directory"
        case 24: "Too many open files"
        case 29: "Illegal seek"
        case 35: "Resource deadlock avoided"
        case 36: "File name too long"
        case 38: "Function not implemented"
        case 40: "Too many levels of symbolic links"
        case 49: "Protocol driver not attached"
        case 53: "Invalid request descriptor"
        case 61: "No data available"
        case 71: "Protocol error"
        case 75: "Value too large for defined data type"
        case 95: "Operation not supported"
        case 107: "Transport endpoint is not connected"
        case 110: "Connection timed out"
        case 116: "Stale file handle"
        case 121: "Remote I/O error"
        case 123: "No medium found"
        case 524: "Unknown error 524"
        default: "Unknown error \(rawValue)"
        }
    }
}

extension SystemCallError {
    /// What could not be done to the device: one that can be opened is not always one that can be read.
    var attempt: String { ["pread", "read"].contains(call) ? "read" : "open" }
}
