internal import CLinux
internal import Glibc
internal import MDBytes
package import MDKernel

extension LinuxKernel: Host {
    package func hostName() -> String { Self.systemName { $0.nodename } }

    package func kernelRelease() -> String { Self.systemName { $0.release } }

    package func isRoot() -> Bool { geteuid() == 0 }

    package func environment(_ name: String) -> String? {
        // SAFETY: nothing in this program changes the environment, and the value is copied at once.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    package func isUser(_ name: String) -> Bool {
        // SAFETY: only asked whether it is there; nobody else asks meanwhile.
        unsafe getpwnam(name) != nil
    }

    package func isGroup(_ name: String) -> Bool {
        // SAFETY: as above.
        unsafe getgrnam(name) != nil
    }

    package func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        var done = 0
        while done < bytes.count {
            // SAFETY: the rest of the array is lent for the call with its own count.
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe clinux_random($0.baseAddress.map { unsafe $0 + done }, UInt($0.count - done))
            }
            // getrandom(2) with no flags fails only where a signal interrupts it.
            precondition(got > 0 || errno == EINTR, "the kernel has no random numbers")
            done += max(0, got)
        }
        return bytes
    }

    package func timerFrequency() -> Int? {
        do {
            let path = "/boot/config-" + kernelRelease()
            let configuration = try read(file: path, limit: 1 << 20)
            if let known = TimerFrequency.configured(in: configuration) { return known }
        } catch {
            // Not every host keeps the configuration: the running kernel tells as well.
        }
        return measuredFrequency()
    }

    package func kernelLogMark() -> KernelLogMark { kernelMessages.mark(self) }

    package func kernelLog(since mark: KernelLogMark) -> [String] {
        kernelMessages.lines(self, since: mark)
    }

    private func measuredFrequency() -> Int? {
        guard let first = jiffies() else { return nil }
        if let known = TimerFrequency.sinceBoot(first) { return known }
        // Too close to the moment where the counter passes zero: let some ticks pass.
        pause(Milliseconds(250))
        guard let second = jiffies() else { return nil }
        return TimerFrequency.between(first, second)
    }

    /// The kernel's tick counter from /proc/schedstat, with the clock at that moment.
    private func jiffies() -> TimerFrequency.Sample? {
        do {
            let before = now()
            let text = try read(file: "/proc/schedstat", limit: 256)
            guard let ticks = TimerFrequency.timestamp(in: text) else { return nil }
            return TimerFrequency.Sample(ticks: ticks, milliseconds: before.milliseconds)
        } catch {
            return nil
        }
    }

    /// One of the char arrays of struct utsname, as text.
    private static func systemName<Name: BitwiseCopyable>(_ field: (utsname) -> Name) -> String {
        var names = utsname()
        // SAFETY: a whole struct utsname, lent for the call, which cannot fail then.
        _ = unsafe uname(&names)
        // SAFETY: plain bytes, copied up to the first zero.
        return unsafe withUnsafeBytes(of: field(names)) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
