internal import Bytes

/// What a seed makes of the clients: how many of which kind there are, and how fast their clocks
/// run.
struct ClientPlan: Sendable {
    /// In one of so many seeds somebody sets quotas.
    private static let quotaSeedInterval: UInt64 = 4
    /// In one of so many, another one, access is controlled.
    private static let accessSeedInterval: UInt64 = 4
    /// In one of so many seeds, of subtrees too.
    private static let subtreeSeedInterval: UInt64 = 8

    let mix: Mix
    /// By client: how much faster its clock runs than the world's.
    let driftsPartsPerMillion: [Int64]

    /// In one of so many, where nobody sets quotas and access is free, queues and counters are used.
    private static let queueSeedInterval: UInt64 = 2

    /// Draws what the options leave to the seed.
    init(in world: World) {
        var mix = world.options.mix ?? Mix(drawnBy: &world.chance)
        if world.seed.isMultiple(of: Self.quotaSeedInterval) { mix.setsQuotas() }
        if world.seed % Self.accessSeedInterval == 2 { mix.controlsAccess() }
        if world.seed.isMultiple(of: Self.subtreeSeedInterval) { mix.quotas = .ofSubtreesToo }
        if world.seed % Self.queueSeedInterval == 1 { mix.usesQueues() }
        self.mix = mix
        driftsPartsPerMillion = (0..<mix.clientCount).map { _ in
            world.plan.clocks.draw(&world.chance)
        }
    }
}
