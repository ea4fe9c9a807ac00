internal import CDLM
internal import Glibc
internal import MDLocks

/// One lock of the kernel's, and what libdlm needs to work on it.
///
/// Traps of libdlm that end here: its unlock would write stack bytes as the value block of a lock that holds PW
/// or EX with one, so such a lock goes to NL first, with the right block; a value block once used is passed with
/// every call; both callbacks are passed with every call, because each call replaces them.
@safe final class DLMLock {
    /// How far the way to the lock's end is.
    enum Ending { case none, asked, unlocking }

    let identifier: LockIdentifier
    private let name: [UInt8]
    private let memory: UnsafeMutablePointer<cdlm_lock>
    /// The mode as of the last completion; nil before the first grant.
    private(set) var held: LockMode?
    private(set) var wanted: LockMode = .null
    private(set) var usesValue: Bool
    private(set) var isInFlight = false
    var ending = Ending.none
    /// What was last read, or is to be written.
    var value = ValueBlock.zero
    /// What is to be written at the end instead.
    var lastWord: ValueBlock?

    /// Nil without memory.
    init?(_ identifier: LockIdentifier, _ name: ResourceName, usesValue: Bool) {
        // SAFETY: freed once, in deinit; the kernel keeps its address and never follows it.
        guard let memory = unsafe cdlm_lock_new() else { return nil }
        unsafe self.memory = unsafe memory
        self.identifier = identifier
        self.name = name.bytes
        self.usesValue = usesValue
    }

    // SAFETY: the one reference to the memory.
    deinit { unsafe free(memory) }

    /// What the kernel hands back with everything it tells about this lock; never followed.
    static func token(_ identifier: LockIdentifier) -> UInt { UInt(identifier.rawValue) + 1 }

    /// Asks for a mode, first or anew; an errno.
    func ask(for mode: LockMode, _ options: LockOptions, isConversion: Bool, through handle: LockspaceHandle) -> Int32 {
        usesValue = usesValue || options.contains(.valueBlock)
        wanted = mode
        var flags = options.rawValue
        if isConversion { flags |= UInt32(LKF_CONVERT) }
        if usesValue { flags |= UInt32(LKF_VALBLK) }
        putValue()
        let code = handle.call { session in
            // SAFETY: the status block lives as long as this lock, which is until its last completion; the
            // argument is a number in a pointer's clothes that nobody follows.
            unsafe session.library.calls.ls_lock(
                session.handle, UInt32(mode.rawValue), &memory.pointee.status_block, flags, name, UInt32(name.count),
                0, cdlm_completed, UnsafeMutableRawPointer(bitPattern: Self.token(identifier)), cdlm_blocked, nil)
        }
        isInFlight = code == 0
        return code
    }

    /// Asks for the end of the lock (flags zero or LKF_FORCEUNLOCK) or of its waiting (LKF_CANCEL); an errno.
    func unlock(_ flags: Int32, through handle: LockspaceHandle) -> Int32 {
        handle.call { session in
            // SAFETY: as for ls_lock.
            unsafe session.library.calls.ls_unlock(
                session.handle, memory.pointee.status_block.sb_lkid, UInt32(flags), &memory.pointee.status_block,
                UnsafeMutableRawPointer(bitPattern: Self.token(identifier)))
        }
    }

    /// Notes that what was asked for was granted; the value block, for a lock with one.
    func complete(with notice: KernelNotice) -> LockValue? {
        let before = held
        isInFlight = false
        held = wanted
        guard usesValue else { return nil }
        // Neither read nor written: what the kernel says of the block then depends on where its master is.
        if let before, before < .protectedWrite, wanted < before { return nil }
        if let read = notice.value { value = read }
        return LockValue(value, isValid: notice.isValueValid)
    }

    /// Notes that what was asked for did not come to be.
    func fail() { isInFlight = false }

    /// Whether giving the lock up writes the resource's value block.
    var isWriter: Bool { usesValue && (held ?? .null) >= .protectedWrite }

    private func putValue() {
        // SAFETY: the 32 bytes of the lock's own buffer.
        unsafe withUnsafeMutableBytes(of: &memory.pointee.value) {
            for (index, byte) in value.bytes.enumerated() { unsafe $0[index] = byte }
        }
    }
}
