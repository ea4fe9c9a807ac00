internal import CDLM
internal import MDLocks

/// What the kernel tells about one lock: that an operation ended, or that somebody wants what it has.
struct KernelNotice: Sendable {
    /// The lock, as DLMLock.token named it.
    let token: UInt
    /// The mode that somebody wants; nil for the end of an operation.
    let wanted: LockMode?
    /// How the operation ended: zero, an errno, or ECANCEL or EUNLOCK.
    let status: UInt32
    let isValueValid: Bool
    /// Nil where no value block came along.
    let value: ValueBlock?

    init(_ result: cdlm_result) {
        // SAFETY: pointers are taken for the numbers that we gave away; none is followed.
        token = unsafe UInt(bitPattern: result.argument)
        wanted = unsafe result.blocked_mode == 0 ? nil : LockMode(rawValue: Int32(result.blocked_mode)) ?? .exclusive
        // Negative as the kernel has it.
        status = unsafe result.status.sb_status.magnitude
        isValueValid = unsafe result.status.sb_flags & CChar(DLM_SBF_VALNOTVALID) == 0
        // SAFETY: the bytes of the field itself.
        value = unsafe result.value_offset == 0
            ? nil : withUnsafeBytes(of: result.value) { unsafe ValueBlock($0) }
    }
}
