@testable import Keyspace

// Barriers.

extension Samples {
    private static let barrier = BarrierName(bytes("deploy/ä"))
    private static let generation = BarrierGeneration(rawValue: 1 << 40)

    static let barrierRequests: [Command] = [
        BarrierRequest.Act.enter(
            BarrierEntry(partyCount: 1, ownership: .own(timeToLiveMilliseconds: 15_000))
        ),
        .enter(
            BarrierEntry(
                partyCount: BarrierEntry.partyCountMax,
                ownership: .lease(lease(7)),
                owner: bytes("host ä"),
                generation: generation
            )
        ),
        .leave(lease(7), of: nil), .leave(lease(7), of: generation),
        .withdraw(lease(7), from: generation, .unlessOpen),
        .withdraw(lease(7), from: nil, .openToo), .breakUp,
    ].map { .barrier(BarrierRequest(barrier, act: $0)) }

    private static func standing(_ phase: BarrierPhase) -> BarrierStanding {
        BarrierStanding(
            generation: generation,
            phase: phase,
            partyCount: 300,
            enteredCount: 200,
            leftCount: 3
        )
    }

    private static let breaches: [BarrierBreach] = [
        BarrierBreach(.expired, by: lease(7)), BarrierBreach(.revoked, by: lease(1 << 40)),
        BarrierBreach(.unheard, by: lease(7)), BarrierBreach(.removed, by: nil),
    ]

    static let barrierOutcomes: [Outcome] =
        ([.filling, .open, .leaving, .left] + breaches.map { .broken($0) }).flatMap {
            phase -> [BarrierOutcome] in
            [
                .entered(standing(phase), lease(7)), .left(standing(phase)),
                .withdrawn(standing(phase)),
            ]
        }
        .map { .barrier($0) } + [.barrier(.broken(partyCount: 1 << 20))]

    static let barrierRefusals: [Refusal] = [
        BarrierRefusal.partiesDiffer(partyCount: 300), .occupied(generation), .notIn,
        .full(byteCountMax: 32 << 20), .broken(generation, breaches[0]),
        .broken(generation, breaches[3]),
    ].map { .barrier(barrier, $0) }
}

extension SampleKind {
    static func kind(_ act: BarrierRequest.Act) -> SampleKind {
        switch act {
        case .enter: .entered
        case .leave: .leaving
        case .withdraw: .withdrawing
        case .breakUp: .breaking
        }
    }

    static func kind(_ outcome: BarrierOutcome) -> SampleKind {
        switch outcome {
        case .entered: .enterDone
        case .left: .leaveDone
        case .withdrawn: .withdrawDone
        case .broken: .breakDone
        }
    }

    static func kind(_ refusal: BarrierRefusal) -> SampleKind {
        switch refusal {
        case .partiesDiffer: .partiesDiffer
        case .occupied: .barrierOccupied
        case .broken: .barrierBroken
        case .notIn: .notInBarrier
        case .full: .barriersFull
        }
    }
}
