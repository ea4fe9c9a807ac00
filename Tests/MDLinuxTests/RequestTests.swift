import Testing

@testable import MDLinux

/// The numbers are those that linux/raid/md_u.h expands to on a 64-bit machine.
@Suite struct RequestTests {
    @Test func numbersThatCarryAStruct() {
        #expect(MDRequest.version.number == 0x800c_0910)
        #expect(MDRequest.arrayInfo.number == 0x8048_0911)
        #expect(MDRequest.diskInfo.number == 0x8014_0912)
        #expect(MDRequest.addNewDisk.number == 0x4014_0921)
        #expect(MDRequest.setArrayInfo.number == 0x4048_0923)
        #expect(MDRequest.runArray.number == 0x400c_0930)
    }

    @Test func numbersWithoutArgument() {
        #expect(MDRequest.hotRemoveDisk.number == 0x922)
        #expect(MDRequest.setDiskFaulty.number == 0x929)
        #expect(MDRequest.stopArray.number == 0x932)
        #expect(MDRequest.nack.number == 0x935)
    }
}
