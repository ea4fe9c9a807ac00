import MDKernel
import MDOperations
import Testing

@Suite struct StepTests {
    @Test func aPlainStepIsTriedOnceAndForgivesNothing() {
        let planned = PlannedStep(.run(array: "/dev/md0"))
        #expect(planned.attempts == 1)
        #expect(planned.tolerated.isEmpty && planned.retried.isEmpty)
    }
}
