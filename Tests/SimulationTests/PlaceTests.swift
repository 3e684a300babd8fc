import Simulation
import Testing

@Suite("places in queues are as those were told of them who asked")
struct PlaceTests {
    @Test("called not applied, and in no log")
    func denied() {
        var log = PlaceLog()
        log.committed(1)
        log.granted(1, token: 7)
        log.calledNotApplied(2)
        #expect(log.check() == [])
        #expect(log.count == 1)
    }

    @Test("called not applied, and committed before or after", arguments: [true, false])
    func deniedButApplied(_ isCommittedBefore: Bool) {
        var log = PlaceLog()
        if isCommittedBefore { log.committed(5) }
        log.calledNotApplied(5)
        if !isCommittedBefore { log.committed(5) }
        #expect(log.check() == [.deniedPlaceApplied(owner: 5)])
    }

    @Test("called given up: granted before that is no fault, after it is")
    func givenUp() {
        var log = PlaceLog()
        for owner: UInt64 in 1...3 { log.committed(owner) }
        log.granted(1, token: 10)
        log.calledGivenUp(1, at: 12)
        log.calledGivenUp(2, at: 12)
        #expect(log.check() == [])
        log.granted(2, token: 13)
        #expect(log.check() == [.givenUpPlaceGranted(owner: 2, token: 13)])
    }
}
