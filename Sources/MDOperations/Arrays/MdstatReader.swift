package import MDKernel
package import MDModel

extension Mdstat {
    /// The file as it is now; nil where it cannot be read.
    package init?<K: Kernel>(kernel: K) {
        guard let bytes = try? kernel.read(file: "/proc/mdstat", limit: 1 << 20) else { return nil }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    /// The names of the arrays, or none.
    static func entries<K: Kernel>(kernel: K) -> [Entry] { Mdstat(kernel: kernel)?.entries ?? [] }
}
