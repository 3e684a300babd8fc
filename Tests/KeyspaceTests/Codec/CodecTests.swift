import Bytes
import Testing

@testable import Keyspace

@Suite("The form of requests in the log and of answers in a snapshot")
struct CodecTests {
    @Test func requestsComeBackAsTheyWere() throws {
        for request in Samples.requests {
            #expect(try Request(decoding: encoding(request)) == request)
        }
    }

    @Test func answersComeBackAsReplayed() throws {
        for outcome in Samples.outcomes {
            let answer = Answer(outcome: outcome, source: .applied, revision: revision(1 << 33))
            let decoded = try Answer(decoding: encoding(answer))
            #expect(decoded.outcome == outcome)
            #expect(decoded.source == .replayed)
            #expect(decoded.revision == answer.revision)
        }
    }

    /// Cut anywhere, with a byte more, or with any bit flipped: an error or another value, never
    /// the same value and never a trap.
    @Test func damagedRequestsAreNotTakenForTheOriginal() {
        for request in Samples.requests {
            for damaged in damages(of: encoding(request)) {
                #expect((try? Request(decoding: damaged)) != request, "\(request)")
            }
        }
    }

    @Test func damagedAnswersAreNotTakenForTheOriginal() {
        for outcome in Samples.outcomes {
            let answer = Answer(outcome: outcome, source: .replayed, revision: revision(3))
            for damaged in damages(of: encoding(answer)) {
                #expect((try? Answer(decoding: damaged)) != answer, "\(outcome)")
            }
        }
    }

