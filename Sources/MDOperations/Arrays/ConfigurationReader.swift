internal import MDBytes
package import MDKernel
package import MDModel

/// Finds and reads mdadm.conf.
package enum ConfigurationReader {
    /// The configuration that `--config=` (nil where it was not given) stands for. What is missing or
    /// cannot be read is empty.
    package static func read<K: SystemFiles & BlockDevices & Host>(_ choice: String?, kernel: K) -> Configuration {
        var configuration = Configuration()
        switch choice {
        case let choice? where choice.hasPrefix("none"): break
        case "partitions"?: configuration.devices = [.partitions]
        case let path?: read(path, into: &configuration, kernel: kernel)
        case nil:
            let main = places.first { read($0, into: &configuration, kernel: kernel) } ?? places[0]
            read(directory: main + ".d", into: &configuration, kernel: kernel)
        }
        if let words = kernel.environment("MDADM_CONF_AUTO") {
            let first = words.split(separator: " ").map(String.init)
            configuration.auto = AutoRule(words: first + (configuration.auto?.words ?? []))
        }
        configuration.complaints.removeAll { complaint in
            switch complaint {
            case .createOwner(let name): kernel.isUser(name)
            case .createGroup(let name): kernel.isGroup(name)
            default: false
            }
        }
        return configuration
    }

    /// Where the file may lie, in the order of looking.
    private static let places = ["/etc/mdadm.conf", "/etc/mdadm/mdadm.conf"]

    /// Reads a file, or the files of a directory; false where there is neither. A device is no configuration: whoever
    /// names one most likely forgot the file.
    @discardableResult
    private static func read<K: SystemFiles & BlockDevices>(
        _ path: String, into configuration: inout Configuration, kernel: K
    ) -> Bool {
        do throws(SystemCallError) {
            switch try kernel.status(ofPath: path).kind {
            case .block, .character: return true
            case .directory:
                read(directory: path, into: &configuration, kernel: kernel)
                return true
            default: return read(file: path, into: &configuration, kernel: kernel)
            }
        } catch { return false }
    }

    /// False where the file cannot be opened.
    private static func read<K: SystemFiles>(
        file path: String, into configuration: inout Configuration, kernel: K
    ) -> Bool {
        do throws(SystemCallError) {
            let bytes = try kernel.read(file: path, limit: Configuration.byteLimit + 1)
            configuration.read(bytes)
            return true
        } catch { return false }
    }

    /// Every `*.conf` of a directory in bytewise order.
    private static func read<K: SystemFiles>(
        directory path: String, into configuration: inout Configuration, kernel: K
    ) {
        let names: [String]
        do throws(SystemCallError) { names = try kernel.list(directory: path) } catch { return }
        let files = names.filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") && $0.utf8.count > 5 }
        for name in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            _ = read(file: path + "/" + name, into: &configuration, kernel: kernel)
        }
    }
}
