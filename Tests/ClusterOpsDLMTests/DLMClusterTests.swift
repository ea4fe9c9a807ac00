import ClusterOps
import MDKernel
import MDLinux
import MDLocks
import Testing

@testable import ClusterOpsDLM

@Suite struct DLMClusterTests {
    /// What the README shows is what is compiled here.
    @Test func theExampleIsTheOneOfTheReadme() throws {
        let kernel = LinuxKernel()
        let tests = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        func text(_ path: String) throws -> String {
            String(decoding: try kernel.read(file: path, limit: 1 << 16), as: UTF8.self)
        }
        let example = try text(tests + "/Example.swift")
        #expect(example.count > 500)
        #expect(try text(tests + "/../../Sources/ClusterOps/README.md").contains("```swift\n" + example + "```"))
    }

    /// A host without a cluster is told what is missing.
    @Test func everyFailureHasItsWords() {
        let application = Application()
        let error = #expect(throws: DLMClusterError.self) {
            _ = try DLMCluster.session(array: [UInt8](1...16), application: application)
        }
        #expect(error?.code == .notInstalled || error?.code == .notRunning)
        #expect(error?.description.isEmpty == false)
    }

    @Test func theKernelsArrayHasACodeOfItsOwn() {
        #expect(DLMClusterError.kernelRunsArray.code == .kernelRunsArray)
        #expect(DLMClusterError(.unavailable(.noQuorum)).code == .noQuorum)
        #expect(DLMClusterError(.unavailable(.failed(call: "x", code: 13))).errno == 13)
        #expect(DLMClusterError(.closed).code == .failed)
    }
}
