internal import Bytes

/// What a seed makes of the clients: how many of which kind there are, and how fast their clocks
/// run.
struct ClientPlan: Sendable {
    let mix: Mix
    /// By client: how much faster its clock runs than the world's.
    let driftsPartsPerMillion: [Int64]

    /// Draws what the options leave to the seed.
    init(in world: World) {
        mix = world.options.mix ?? Mix(drawnBy: &world.chance)
        driftsPartsPerMillion = (0..<mix.clientCount).map { _ in
            world.plan.clocks.draw(&world.chance)
        }
    }
}
