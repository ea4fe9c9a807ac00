import MDModel
import Testing

@testable import MDOperations

@Suite struct StopOrderTests {
    @Test func arraysOnTopStopFirst() {
        let mdstat = Mdstat(
            """
            md1 : active raid1 vdc[1] vdb[0]
            md2 : active raid1 md1p1[1] vdd[0]
            md3 : active raid0 md2[0]
            md9 : inactive vde[0](S)

            """)
        #expect(StopOrder.names(mdstat) == ["md3", "md9", "md2", "md1"])
    }

    @Test func aCircleEnds() {
        #expect(StopOrder.names(Mdstat("md1 : active raid1 md2[0]\nmd2 : active raid1 md1[0]\n")).count == 2)
    }
}
