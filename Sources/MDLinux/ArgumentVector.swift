/// The words of the command line, taken from what C hands to main.
package struct ArgumentVector: Sendable {
    package let words: [String]

    /// `count` is argc and `address` argv. Bytes that are not UTF-8 are repaired, as everywhere in Swift.
    package init(count: CInt, address: UInt) {
        // SAFETY: the address is that of main's argv: `count` C strings that live as long as the process.
        let vector = unsafe UnsafePointer<UnsafePointer<CChar>?>(bitPattern: address)
        words = (0..<Int(count)).compactMap { index in
            unsafe (vector?[index]).map { unsafe String(cString: $0) }
        }
    }
}