    /// An answer has one form: what is said to be there, though there is nothing, is refused.
    @Test func answersHaveOneForm() throws {
        // The revision, the outcome's tag, a transaction's branch and revision, one result.
        func result(_ bytes: [UInt8]) -> [UInt8] { [1, 4, 0, 1, 1] + bytes }
        #expect(throws: Never.self) { try Answer(decoding: result([1, 0])) }
        #expect(throws: Never.self) { try Answer(decoding: result([5, 0, 1, 0])) }
        #expect(throws: DecodingError.self) { try Answer(decoding: result([5, 0, 0, 0])) }
        #expect(throws: Never.self) { try Answer(decoding: result([2, 0])) }
        #expect(throws: DecodingError.self) { try Answer(decoding: result([6, 0, 0])) }
        // A key, its value, revisions, version and flags; then times, author and note.
        let record: [UInt8] = [1, 1, 1, 97, 0, 2, 2, 1]
        #expect(throws: Never.self) { try Answer(decoding: result(record + [0])) }
        #expect(throws: Never.self) { try Answer(decoding: result(record + [2, 0, 0, 0, 1, 97])) }
        #expect(throws: DecodingError.self) {
            try Answer(decoding: result(record + [2, 0, 0, 0, 0]))
        }
        // A grant: contest, token, lease, mode, owner, value, info and begin, what is left.
        let grant: [UInt8] = [1, 8, 0, 1, 97, 2, 1]
        #expect(throws: Never.self) { try Answer(decoding: grant + [0, 0, 0, 0]) }
        #expect(throws: Never.self) { try Answer(decoding: grant + [0x80, 0, 0, 0, 1, 0]) }
        #expect(throws: DecodingError.self) {
            try Answer(decoding: grant + [0x80, 0, 0, 0, 0, 0])
        }
    }

    /// The check above is not empty: a decoder that ignored what is left over would fail it.
    @Test func damagesContainAByteMore() {
        #expect(damages(of: [1, 2]).contains([1, 2, 0]))
        #expect(damages(of: [1, 2]).contains([1]))
        #expect(damages(of: [1, 2]).contains([1, 0x82]))
    }

    @Test func randomBytesAreRefused() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes[0] = Request.Format.second.rawValue
            }
            if let request = try? Request(decoding: bytes) { #expect(encoding(request) == bytes) }
            if let answer = try? Answer(decoding: bytes) { #expect(encoding(answer) == bytes) }
        }
    }

    @Test func malformedRequestsAreRefusedInEitherForm() {
        let long = [UInt8](repeating: 7, count: ClusterSettings.valueByteCountLimit + 1)
        let many =
            Samples.operations
            + Array(
                repeating: Transaction.Operation.get(.key(.root)),
                count: ClusterSettings.transactionOperationCountLimit
            )
        let malformed: [Request] = [
            Request(.put(Put(key: .root, value: long, lease: .none, condition: .none))),
            Request(.put("/a", if: .oneOf([revision(2), revision(1)]))),
            Request(.delete("/a", if: .oneOf([revision(1), revision(1)]))),
            Request(.put("/a", if: .oneOf((1...65).map { revision($0) }))),
            Request(.put("/a", if: .noneOf([revision(2), revision(1)], missing: .meets))),
            Request(.transaction(Transaction(compares: [], then: many, otherwise: []))),
            Request(.transaction(Transaction(compares: [], then: [], otherwise: many))),
            Request(.acquire(election("e"), ownership: .lease(lease(1)), mode: .shared)),
            Request(.acquire(lock(""), ownership: .lease(lease(1)))),
            Request(.acquire(lock("a//b"), ownership: .lease(lease(1)))),
            Request(.acquire(lock("a/../b"), ownership: .lease(lease(1)))),
            Request(.acquire(lock("/a"), ownership: .lease(lease(1)))),
            Request(.acquire(lock(".."), ownership: .lease(lease(1)))),
            Request(
                .acquire(
                    lock("l"),
                    ownership: .lease(lease(1)),
                    owner: String(repeating: "o", count: 1_025)
                )
            ),
            Request(.release(lock(String(repeating: "n", count: 256)), .everyHolder)),
            Request(.keepAlive(Array(repeating: lease(1), count: Command.keepAliveCountMax + 1))),
            Request(.put("/a"), fences: [Fence(lock: [], token: FencingToken(rawValue: 1))]),
            Request(
                .put("/a"),
                fences: Array(
                    repeating: Fence(lock: [65], token: FencingToken(rawValue: 1)),
                    count: Fence.countMax + 1
                )
            ),
            Request(.put("/a"), idempotency: IdempotencyStamp(key: [1], fingerprint: [2])),
            Request(
                .put("/a"),
                idempotency: IdempotencyStamp(key: [], fingerprint: Array(0..<32))
            ),
        ]
        for request in malformed {
            var machine = Machine()
            #expect(machine.apply(request).refusal == .malformed)
            #expect(machine.keyspace.store.revision == .initial)
        }
    }

    @Test func bytesThatAreNoRequestChangeNothingButTheClock() {
        var keyspace = Keyspace()
        let applied = keyspace.apply(
            index: 1,
            time: ClusterTime(rawValue: 5),
            command: [9, 9, 9]
        )
        #expect(applied.answer?.outcome == .refused(.malformed))
        #expect(keyspace.clock.rawValue == 5)
        #expect(keyspace.appliedIndex == 1)
    }

    /// Whatever decodes can be applied: nothing traps, and two replicas agree.
    @Test func mutatedRequestsAreAppliedAlike() {
        var random = SplitMix64(seed: 11)
        var machine = Machine()
        for _ in 0..<2_000 {
            var bytes = encoding(
                Samples.requests.randomElement(using: &random) ?? Request(.put("/"))
            )
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                let bit = Int.random(in: 0..<bytes.count * 8, using: &random)
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            machine.time += 100
            if let request = try? Request(decoding: bytes) { machine.apply(request) }
        }
        #expect(machine.keyspace.store.revision.rawValue > 100)
    }

    /// What most entries are is read in a way of its own: it must come to the same.
    @Test func theShortWayToAPutIsNoOtherThanTheLongOne() {
        let keys = ["/a", "/bench/key00000001", "/é", "/.a", "/a/..b", "/a.b/c", "/a-b_c/d%e"]
        var taken = 0
        for key in keys {
            for value in ["", "v", String(repeating: "w", count: 300)] {
                let bytes = encoding(Request(.put(key, value: value)))
                if Put(alone: bytes) != nil { taken += 1 }
                for damaged in [bytes] + damages(of: bytes) {
                    guard let put = Put(alone: damaged) else { continue }
                    #expect((try? Request(decoding: damaged)) == Request(.put(put)))
                }
            }
        }
        #expect(taken == 21)
        for request in Samples.requests {
            guard let put = Put(alone: encoding(request)) else { continue }
            #expect(request == Request(.put(put)))
        }
    }

    /// Every path of a few bytes that matter, at every place of a word.
    @Test func aPlainPathIsAPath() {
        let alphabet = Array("/.a".utf8) + [0, 0x7F, 0x80, 0xC3, 0xA9]
        var plainCount = 0
        for start in ["/", "/xxxx", "/xxxxx/", "/xxxxxx", "/xxxxxxxxxxx/xx"] {
            for number in 0..<4096 {
                let end = (0..<4).map { alphabet[number >> (3 * $0) & 7] }
                let bytes = Array(start.utf8) + end
                guard bytes.span.isPlainPath else { continue }
                plainCount += 1
                let segments = bytes.dropFirst().split(
                    separator: UInt8(ascii: "/"),
                    omittingEmptySubsequences: false
                )
                let isPath = segments.allSatisfy { !$0.isEmpty && $0.first != UInt8(ascii: ".") }
                #expect(isPath && bytes.allSatisfy { (1..<0x80).contains($0) }, "\(bytes)")
            }
        }
        #expect(plainCount > 300)
        let verdicts = ["/a/b.c", "/", ""].map { Array($0.utf8).span.isPlainPath }
        #expect(verdicts == [true, false, false])
    }

    private func damages(of bytes: [UInt8]) -> [[UInt8]] {
        let cuts = bytes.indices.map { Array(bytes[..<$0]) }
        let flips = (0..<bytes.count * 8).map { bit in
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            return flipped
        }
        return cuts + flips + [bytes + [0]]
    }
}
