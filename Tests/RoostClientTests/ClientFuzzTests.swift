import Bytes
import Fuzzing
import RoostClient
import Testing
import roost

/// What a user or a pipe gives to the command line: understood or refused, never a trap.
@Suite("Fuzzing: command lines, endpoint lists, orders to the guardian")
struct ClientFuzzTests {
    @Test("command lines")
    func commandLines() {
        let lines = CommandTable.verbs.flatMap { $0.examples.map(\.command) }
        var fuzzer = Fuzzer(
            "command-line",
            corpus: lines.map { Array($0.utf8) },
            tokens: [" -- ", " --", "=", " -o json", " --timeout 5s", "\u{0}"]
        )
        fuzzer.run { input in
            let words = input.split(separator: UInt8(ascii: " ")).map(Array.init)
            do {
                switch try CommandTable.parse(words) {
                case .help: return "help"
                case .invocation(let invocation): return invocation.verb.name
                }
            } catch {
                let failure = error as? Failure
                #expect(failure?.exitCode == .usage)
                return "usage"
            }
        }
    }

    @Test("endpoint lists, guardian messages, launch orders")
    func others() {
        let order = LaunchOrder(arguments: [[65], [66, 67]], environment: [Array("A=b".utf8)])
        var fuzzer = Fuzzer(
            "client",
            corpus: [
                Array("127.0.0.1:2379,[::1]:2380,host:1".utf8), order.encoded(),
                GuardianMessage.protect(group: 77).encoded(),
            ]
        )
        fuzzer.run { input in
            let endpoints = try? EndpointList.parse(String(decoding: input, as: UTF8.self))
            let message = GuardianMessage(decoding: input)
            let launch = try? LaunchOrder(decoding: input)
            return "\(endpoints == nil) \(message == nil) \(launch == nil)"
        }
    }
}
