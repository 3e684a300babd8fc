@testable import Keyspace

// Quotas of subtrees.

extension Samples {
    private static let quotas = [
        SubtreeQuota(keyCountMax: 100, byteCountMax: 1 << 30),
        SubtreeQuota(keyCountMax: 0, byteCountMax: nil),
        SubtreeQuota(keyCountMax: nil, byteCountMax: 1 << 52),
    ]

    static let quotaChanges: [Command] =
        quotas.map { .changeQuota(.set(path("/team/ä"), $0)) }
        + [.changeQuota(.set(.root, quotas[0])), .changeQuota(.remove(path("/team")))]

    static let quotaOutcomes: [Outcome] =
        quotas.map {
            .quotaChanged(
                QuotaStanding(
                    path: path("/team"),
                    quota: $0,
                    used: SubtreeSize(keyCount: 7, byteCount: 1 << 40)
                )
            )
        } + [.quotaChanged(nil)]

    static let quotaRefusals: [Refusal] = [
        .subtreeFull(path("/a"), .init(of: .keys, used: 300, quota: 200)),
        .subtreeFull(.root, .init(of: .bytes, used: 1 << 41, quota: 1 << 40)),
        .tooManyQuotas(countMax: 1_024), .notFound(.quota),
    ]
}
