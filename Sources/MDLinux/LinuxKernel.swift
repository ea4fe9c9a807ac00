internal import Glibc
internal import MDKernel

/// The real kernel: every protocol of the seam over system calls.
package struct LinuxKernel: Kernel {
    /// What watching /proc/mdstat remembers between two waits.
    let arrayTable = ArrayTableWatch()
    /// What has been read of /dev/kmsg.
    let kernelMessages = KernelMessages()

    package init() {}

    /// errno of the call that just failed, under the call's name.
    static func failure(_ call: String, on subject: String) -> SystemCallError {
        SystemCallError(call, Errno(rawValue: errno), on: subject)
    }

    static func exists(_ path: String, as access: Int32 = F_OK) -> Bool {
        // SAFETY: the string is lent for the call.
        unsafe Glibc.access(path, access) == 0
    }

    /// Repeats `body` while a signal interrupts it; throws where it answers below zero.
    @discardableResult
    static func call<Result: FixedWidthInteger & SignedInteger>(
        _ name: String, on subject: String, _ body: () -> Result
    ) throws(SystemCallError) -> Result {
        while true {
            let result = body()
            if result >= 0 { return result }
            let error = failure(name, on: subject)
            if error.errno != .interrupted { throw error }
        }
    }
}

extension LinuxKernel: HandleOwner {
    package func close(token: Int32) {
        // The descriptor is gone whatever close(2) answers; there is nobody left to tell.
        _ = Glibc.close(token)
    }

    func handle(_ descriptor: Int32, _ path: String) -> DeviceHandle {
        DeviceHandle(token: descriptor, path: path, owner: self)
    }
}
