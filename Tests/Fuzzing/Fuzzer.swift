internal import Bytes
internal import Platform

/// Feeds a parser of outside bytes with mutants of good inputs. An input that leads to an outcome
/// not seen before joins the inputs that mutants are made of, so that the parser's depths are
/// reached step by step. A trap ends the test process.
///
/// | variable           | meaning                                                        |
/// |--------------------|----------------------------------------------------------------|
/// | ROOST_FUZZ_INPUTS  | inputs for each parser (see ``FuzzPace``)                      |
/// | ROOST_FUZZ_SECONDS | time for each parser instead                                   |
/// | ROOST_FUZZ_SEED    | another sequence of inputs (1)                                 |
/// | ROOST_FUZZ_TRACE   | any: each input is printed in hexadecimal before it is parsed, |
/// |                    | so that the last one is the one that trapped                   |
package struct Fuzzer {
    private static let inputByteCountMax = 1 << 16
    private static let corpusCountMax = 4096

    private let name: String
    private var corpus: [[UInt8]]
    private var mutator: ByteMutator
    private var outcomes: Set<String> = []
    private var budget: FuzzBudget
    private let isTraced = Environment.value(of: "ROOST_FUZZ_TRACE") != nil

    /// - Parameters:
    ///   - corpus: good inputs, at least one.
    ///   - tokens: pieces of the grammar that mean something.
    ///   - pace: how long the parser takes over one input.
    package init(
        _ name: String,
        corpus: [[UInt8]],
        tokens: [String] = [],
        pace: FuzzPace = .plain
    ) {
        self.name = name
        self.corpus = corpus
        mutator = ByteMutator(
            seed: Environment.value(of: "ROOST_FUZZ_SEED").flatMap(UInt64.init) ?? 1,
            tokens: tokens.map { Array($0.utf8) }
        )
        budget = FuzzBudget(pace: pace)
    }

    /// Runs the parser until the budget is used up, and prints a line about it.
    ///
    /// - Parameter parse: gives a short name of what came out; what it throws is an outcome too.
    /// - Returns: how many inputs were parsed.
    @discardableResult
    package mutating func run(_ parse: ([UInt8]) throws -> String) -> Int {
        var count = 0
        let seeds = corpus
        while budget.allows(count) {
            let input =
                count < seeds.count
                ? seeds[count]
                : mutator.mutant(of: corpus, byteCountMax: Self.inputByteCountMax)
            if isTraced { Self.show(input) }
            note(outcome(of: input, parse: parse), of: input)
            count += 1
        }
        print("fuzz \(name): \(count) inputs, \(outcomes.count) outcomes, no trap")
        return count
    }

    private static func show(_ input: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        let text = input.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        StandardStream.error.print(String(decoding: text, as: UTF8.self) + "\n")
    }

    private func outcome(of input: [UInt8], parse: ([UInt8]) throws -> String) -> String {
        do { return try parse(input) } catch { return "\(error)" }
    }

    private mutating func note(_ outcome: String, of input: [UInt8]) {
        // Where in the input an error lies is no other outcome.
        let kind = outcome.filter { !$0.isNumber }
        guard outcomes.count < Self.corpusCountMax, outcomes.insert(kind).inserted else { return }
        corpus.append(input)
    }
}

/// How long a parser takes over one input, which decides how many it gets where nothing else is said.
package enum FuzzPace: Sendable {
    /// Some microseconds: 100,000 inputs, or 2,000 without optimisation.
    case plain
    /// Signatures, key exchanges or numbers of OpenSSL, 0.1 to 1 ms: a tenth of them, or half.
    case cryptographic

    #if DEBUG
    fileprivate var inputCount: Int { self == .plain ? 2_000 : 1_000 }
    #else
    fileprivate var inputCount: Int { self == .plain ? 100_000 : 10_000 }
    #endif
}

/// How long one parser is fuzzed.
struct FuzzBudget {
    private let inputCount: Int?
    private let end: MonotonicTime

    init(pace: FuzzPace) {
        let seconds = Environment.value(of: "ROOST_FUZZ_SECONDS").flatMap(UInt64.init)
        let count = Environment.value(of: "ROOST_FUZZ_INPUTS").flatMap(Int.init)
        inputCount = seconds == nil ? count ?? pace.inputCount : nil
        end = Clock.monotonicNow().advanced(byMilliseconds: (seconds ?? 0) * 1000)
    }

    func allows(_ count: Int) -> Bool {
        if let inputCount { return count < inputCount }
        return count % 256 != 0 || Clock.monotonicNow() < end
    }
}
