import Contracts
import MDBytes
import MDKernel
import MDSimulator
import Testing

/// The contracts on the simulated kernel. `swmdcontract` runs the same bodies on a real one.
@Suite struct SimulatedContractTests {
    @Test(arguments: Contract<SimulatedKernel>.all.map(\.name))
    func holds(_ name: String) throws {
        let contract = try #require(Contract<SimulatedKernel>.all.first { $0.name == name })
        let kernel = SimulatedKernel.withDisks(4)
        try contract.run(on: Bench(kernel: kernel, disks: ["/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"]))
        #expect(kernel.openHandles.isEmpty)
    }

    /// A wrapper that lets everything through changes nothing.
    @Test(arguments: Contract<FaultingKernel<SimulatedKernel>>.all.map(\.name))
    func holdsWithoutFaults(_ name: String) throws {
        let contract = try #require(Contract<FaultingKernel<SimulatedKernel>>.all.first { $0.name == name })
        let kernel = FaultingKernel(SimulatedKernel.withDisks(4))
        try contract.run(on: Bench(kernel: kernel, disks: ["/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"]))
    }

    @Test func namesAreUnique() {
        let names = Contract<SimulatedKernel>.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
