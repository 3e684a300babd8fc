import Bytes
import Fuzzing
import Testing

@testable import Keyspace

/// Log entries and snapshots come from peers and from disks: a value or a typed error, never a
/// trap, and one form for each value.
@Suite("Fuzzing: commands, answers, snapshots")
struct KeyspaceFuzzTests {
    @Test("commands, which are then carried out")
    func commands() {
        var keyspace = Keyspace()
        var index: UInt64 = 0
        var fuzzer = Fuzzer("command", corpus: Samples.requests.map(encoding))
        fuzzer.run { input in
            let put = Put(alone: input)
            let request: Request
            do { request = try Request(decoding: input) } catch {
                #expect(put == nil)
                throw error
            }
            if let put { #expect(request == Request(.put(put))) }
            // What is read of the first format is never written again.
            if request.format == .second { #expect(encoding(request) == input) }
            index += 1
            let applied = keyspace.apply(
                index: index,
                time: ClusterTime(rawValue: index * 10),
                command: input
            )
            return applied.answer.map { "\($0.outcome)".prefix(24) + "" } ?? "none"
        }
    }

    @Test("answers")
    func answers() {
        let answers = Samples.outcomes.map {
            encoding(Answer(outcome: $0, source: .applied, revision: revision(1 << 33)))
        }
        var fuzzer = Fuzzer("answer", corpus: answers)
        fuzzer.run { input in
            let answer = try Answer(decoding: input)
            #expect(encoding(answer) == input)
            return "answer"
        }
    }

    @Test("snapshots: what is accepted is a state that hashes to what it says")
    func snapshots() {
        var keyspace = Keyspace()
        for (index, request) in Samples.requests.enumerated() {
            _ = keyspace.apply(
                index: UInt64(index) + 1,
                time: ClusterTime(rawValue: UInt64(index) * 10),
                request: request
            )
        }
        var encoder = SnapshotEncoder(keyspace.freeze())
        var whole: [UInt8] = []
        while let chunk = encoder.next() { whole += chunk }
        var fuzzer = Fuzzer("snapshot", corpus: [whole])
        fuzzer.run { input in
            var decoder = SnapshotDecoder()
            try decoder.feed(Array(input[..<(input.count / 2)]))
            try decoder.feed(Array(input[(input.count / 2)...]))
            let state = try decoder.finish()
            #expect(state.hash == keyspace.hash)
            return "state"
        }
    }
}
