import Bytes
import Testing

@testable import Server

@Suite("Wrong passwords make the next tries wait")
struct TryLimiterTests {
    private static let ann = Array("ann".utf8)

    private static func time(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: (1000 + seconds) * 1_000_000_000)
    }

    private static let here = ClientSource.thisMachine

    @Test("five are free, then each wait is twice the one before, up to five minutes")
    func grows() {
        var tries = TryLimiter()
        var now: UInt64 = 0
        var waits: [UInt64] = []
        for _ in 0..<16 {
            if let wait = tries.waitSeconds(user: Self.ann, from: Self.here, now: Self.time(now)) {
                waits.append(wait - 1)
                now += wait
                #expect(
                    tries.waitSeconds(user: Self.ann, from: Self.here, now: Self.time(now)) == nil
                )
            }
            tries.noteWrong(user: Self.ann, from: Self.here, now: Self.time(now))
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    }

    @Test("others are not held up, and the right password ends it")
    func others() {
        var tries = TryLimiter()
        for _ in 0..<6 { tries.noteWrong(user: Self.ann, from: Self.here, now: Self.time(0)) }
        #expect(tries.waitSeconds(user: Self.ann, from: Self.here, now: Self.time(0)) != nil)
        #expect(tries.waitSeconds(user: [1], from: Self.here, now: Self.time(0)) == nil)
        tries.noteRight(user: Self.ann)
        #expect(tries.waitSeconds(user: Self.ann, from: Self.here, now: Self.time(0)) == nil)
    }

    @Test("an address is held up whatever names it tries")
    func sources() {
        var tries = TryLimiter()
        for number in 0..<21 as Range<UInt8> {
            tries.noteWrong(user: [number], from: Self.here, now: Self.time(0))
        }
        #expect(tries.waitSeconds(user: [99], from: Self.here, now: Self.time(0)) != nil)
        #expect(tries.waitSeconds(user: [99], from: Self.here, now: Self.time(3)) == nil)
    }

    @Test("what was long ago is forgotten, and what is kept is bounded")
    func bounded() {
        var tries = TryLimiter()
        for _ in 0..<6 { tries.noteWrong(user: Self.ann, from: Self.here, now: Self.time(0)) }
        tries.noteWrong(user: Self.ann, from: Self.here, now: Self.time(1000))
        #expect(tries.waitSeconds(user: Self.ann, from: Self.here, now: Self.time(1000)) == nil)
        for number in 0..<10_000 as Range<UInt64> {
            var name: [UInt8] = []
            name.append(littleEndian: number)
            tries.noteWrong(user: name, from: Self.here, now: Self.time(1000 + number / 100))
            #expect(tries.count <= 4096 + 2)
        }
    }
}
