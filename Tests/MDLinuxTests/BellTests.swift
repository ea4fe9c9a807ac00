import MDBytes
import MDKernel
import Synchronization
import Testing

@testable import MDLinux

/// What wakes one thread for another.
@Suite struct BellTests {
    private let kernel = LinuxKernel()

    /// A ring before the wait counts, several are one, and without one the deadline ends it.
    @Test func ringsAreHeardOnce() throws {
        let bell = try kernel.makeBell()
        bell.ring()
        bell.ring()
        let start = kernel.now()
        bell.wait(until: start + .seconds(60))
        #expect(kernel.now().since(start) < .seconds(30))
        let second = kernel.now()
        bell.wait(until: second + Milliseconds(50))
        #expect(kernel.now().since(second) >= Milliseconds(50))
    }

    @Test func anotherThreadRings() throws {
        let (there, back) = (try kernel.makeBell(), try kernel.makeBell())
        let end = kernel.now() + .seconds(60)
        #expect(kernel.startThread {
            there.wait(until: end)
            back.ring()
        })
        there.ring()
        back.wait(until: end)
        #expect(kernel.now() < end)
    }

    /// Devices that do not answer keep nobody from the one that does; where none has a result the end comes early.
    @Test func aSearchPassesOverWhatHangs() throws {
        let hang = try kernel.makeBell()
        let end = kernel.now() + .seconds(60)
        let found = kernel.firstResult(Array(0..<40), until: end) { number -> Int? in
            if number < 39 { hang.wait(until: end) }
            return number < 39 ? nil : number
        }
        #expect(found == 39 && kernel.now() < end)
        for _ in 0..<40 { hang.ring() }
        #expect(kernel.firstResult(Array(0..<40), until: end) { _ -> Int? in nil } == nil && kernel.now() < end)
    }

    @Test(arguments: [1, 3, 100])
    func atMostSoManyAtOnce(limit: Int) {
        let numbers = Array(0..<50)
        let running = Mutex((now: 0, most: 0))
        let doubled = kernel.concurrently(numbers, atMost: limit) { number -> Int in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            kernel.pause(Milliseconds(1))
            running.withLock { $0.now -= 1 }
            return number * 2
        }
        #expect(doubled == numbers.map { $0 * 2 })
        #expect(running.withLock { $0.most } <= limit)
    }
}
