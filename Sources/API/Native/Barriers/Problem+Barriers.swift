internal import Keyspace

extension Problem {
    /// A barrier's step that changed nothing.
    init(_ refusal: BarrierRefusal, of barrier: BarrierName) {
        let name = text(barrier.bytes)
        switch refusal {
        case .partiesDiffer(let count):
            self.init(
                .partiesDiffer,
                "Barrier \(name) fills with others, who pass it \(count) at a time; enter with the same \"parties\", or when they have passed.",
                .parties(count)
            )
        case .occupied(let generation):
            self.init(
                .barrierFull,
                "All have entered barrier \(name) already who pass it next, and wait for those before them to leave; enter when they have.",
                .generation(generation)
            )
        case .broken(let generation, let breach):
            self.init(
                .broken,
                "Barrier \(name) is broken for all who were in it: \(breach.words). Nobody of them passes it any more; enter anew.",
                .generation(generation),
                .breach(breach)
            )
        case .notIn:
            self = .notFound(
                "barrier",
                detail:
                    "Nobody is in barrier \(name), or the lease is not, or it was so long ago that it is forgotten."
            )
        case .full(let byteCountMax):
            self.init(
                .tooManyRequests,
                "Those in all barriers take the \(byteCountMax) bytes that they may, or there are \(BarrierEntry.barrierCountMax) barriers; try again when some have left."
            )
        }
    }
}

extension BarrierBreach {
    fileprivate var words: String {
        let party = lease.map { "the party of lease \(String(decoding: $0.text, as: UTF8.self))" }
        return switch cause {
        case .expired: "the lease of one has ended, \(party ?? "")"
        case .revoked: "the lease of one was given up, \(party ?? "")"
        case .unheard: "one was gone before it heard that all had entered, \(party ?? "")"
        case .removed: "somebody broke it"
        }
    }

    var name: StaticString {
        switch cause {
        case .expired: "expired"
        case .revoked: "revoked"
        case .unheard: "unheard"
        case .removed: "removed"
        }
    }
}
